//! Between `sa` and the gMSA without a restart, under load.

use std::time::Duration;

use super::site::{ACCOUNT, Site};
use bookstore_tests::toggle::{Toggle, creators_in, switches, toggle_under_load};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_the_shop_goes_to_and_fro_between_sa_and_the_gmsa_and_every_row_has_its_login() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let sides = [(ACCOUNT, site.integrated()), ("sa", site.as_sa_text())];
    let sides = sides.map(|(login, text)| (login, format!("{text};Max Pool Size=8")));
    let shop = Toggle::with(&sides[1].1, site.command("")).await;
    let made = toggle_under_load(&shop, 64, switches(), &sides).await;
    assert_eq!(creators_in(&site.as_sa(), &made).await, made);
    let pid = shop.shop.pid().unwrap();
    for _ in 0..1_000 {
        if connections(pid) == shop.metric("db_pool_connections").await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("left behind: {} connections are open", connections(pid));
}

/// Established connections to SQL Server's port, seen from where the shop is.
fn connections(pid: u32) -> u64 {
    let table = std::fs::read_to_string(format!("/proc/{pid}/net/tcp")).unwrap();
    let to_sql_server = |line: &&str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        fields[2].ends_with(":0599") && fields[3] == "01"
    };
    table.lines().skip(1).filter(to_sql_server).count() as u64
}
