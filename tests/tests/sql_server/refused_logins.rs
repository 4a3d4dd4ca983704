//! Logins that the server refuses: how often they are repeated, by requests and by all else that logs in.

use std::time::Duration;

use bookstore_db::connection_string::ConnectionString;
use bookstore_db::error::Error;
use bookstore_db::login_policy::LoginPolicy;
use bookstore_db::sql_server::connect;
use bookstore_db::store::Store;
use bookstore_db::switch::Switch;
use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::{open, settings, shop_server};
use bookstore_tests::shop::Shop;
use sql_server_stand_in::{Fault, StandIn};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Windows' security baseline locks an account that was refused this often in ten minutes.
const LOCKOUT: u64 = 10;
const WINDOW: Duration = Duration::from_secs(600);

fn wrong_password(server: &StandIn) -> String {
    format!("{};Password=wrong", server.connection_string("webapp"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn burst_of_requests_is_one_refused_login() {
    let server = shop_server().await;
    let before = server.counters().login_attempts();
    let begun = Instant::now();
    let shop = Shop::start(&wrong_password(&server)).await;
    let browser = Browser::new(&shop.url);
    let mut requests = JoinSet::new();
    for number in 0..400 {
        let browser = browser.clone();
        requests.spawn(async move { browser.open(&format!("/books/{number}")).await.status });
    }
    assert!(requests.join_all().await.into_iter().all(|status| status == 503));
    let (attempts, pauses) = (server.counters().login_attempts() - before, begun.elapsed().as_secs() / 5);
    assert!(attempts <= 1 + pauses, "{attempts} logins in {:?}", begun.elapsed());
}

/// The clock is stopped between the requests and moved on, second by second.
#[tokio::test]
async fn ten_minutes_of_requests_cannot_lock_the_account() {
    let server = shop_server().await;
    let text = wrong_password(&server);
    let string: ConnectionString = text.parse().unwrap();
    let (settings, store) = (settings(&text), Store::open(&string).unwrap());
    let other = Switch::new(store.clone());
    let before = server.counters().login_attempts();
    let begun = Instant::now();
    while begun.elapsed() < WINDOW {
        let requests = (0..4).map(|_| store.ping());
        let refused = futures_util::future::join_all(requests).await;
        assert!(refused.iter().all(|refused| matches!(refused, Err(Error::LoginFailed(_)))), "{refused:?}");
        // A switch opens a pool of its own, the doctor and the migration none.
        assert!(matches!(other.switch_to(&string, LoginPolicy::default()).await, Err(Error::LoginFailed(_))));
        assert!(matches!(connect(&settings, LoginPolicy::default()).await, Err(Error::LoginFailed(_))));
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(1)).await;
        tokio::time::resume();
    }
    let attempts = server.counters().login_attempts() - before;
    assert!((5..LOCKOUT).contains(&attempts), "{attempts} logins in ten minutes");
}

#[tokio::test]
async fn corrected_password_is_tried_at_once() {
    let server = shop_server().await;
    assert!(matches!(open(&settings(&wrong_password(&server))).ping().await, Err(Error::LoginFailed(_))));
    open(&settings(&server.connection_string("webapp"))).ping().await.unwrap();
}

#[tokio::test]
async fn never_block_tries_every_login() {
    let server = shop_server().await;
    let store = open(&settings(&format!("{};Pool Blocking Period=NeverBlock", wrong_password(&server))));
    let before = server.counters().login_attempts();
    for _ in 0..5 {
        assert!(matches!(store.ping().await, Err(Error::LoginFailed(_))));
    }
    assert_eq!(server.counters().login_attempts() - before, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restarted_server_is_reached_by_the_next_request() {
    let mut server = shop_server().await;
    let store = open(&settings(&format!("{};Connect Retry Count=0", server.connection_string("webapp"))));
    server.stop().await;
    assert!(matches!(store.ping().await, Err(Error::Unavailable(_))));
    server.restart().await.unwrap();
    store.ping().await.unwrap();
}

/// Longer than a request waits for a connection that others use.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_server_is_reported_within_connect_timeout() {
    let server = shop_server().await;
    server.faults().always(Fault::DelayLogin(Duration::from_secs(60)));
    let text =
        format!("{};Max Pool Size=2;Connect Timeout={}", server.connection_string("webapp"), CONNECT_TIMEOUT.as_secs());
    let store = open(&settings(&text));
    let begun = Instant::now();
    let waiting = futures_util::future::join_all((0..10).map(|_| store.ping())).await;
    for failed in waiting {
        assert!(matches!(&failed, Err(Error::Unavailable(text)) if text.contains("Connect Timeout")), "{failed:?}");
    }
    assert!(begun.elapsed() < 2 * CONNECT_TIMEOUT, "{:?}", begun.elapsed());
}
