//! What goes wrong with tickets: each fault has its own error where an operator sees it, and the shop recovers by itself.

use std::time::{Duration, Instant};

use super::site::{ACCOUNT, Open, PRINCIPAL, SPN, Site};
use reqwest::StatusCode;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_spn_is_named() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    site.directory.lab(&["spn", "delete", SPN, "svc_sql"]).await;
    let shop = site.shop().await;
    shop.fails_with(&["the directory knows no service MSSQLSvc/db.bookstore.local:1433", PRINCIPAL]).await;
    site.directory.lab(&["spn", "add", SPN, "svc_sql"]).await;
    shop.recovers().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_spn_on_the_wrong_account_is_not_taken_for_a_missing_one() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    site.directory.lab(&["spn", "delete", SPN, "svc_sql"]).await;
    site.directory.lab(&["spn", "add", SPN, "host2$"]).await;
    let shop = site.shop().await;
    let words = ["MSSQLSvc/db.bookstore.local:1433 is registered on another account", "error 18452", PRINCIPAL];
    shop.fails_with(&words).await;
    site.directory.lab(&["spn", "delete", SPN, "host2$"]).await;
    site.directory.lab(&["spn", "add", SPN, "svc_sql"]).await;
    site.ticket().await; // without the wrong service ticket in its cache
    shop.recovers().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_ticket_stops_new_logins_and_no_live_connection() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let (shop, newcomer) = (site.shop().await, site.forgetful_shop().await);
    shop.serves().await;
    newcomer.serves().await;
    assert!(site.directory.ticket("host1", &site.cache(), 1).await.status.success());
    let is_valid = async || {
        let klist = Command::new("klist").arg("-s").arg("-c").arg(site.cache()).status().await;
        klist.unwrap().success()
    };
    while is_valid().await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    newcomer.fails_with(&["the Kerberos ticket of webgmsa$@BOOKSTORE.LOCAL has expired", SPN]).await;
    shop.browser.add("Emma").await;
    assert_eq!(site.creator("Emma").await, ACCOUNT);
    site.ticket().await;
    newcomer.recovers().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kdc_that_is_stopped_or_silent_holds_up_no_live_connection_and_is_named() {
    let Some(site) = Site::new().await else { return };
    let text = site.integrated_by_address();
    for way in ["stop", "freeze"] {
        site.ticket().await;
        let shop = Open::new(site.command(&text)).await;
        let newcomer = Open::new(site.command(&format!("{text};Pooling=false"))).await;
        shop.serves().await;
        site.ticket().await; // without the service's ticket, which would do for a day
        site.directory.lab(&["kdc", way]).await;
        let began = Instant::now();
        let (failed, longest) = tokio::join!(
            newcomer.fails_with(&["no domain controller answers for webgmsa$@BOOKSTORE.LOCAL", SPN]),
            longest_of(&shop, 50),
        );
        drop(failed);
        assert!(began.elapsed() < Duration::from_secs(6), "{way}: {:?} for Connect Timeout=3", began.elapsed());
        assert!(longest < Duration::from_secs(1), "{way}: a live connection was held up for {longest:?}");
        site.directory.lab(&["kdc", "start"]).await;
        newcomer.recovers().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_kdc_keeps_few_threads_of_many_logins() {
    let Some(site) = Site::new().await else { return };
    let text = site.integrated_by_address();
    site.ticket().await;
    let shop = Open::new(site.command(&format!("{text};Pooling=false"))).await;
    shop.serves().await;
    site.ticket().await; // without the service's ticket, which would do for a day
    site.directory.lab(&["kdc", "freeze"]).await;
    let before = threads(&shop);
    let refused = (0..80).map(|_| shop.browser.open("/books"));
    for page in futures_util::future::join_all(refused).await {
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", shop.shop.output());
    }
    // Those that asked still wait for the library; 16 may.
    let after = threads(&shop);
    assert!(after <= before + 16 + 4, "{after} threads, {before} before");
    shop.shop.wrote("no domain controller answers for webgmsa$@BOOKSTORE.LOCAL").await;
    site.directory.lab(&["kdc", "start"]).await;
    shop.recovers().await;
}

fn threads(shop: &Open) -> usize {
    std::fs::read_dir(format!("/proc/{}/task", shop.shop.pid().unwrap())).unwrap().count()
}

/// How long the slowest of so many requests took.
async fn longest_of(shop: &Open, requests: usize) -> Duration {
    let mut longest = Duration::ZERO;
    for _ in 0..requests {
        let began = Instant::now();
        shop.serves().await;
        longest = longest.max(began.elapsed());
    }
    longest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_off_by_ten_minutes_is_named() {
    let Some(site) = Site::new().await else { return };
    for offset in ["+10m", "-10m"] {
        site.ticket().await;
        // faketime forks: its child is to end with it.
        let wrapper = ["faketime", "--exclude-monotonic", "-m", "-f", offset, "setpriv", "--pdeathsig", "KILL"];
        let shop = Open::new(site.command_by(&wrapper, &site.integrated())).await;
        shop.fails_with(&["the clock of this machine and the directory's differ", PRINCIPAL, SPN]).await;
    }
    site.shop().await.serves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_without_credentials_says_what_to_set() {
    let Some(site) = Site::new().await else { return };
    let shop = site.shop().await;
    shop.fails_with(&["has no Kerberos credentials to ask for", SPN, "KRB5CCNAME"]).await;
    site.ticket().await;
    shop.recovers().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disabled_account_is_named_until_it_is_enabled() {
    let Some(site) = Site::new().await else { return };
    let keytab = site.cache().with_extension("keytab");
    site.directory.lab(&["keytab", "webgmsa$", keytab.to_str().unwrap()]).await;
    site.directory.lab(&["disable", "webgmsa$"]).await;
    let mut command = site.command(&site.integrated());
    command.env("KRB5_CLIENT_KTNAME", &keytab);
    let shop = Open::new(command).await;
    shop.fails_with(&["the account webgmsa$@BOOKSTORE.LOCAL is disabled", SPN]).await;
    site.directory.lab(&["enable", "webgmsa$"]).await;
    shop.recovers().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_client_keytab_is_a_wrong_key() {
    let Some(site) = Site::new().await else { return };
    let keytab = site.cache().with_extension("keytab");
    let fetch = ["keytab", "webgmsa$", keytab.to_str().unwrap()];
    site.directory.lab(&fetch).await;
    site.directory.lab(&["new-password", "webgmsa$"]).await;
    let mut command = site.command(&site.integrated());
    command.env("KRB5CCNAME", "MEMORY:").env("KRB5_CLIENT_KTNAME", &keytab);
    let shop = Open::new(command).await;
    shop.fails_with(&["the keytab of webgmsa$@BOOKSTORE.LOCAL is older than its password", SPN]).await;
    site.directory.lab(&fetch).await;
    shop.recovers().await;
    // A password that was set by hand is none that members can compute, until the next one is due.
    site.directory.lab(&["roll-gmsa"]).await;
    site.ticket().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_without_a_login_or_a_user_is_refused_in_sql_servers_words() {
    let Some(site) = Site::without_login().await else { return };
    site.ticket().await;
    let shop = site.shop().await;
    shop.fails_with(&[r"Login failed for user 'BOOKSTORE\\webgmsa$'. (error 18456)"]).await;
    let create = format!("CREATE LOGIN [{ACCOUNT}] FROM WINDOWS");
    bookstore_tests::sql::batch(&site.as_sa(), &create).await.unwrap();
    for _ in 0..20 {
        if shop.shop.output().contains("error 4060") {
            return;
        }
        shop.browser.open("/books").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("4060 is not in:\n{}", shop.shop.output());
}
