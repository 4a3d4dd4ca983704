//! Connecting: addresses, TLS, logins, redirects, timeouts.

use std::time::Duration;

use bookstore_db::connection_string::{Encrypt, SqlServerSettings};
use bookstore_db::error::Error;
use bookstore_db::identity::{AuthScheme, Encryption};
use bookstore_tests::books::first_page;
use bookstore_tests::fixture::{open, shop_server};
use bookstore_tests::sql::settings;
use bookstore_tests::wait::{PATIENCE, eventually};
use sql_server_stand_in::{Fault, StandIn, WrongCertificate};

async fn shop() -> (StandIn, SqlServerSettings) {
    let server = shop_server().await;
    let settings = settings(&server.connection_string("webapp"));
    (server, settings)
}

async fn ping(settings: &SqlServerSettings) -> Result<(), Error> {
    open(settings).ping().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identity_is_as_reported_by_the_server() {
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
async fn optional_encryption_works_and_is_reported() {
    let (_server, settings) = shop().await;
    let store = open(&SqlServerSettings { encrypt: Encrypt::Optional, ..settings });
    assert_eq!(store.list(&first_page()).await.unwrap().total, 8);
    assert_eq!(store.identity().unwrap().encryption, Encryption::LoginOnly);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn encryption_is_what_the_server_negotiated_with_its_tls_session() {
    let (server, settings) = shop().await;
    for (encrypt, is_forced, expected) in [
        (Encrypt::Optional, false, Encryption::LoginOnly),
        (Encrypt::Optional, true, Encryption::Full),
        (Encrypt::Mandatory, false, Encryption::Full),
        (Encrypt::Strict, false, Encryption::Full),
    ] {
        if is_forced {
            server.faults().always(Fault::ForceEncryption);
        }
        let store = open(&SqlServerSettings { encrypt, ..settings.clone() });
        store.ping().await.unwrap();
        server.faults().clear();
        let identity = store.identity().unwrap();
        assert_eq!(identity.encryption, expected, "{encrypt:?}, forced: {is_forced}");
        assert_eq!(server.last_login().unwrap().encrypted, expected == Encryption::Full, "{encrypt:?}");
        let tls = identity.tls.as_ref().unwrap();
        assert!(tls.version.starts_with("TLS 1.") && tls.cipher.starts_with("TLS_"), "{tls:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_certificate_is_refused_before_the_password_is_sent() {
    let (server, settings) = shop().await;
    let before = server.counters().logins();
    for wrong in [WrongCertificate::OtherAuthority, WrongCertificate::OtherName, WrongCertificate::Expired] {
        server.faults().once(Fault::Certificate(wrong));
        let refused = ping(&settings).await;
        assert!(matches!(refused, Err(Error::CertificateRefused(_))), "{wrong:?}: {refused:?}");
    }
    assert_eq!(server.counters().logins(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trust_server_certificate_accepts_any_certificate() {
    let (server, settings) = shop().await;
    server.faults().always(Fault::Certificate(WrongCertificate::Expired));
    let trusting = SqlServerSettings { server_certificate: None, trust_server_certificate: true, ..settings };
    ping(&trusting).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn host_name_in_certificate_is_honoured() {
    let (server, settings) = shop().await;
    server.faults().always(Fault::Certificate(WrongCertificate::OtherName));
    let named = |name: &str| SqlServerSettings { host_name_in_certificate: Some(name.into()), ..settings.clone() };
    assert!(matches!(ping(&named("elsewhere.example")).await, Err(Error::CertificateRefused(_))));
    server.faults().clear();
    ping(&named("localhost")).await.unwrap();
    assert!(matches!(ping(&named("other.example")).await, Err(Error::CertificateRefused(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_password_and_missing_database_are_distinguished() {
    let (server, _) = shop().await;
    let refused = |text: &str| {
        let settings = settings(&format!("{};{text}", server.connection_string("webapp")));
        async move { ping(&settings).await }
    };
    assert!(matches!(refused("Password=wrong").await, Err(Error::LoginFailed(error)) if error.number == 18456));
    assert!(matches!(refused("Database=Elsewhere").await, Err(Error::LoginFailed(error)) if error.number == 4060));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_connection_is_unavailable_and_names_the_server() {
    let (mut server, settings) = shop().await;
    server.stop().await;
    let refused = ping(&settings).await;
    let port = server.addr().port().to_string();
    assert!(matches!(&refused, Err(Error::Unavailable(text)) if text.contains(&port)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unresolvable_name_is_unavailable_and_named() {
    let (_server, mut settings) = shop().await;
    settings.server.host = "no-such-host.invalid".into();
    let refused = ping(&settings).await;
    assert!(matches!(&refused, Err(Error::Unavailable(text)) if text.contains("no-such-host.invalid")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_login_ends_with_connect_timeout() {
    let (server, settings) = shop().await;
    server.faults().always(Fault::DelayLogin(Duration::from_secs(60)));
    let refused = ping(&SqlServerSettings { connect_timeout: Some(Duration::from_secs(1)), ..settings }).await;
    assert!(matches!(&refused, Err(Error::Unavailable(text)) if text.contains("Connect Timeout")), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hanging_statement_ends_with_command_timeout() {
    let (server, settings) = shop().await;
    let limit = Duration::from_secs(1);
    let store = open(&SqlServerSettings { command_timeout: Some(limit), ..settings });
    server.faults().always_for("FROM dbo.Books", Fault::NeverAnswer);
    assert!(matches!(store.list(&first_page()).await, Err(Error::TimedOut(after)) if after == limit));
    server.faults().clear();
    assert!(store.list(&first_page()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn command_timeout_bounds_the_whole_reply() {
    let (server, settings) = shop().await;
    let limit = Duration::from_secs(1);
    let store = open(&SqlServerSettings { command_timeout: Some(limit), ..settings });
    store.ping().await.unwrap();
    // Each packet of the reply follows the previous one long before the limit, but the last arrives long after it.
    server.faults().always_for("FROM dbo.Books", Fault::TrickleReply(Duration::from_millis(5)));
    assert!(matches!(store.list(&first_page()).await, Err(Error::TimedOut(after)) if after == limit));
    server.faults().clear();
    assert!(store.list(&first_page()).await.is_ok(), "the connection of a cancelled query is discarded");
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
async fn every_address_is_tried_in_parallel_or_in_turn() {
    // localhost is ::1 and 127.0.0.1, and the stand-in listens on one of them.
    let (_server, settings) = shop().await;
    for multi_subnet_failover in [false, true] {
        ping(&SqlServerSettings { multi_subnet_failover, ..settings.clone() }).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_pool_has_its_own_error() {
    let (server, settings) = shop().await;
    let store = open(&SqlServerSettings { max_pool_size: 1, ..settings });
    store.ping().await.unwrap();
    server.faults().always_for("FROM dbo.Books", Fault::NeverAnswer);
    let holder = tokio::spawn({
        let store = store.clone();
        async move { store.list(&first_page()).await }
    });
    eventually("no connection is idle", PATIENCE, async || store.pool().idle == 0).await;
    assert!(matches!(store.ping().await, Err(Error::Busy(_))));
    holder.abort();
    assert!(holder.await.is_err());
    server.faults().clear();
    store.ping().await.unwrap();
    assert_eq!(store.pool().waiting, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_pooling_each_statement_has_its_own_connection() {
    let (server, settings) = shop().await;
    let store = open(&SqlServerSettings { pooling: false, ..settings });
    let before = server.counters().logins();
    for _ in 0..3 {
        store.ping().await.unwrap();
    }
    assert_eq!(server.counters().logins() - before, 3);
}
