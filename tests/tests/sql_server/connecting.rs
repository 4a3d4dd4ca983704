//! Connecting: addresses, TLS, logins, redirects, waiting.

use std::time::Duration;

use bookstore_db::connection_string::{Encrypt, SqlServerSettings};
use bookstore_db::error::Error;
use bookstore_db::identity::{AuthScheme, Encryption};
use bookstore_tests::books::everything;
use bookstore_tests::fixture::{open, settings, shop_server};
use bookstore_tests::stand_in::{Fault, StandIn, WrongCertificate};

async fn shop() -> (StandIn, SqlServerSettings) {
    let server = shop_server().await;
    let settings = settings(&server.connection_string("webapp"));
    (server, settings)
}

async fn ping(settings: &SqlServerSettings) -> Result<(), Error> {
    open(settings).ping().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_identity_is_the_servers_own_word() {
    let (_server, settings) = shop().await;
    let store = open(&settings);
    assert!(store.identity().is_none());
    store.ping().await.unwrap();
    let identity = store.identity().unwrap();
    assert_eq!((identity.login.as_str(), &identity.auth_scheme), ("webapp", &AuthScheme::Sql));
    assert_eq!((identity.encryption, identity.database.as_str()), (Encryption::Full, "Bookstore"));
    assert_eq!(identity.client_address.as_deref(), Some("127.0.0.1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_without_encryption_of_the_rest_works_and_is_said() {
    let (_server, settings) = shop().await;
    let store = open(&SqlServerSettings { encrypt: Encrypt::Optional, ..settings });
    assert_eq!(store.list(&everything()).await.unwrap().total, 8);
    assert_eq!(store.identity().unwrap().encryption, Encryption::LoginOnly);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_not_the_servers_is_refused_before_the_password_is_sent() {
    let (server, settings) = shop().await;
    let before = server.counters().logins();
    for wrong in [WrongCertificate::OtherAuthority, WrongCertificate::OtherName, WrongCertificate::Expired] {
        server.faults().once(Fault::Certificate(wrong));
        let refused = ping(&settings).await;
        assert!(matches!(refused, Err(Error::Tls(_))), "{wrong:?}: {refused:?}");
    }
    assert_eq!(server.counters().logins(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_server_certificate_takes_any_certificate() {
    let (server, settings) = shop().await;
    server.faults().always(Fault::Certificate(WrongCertificate::Expired));
    let trusting = SqlServerSettings { server_certificate: None, trust_server_certificate: true, ..settings };
    ping(&trusting).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_name_in_the_certificate_can_be_given() {
    let (server, settings) = shop().await;
    server.faults().always(Fault::Certificate(WrongCertificate::OtherName));
    let named = |name: &str| SqlServerSettings { host_name_in_certificate: Some(name.into()), ..settings.clone() };
    assert!(matches!(ping(&named("elsewhere.example")).await, Err(Error::Tls(_))));
    server.faults().clear();
    ping(&named("localhost")).await.unwrap();
    assert!(matches!(ping(&named("other.example")).await, Err(Error::Tls(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_a_missing_database_are_different_refusals() {
    let (server, _) = shop().await;
    let refused = |text: &str| {
        let settings = settings(&format!("{};{text}", server.connection_string("webapp")));
        async move { ping(&settings).await }
    };
    assert!(matches!(refused("Password=wrong").await, Err(Error::LoginFailed { number: 18456, .. })));
    assert!(matches!(refused("Database=Elsewhere").await, Err(Error::LoginFailed { number: 4060, .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_refuses_connections_is_unavailable_and_named() {
    let (mut server, settings) = shop().await;
    server.stop().await;
    let refused = ping(&settings).await;
    let port = server.addr().port().to_string();
    assert!(matches!(&refused, Err(Error::Unavailable(text)) if text.contains(&port)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_does_not_resolve_is_unavailable_and_named() {
    let (_server, mut settings) = shop().await;
    settings.server.host = "no-such-host.invalid".into();
    let refused = ping(&settings).await;
    assert!(matches!(&refused, Err(Error::Unavailable(text)) if text.contains("no-such-host.invalid")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_hangs_ends_with_connect_timeout() {
    let (server, settings) = shop().await;
    server.faults().always(Fault::DelayLogin(Duration::from_secs(60)));
    let refused = ping(&SqlServerSettings { connect_timeout: Some(Duration::from_secs(1)), ..settings }).await;
    assert!(matches!(&refused, Err(Error::Unavailable(text)) if text.contains("Connect Timeout")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_hangs_ends_with_command_timeout() {
    let (server, settings) = shop().await;
    let limit = Duration::from_secs(1);
    let store = open(&SqlServerSettings { command_timeout: Some(limit), ..settings });
    server.faults().always_for("FROM dbo.Books", Fault::NeverAnswer);
    assert!(matches!(store.creators().await, Err(Error::TimedOut(after)) if after == limit));
    server.faults().clear();
    assert!(store.creators().await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn command_timeout_is_for_the_whole_reply_however_steadily_it_trickles_in() {
    let (server, settings) = shop().await;
    let limit = Duration::from_secs(1);
    let store = open(&SqlServerSettings { command_timeout: Some(limit), ..settings });
    store.ping().await.unwrap();
    // Every part of the reply is there long before the limit, the last one long after it.
    server.faults().always_for("FROM dbo.Books", Fault::TrickleReply(Duration::from_millis(5)));
    assert!(matches!(store.creators().await, Err(Error::TimedOut(after)) if after == limit));
    server.faults().clear();
    assert!(store.creators().await.is_ok(), "a connection that was given up is not handed out again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_redirect_is_followed_and_a_second_is_not() {
    let (first, settings) = shop().await;
    let second = StandIn::builder().login("webapp", "Secret-2").login("sa", "Secret-1").database("Bookstore");
    let second = second.start().await.unwrap();
    bookstore_tests::fixture::prepare(&second, "webapp").await;
    let to = |server: &StandIn| Fault::Redirect { host: "localhost".into(), port: server.addr().port() };
    let trusting = SqlServerSettings { server_certificate: None, trust_server_certificate: true, ..settings };
    first.faults().always(to(&second));
    let before = second.counters().logins();
    ping(&trusting).await.unwrap();
    assert_eq!(second.counters().logins(), before + 1);
    second.faults().always(to(&first));
    let refused = ping(&trusting).await;
    assert!(matches!(&refused, Err(Error::Unavailable(text)) if text.contains("redirect")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_address_of_a_name_is_tried_at_once_or_in_turn() {
    // localhost is ::1 and 127.0.0.1, and the stand-in listens at one of them.
    let (_server, settings) = shop().await;
    for multi_subnet_failover in [false, true] {
        ping(&SqlServerSettings { multi_subnet_failover, ..settings.clone() }).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_for_a_connection_ends_with_its_own_error() {
    let (server, settings) = shop().await;
    let store = open(&SqlServerSettings { max_pool_size: 1, ..settings });
    store.ping().await.unwrap();
    server.faults().always_for("FROM dbo.Books", Fault::NeverAnswer);
    let holder = tokio::spawn({
        let store = store.clone();
        async move { store.creators().await }
    });
    while store.pool().idle > 0 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(store.ping().await, Err(Error::Busy { .. })));
    holder.abort();
    assert!(holder.await.is_err());
    server.faults().clear();
    store.ping().await.unwrap();
    assert_eq!(store.pool().waiting, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_not_tried_by_every_request() {
    let (server, _) = shop().await;
    let text = format!("{};Password=wrong;Max Pool Size=1", server.connection_string("webapp"));
    let store = open(&settings(&text));
    let before = server.counters().connections();
    for _ in 0..100 {
        let refused = store.ping().await;
        assert!(matches!(refused, Err(Error::LoginFailed { .. })), "{refused:?}");
    }
    let tried = server.counters().connections() - before;
    assert!(tried < 50, "{tried} logins for 100 requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_pooling_each_statement_has_a_connection_of_its_own() {
    let (server, settings) = shop().await;
    let store = open(&SqlServerSettings { pooling: false, ..settings });
    let before = server.counters().logins();
    for _ in 0..3 {
        store.ping().await.unwrap();
    }
    assert_eq!(server.counters().logins() - before, 3);
}
