//! Between `sa` and the gMSA without a restart, under load.

use super::site::{ACCOUNT, Site};
use bookstore_tests::switching::{SwitchingShop, creators_in, switch_under_load, switches};
use bookstore_tests::wait::{PATIENCE, eventually};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switching_between_sa_and_gmsa_under_load_keeps_creators() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let sides = [(ACCOUNT, site.integrated()), ("sa", site.as_sa_text())];
    let sides = sides.map(|(login, text)| (login, format!("{text};Max Pool Size=8")));
    let shop = SwitchingShop::with(&sides[1].1, site.command("")).await;
    let created = switch_under_load(&shop, 64, switches(), &sides).await;
    assert_eq!(creators_in(&site.as_sa(), &created).await, created);
    let pid = shop.shop.pid().unwrap();
    eventually("only the pool's connections are open", PATIENCE, async || {
        connections(pid) == shop.metric("db_pool_connections").await
    })
    .await;
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
