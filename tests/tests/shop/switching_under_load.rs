//! Switches while many clients make and read books: nobody notices but by the rows' creator.

use bookstore_tests::fixture::{settings, shop_server};
use bookstore_tests::toggle::{Toggle, creators_in, switches, toggle_under_load};

use super::switching::only_the_pools_connections_are_open;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_no_request_fails_by_a_switch_and_every_row_has_its_login() {
    let server = shop_server().await;
    let text = |login| format!("{};Max Pool Size=8", server.connection_string(login));
    let shop = Toggle::new(&text("sa")).await;
    let sides = [("webapp", text("webapp")), ("sa", text("sa"))];
    let made = toggle_under_load(&shop, 64, switches(), &sides).await;
    assert_eq!(creators_in(&settings(&server.connection_string("sa")), &made).await, made);
    only_the_pools_connections_are_open(&server, &shop).await;
}
