//! `Min Pool Size`: sessions that are open and warm before a request needs them.

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_tests::books::first_page;
use bookstore_tests::fixture::{open, shop_server};
use bookstore_tests::sql::settings;
use bookstore_tests::wait::{PATIENCE, eventually};
use sql_server_stand_in::Fault;

const MIN: u32 = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_run_the_list_once_before_any_request() {
    let server = shop_server().await;
    let settings = settings(&server.connection_string("webapp"));
    let counters = server.counters();
    let (logins, statements) = (counters.logins(), counters.statements());
    // No more than these, so that the pool opens none in place of one in use.
    let store = open(&SqlServerSettings { min_pool_size: MIN, max_pool_size: MIN, ..settings });
    eventually("the sessions are idle", PATIENCE, async || store.pool().idle == MIN).await;
    // Each has read its identity and the list.
    let expected = (u64::from(MIN), 2 * u64::from(MIN));
    assert_eq!((counters.logins() - logins, counters.statements() - statements), expected);

    store.list(&first_page()).await.unwrap();
    assert_eq!(counters.statements() - statements, expected.1 + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statement_that_cannot_warm_a_session_leaves_it_usable() {
    let server = shop_server().await;
    let settings = settings(&server.connection_string("webapp"));
    server.faults().always_for("ROWS FETCH", Fault::Error { number: 208, text: "Invalid object name".into() });
    let store = open(&SqlServerSettings { min_pool_size: MIN, ..settings });
    eventually("the sessions are idle", PATIENCE, async || store.pool().idle == MIN).await;
    store.ping().await.unwrap();
    server.faults().clear();
    assert_eq!(store.list(&first_page()).await.unwrap().total, 8);
}
