//! Switches while many clients create and read books: only the creator of new rows changes.

use bookstore_tests::fixture::shop_server;
use bookstore_tests::sql::settings;
use bookstore_tests::switching::{SwitchingShop, creators_in, switch_under_load, switches};

use super::switching::wait_for_closed_connections;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switch_under_load_fails_no_request_and_keeps_creators() {
    let server = shop_server().await;
    let text = |login| format!("{};Max Pool Size=8", server.connection_string(login));
    let shop = SwitchingShop::new(&text("sa")).await;
    let sides = [("webapp", text("webapp")), ("sa", text("sa"))];
    let created = switch_under_load(&shop, 64, switches(), &sides).await;
    assert_eq!(creators_in(&settings(&server.connection_string("sa")), &created).await, created);
    wait_for_closed_connections(&server, &shop).await;
}
