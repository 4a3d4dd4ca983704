//! Faults of tickets: each has its own error in the log, and the shop recovers automatically.

use bookstore_tests::wait::{PATIENCE, eventually};

use super::site::{ACCOUNT, OpenShop, PRINCIPAL, SPN, Site};
use reqwest::StatusCode;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_spn_is_named() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    site.directory.lab(&["spn", "delete", SPN, "svc_sql"]).await;
    let shop = site.shop().await;
    shop.assert_fails_with(&["the directory knows no service MSSQLSvc/db.bookstore.local:1433", PRINCIPAL]).await;
    site.directory.lab(&["spn", "add", SPN, "svc_sql"]).await;
    shop.wait_until_it_serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spn_on_the_wrong_account_differs_from_a_missing_one() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    site.directory.lab(&["spn", "delete", SPN, "svc_sql"]).await;
    site.directory.lab(&["spn", "add", SPN, "host2$"]).await;
    let shop = site.shop().await;
    let words = ["MSSQLSvc/db.bookstore.local:1433 is registered on another account", "error 18452", PRINCIPAL];
    shop.assert_fails_with(&words).await;
    site.directory.lab(&["spn", "delete", SPN, "host2$"]).await;
    site.directory.lab(&["spn", "add", SPN, "svc_sql"]).await;
    site.ticket().await; // without the wrong service ticket in its cache
    shop.wait_until_it_serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn expired_ticket_stops_new_logins_only() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let (shop, unpooled) = (site.shop().await, site.shop_without_pool().await);
    shop.assert_serves().await;
    unpooled.assert_serves().await;
    assert!(site.directory.ticket("host1", &site.cache(), 1).await.status.success());
    let is_valid = async || {
        let klist = Command::new("klist").arg("-s").arg("-c").arg(site.cache()).status().await;
        klist.unwrap().success()
    };
    eventually("the ticket expires", PATIENCE, async || !is_valid().await).await;
    unpooled.assert_fails_with(&["the Kerberos ticket of webgmsa$@BOOKSTORE.LOCAL has expired", SPN]).await;
    shop.browser.add("Emma").await;
    assert_eq!(site.creator("Emma").await, ACCOUNT);
    site.ticket().await;
    unpooled.wait_until_it_serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ticket_that_is_lost_during_the_login_is_named() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let shop = site.shop_without_pool().await;
    shop.assert_serves().await;
    shop.shop.wait_for_output("database available").await;
    site.ticket().await; // without a service ticket
    site.freeze_server();
    let lost = async {
        let has_service_ticket = || {
            let cache = std::fs::read(site.cache()).unwrap();
            cache.windows(8).any(|bytes| bytes == b"MSSQLSvc")
        };
        eventually("the shop has its ticket", PATIENCE, async || has_service_ticket()).await;
        std::fs::remove_file(site.cache()).unwrap();
        site.thaw_server();
    };
    tokio::join!(lost, shop.assert_fails_with(&["has no Kerberos credentials to ask for", SPN, "KRB5CCNAME"]));
    // The line of this request has the cause, too, and not only that of the shop's next login.
    let log = shop.shop.output();
    let mut failures = log.lines().filter(|line| line.contains(r#""cause""#));
    assert!(failures.all(|line| line.contains("has no Kerberos credentials")), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_or_silent_kdc_is_named_and_blocks_no_live_connection() {
    let Some(site) = Site::new().await else { return };
    let text = site.integrated_by_address();
    for fault in ["stop", "freeze"] {
        site.ticket().await;
        let shop = OpenShop::new(site.command(&text)).await;
        let unpooled = OpenShop::new(site.command(&format!("{text};Pooling=false"))).await;
        shop.assert_serves().await;
        // The shop logs in by itself when it starts, which would get another service ticket.
        unpooled.shop.wait_for_output("database available").await;
        site.ticket().await; // without the service ticket, which is valid for a day
        site.directory.lab(&["kdc", fault]).await;
        let fails = unpooled.assert_fails_with(&["no domain controller answers for webgmsa$@BOOKSTORE.LOCAL", SPN]);
        let served = requests_served_during(&shop, fails).await;
        // A silent controller keeps the login waiting for Connect Timeout=3.
        assert!(fault == "stop" || served > 1, "a live connection was held up by the login");
        site.directory.lab(&["kdc", "start"]).await;
        unpooled.wait_until_it_serves().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_kdc_blocks_few_threads() {
    let Some(site) = Site::new().await else { return };
    let text = site.integrated_by_address();
    site.ticket().await;
    let shop = OpenShop::new(site.command(&format!("{text};Pooling=false"))).await;
    shop.assert_serves().await;
    shop.shop.wait_for_output("database available").await;
    site.ticket().await; // without the service ticket, which is valid for a day
    site.directory.lab(&["kdc", "freeze"]).await;
    let before = threads(&shop);
    let refused = (0..80).map(|_| shop.browser.open("/books"));
    for page in futures_util::future::join_all(refused).await {
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", shop.shop.output());
    }
    // Each pending ticket request blocks a thread, and at most 16 run at once.
    let after = threads(&shop);
    assert!(after <= before + 16 + 4, "{after} threads, {before} before");
    shop.shop.wait_for_output("no domain controller answers for webgmsa$@BOOKSTORE.LOCAL").await;
    site.directory.lab(&["kdc", "start"]).await;
    shop.wait_until_it_serves().await;
}

fn threads(shop: &OpenShop) -> usize {
    std::fs::read_dir(format!("/proc/{}/task", shop.shop.pid().unwrap())).unwrap().count()
}

/// Sends requests, one after the other, while `other` runs, and returns how many were served by then.
async fn requests_served_during<T>(shop: &OpenShop, other: impl Future<Output = T>) -> usize {
    let mut served = 0;
    let serving = async {
        loop {
            shop.assert_serves().await;
            served += 1;
        }
    };
    tokio::select! {
        _ = other => {}
        () = serving => {}
    }
    served
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clock_skew_of_ten_minutes_is_named() {
    let Some(site) = Site::new().await else { return };
    for offset in ["+10m", "-10m"] {
        site.ticket().await;
        // faketime forks: setpriv ends its child with it.
        let wrapper = ["faketime", "--exclude-monotonic", "-m", "-f", offset, "setpriv", "--pdeathsig", "KILL"];
        let shop = OpenShop::new(site.wrapped_command(&wrapper, &site.integrated())).await;
        shop.assert_fails_with(&["the clocks of this machine and of the directory differ", PRINCIPAL, SPN]).await;
    }
    site.shop().await.assert_serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_credentials_name_the_variables_to_set() {
    let Some(site) = Site::new().await else { return };
    let shop = site.shop().await;
    shop.assert_fails_with(&["has no Kerberos credentials to ask for", SPN, "KRB5CCNAME"]).await;
    site.ticket().await;
    shop.wait_until_it_serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disabled_account_is_named_until_it_is_enabled() {
    let Some(site) = Site::new().await else { return };
    let keytab = site.cache().with_extension("keytab");
    site.directory.lab(&["keytab", "webgmsa$", keytab.to_str().unwrap()]).await;
    site.directory.lab(&["disable", "webgmsa$"]).await;
    let mut command = site.command(&site.integrated());
    command.env("KRB5_CLIENT_KTNAME", &keytab);
    let shop = OpenShop::new(command).await;
    shop.assert_fails_with(&["the directory refuses webgmsa$@BOOKSTORE.LOCAL: the account is disabled", SPN]).await;
    site.directory.lab(&["enable", "webgmsa$"]).await;
    shop.wait_until_it_serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_client_keytab_is_a_wrong_key() {
    let Some(site) = Site::new().await else { return };
    let keytab = site.cache().with_extension("keytab");
    let fetch = ["keytab", "webgmsa$", keytab.to_str().unwrap()];
    site.directory.lab(&fetch).await;
    site.directory.lab(&["new-password", "webgmsa$"]).await;
    let mut command = site.command(&site.integrated());
    command.env("KRB5CCNAME", "MEMORY:").env("KRB5_CLIENT_KTNAME", &keytab);
    let shop = OpenShop::new(command).await;
    shop.assert_fails_with(&["the keytab of webgmsa$@BOOKSTORE.LOCAL is older than its password", SPN]).await;
    site.directory.lab(&fetch).await;
    shop.wait_until_it_serves().await;
    // Members of the group cannot compute a password that was set by hand; the next roll-over replaces it.
    site.directory.lab(&["roll-gmsa"]).await;
    site.ticket().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ticket_without_login_or_user_is_refused_by_sql_server() {
    let Some(site) = Site::without_login().await else { return };
    site.ticket().await;
    let shop = site.shop().await;
    shop.assert_fails_with(&[r"Login failed for user 'BOOKSTORE\\webgmsa$'. (error 18456"]).await;
    let create = format!("CREATE LOGIN [{ACCOUNT}] FROM WINDOWS");
    bookstore_tests::sql::batch(&site.as_sa(), &create).await.unwrap();
    // A refused login is repeated after 5 s at the earliest.
    eventually("a login is refused by error 4060", PATIENCE, async || {
        shop.browser.open("/books").await;
        shop.shop.output().contains("error 4060")
    })
    .await;
}
