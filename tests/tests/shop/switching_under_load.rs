//! Switches while many clients create and read books: only the creator of new rows changes.

use bookstore_tests::server::TestServer;
use bookstore_tests::switching::{SwitchingShop, creators_in, switch_under_load, switches};

use super::switching::wait_for_closed_connections;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switch_under_load_fails_no_request_and_keeps_creators() {
    let server = TestServer::of_shop().await;
    let limited = |text| format!("{text};Max Pool Size=8");
    let (admin, login) = (server.admin(), server.shop_login());
    let shop = SwitchingShop::new(&limited(server.connection_string())).await;
    let sides = [(login, limited(server.shop_connection_string())), (&admin, limited(server.connection_string()))];
    let created = switch_under_load(&shop, 64, switches(), &sides).await;
    assert_eq!(creators_in(&server.settings(), &created).await, created);
    if let Some(stand_in) = server.stand_in() {
        wait_for_closed_connections(stand_in, &shop).await;
    }
    drop(shop);
    server.drop_database().await;
}
