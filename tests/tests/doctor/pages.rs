//! `/diagnostics`: who may start the doctor, and who sees its report.

use std::collections::HashMap;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::{Shop, command};
use serde_json::Value;
use sql_server_stand_in::StandIn;

const PASSWORD: &str = "Secret-2";
const NO_FIELDS: fn() -> HashMap<String, String> = HashMap::new;

/// The number of logins that the server has seen, once the shop has logged in.
async fn logins_of_idle_shop(server: &StandIn, shop: &Browser) -> u64 {
    assert_eq!(shop.open("/books").await.status, 200);
    server.counters().logins()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn get_starts_no_run_on_either_listener() {
    let server = shop_server().await;
    let text = format!("{};Max Pool Size=1", server.connection_string("webapp"));
    let shop = Shop::start_with(&text, &[("BOOKSTORE_PUBLIC_DIAGNOSTICS", "true")]).await;
    let (public, admin) = (Browser::new(&shop.url), Browser::new(&shop.admin_url));
    let before = logins_of_idle_shop(&server, &public).await;
    for browser in [&public, &admin] {
        let page = browser.open("/diagnostics").await;
        assert!(page.status == 200 && page.text.contains("No report yet"), "{}", page.text);
        assert_eq!(browser.open("/diagnostics.json").await.text, r#"{"verdict":null,"failed_switch":null}"#);
    }
    assert_eq!(server.counters().logins(), before);
    let sent = admin.send("/diagnostics", &NO_FIELDS()).await;
    assert_eq!((sent.status.as_u16(), sent.location.as_deref()), (303, Some("/diagnostics")), "{}", sent.text);
    let after = server.counters().logins();
    assert_eq!(after, before + 1);
    for browser in [&public, &admin] {
        assert!(browser.open("/diagnostics").await.text.contains("<h1>Healthy</h1>"));
    }
    assert_eq!(server.counters().logins(), after);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_admin_listener_starts_a_run_and_not_for_another_site() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    let shop = Shop::start_with(&text, &[("BOOKSTORE_PUBLIC_DIAGNOSTICS", "true")]).await;
    let (public, admin) = (Browser::new(&shop.url), Browser::new(&shop.admin_url));
    assert_eq!(admin.open("/diagnostics").await.texts("form button"), ["Run the checks"]);
    assert!(public.open("/diagnostics").await.texts("main form").is_empty());
    for path in ["/diagnostics", "/diagnostics.json"] {
        assert_eq!(public.send(path, &NO_FIELDS()).await.status, 405, "{path}");
        let forged = admin.client.post(admin.at(path)).header("Sec-Fetch-Site", "cross-site").send().await.unwrap();
        assert_eq!(forged.status(), 403, "{path}");
    }
    assert!(admin.open("/diagnostics").await.text.contains("No report yet"));
    // As curl -X POST.
    let report = admin.client.post(admin.at("/diagnostics.json")).send().await.unwrap().text().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&report).unwrap()["verdict"]["state"], "healthy", "{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_login_is_reported_with_the_time_of_the_next_run() {
    let server = shop_server().await;
    let shop = Shop::start(&format!("{};Password=wrong", server.connection_string("webapp"))).await;
    let admin = Browser::new(&shop.admin_url);
    admin.send("/diagnostics", &NO_FIELDS()).await;
    let page = admin.open("/diagnostics").await.text;
    assert!(page.contains("Failed: login") && page.contains("run again 75 s after this report"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_is_on_the_admin_listener_and_opt_in_on_the_shop() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    let shop = Shop::start(&text).await;
    let admin = Browser::new(&shop.admin_url);
    admin.send("/diagnostics", &NO_FIELDS()).await;
    let page = admin.open("/diagnostics").await;
    assert!(page.text.contains("Healthy") && page.texts("table.checks tbody tr").len() > 8, "{}", page.text);
    assert_eq!(Browser::new(&shop.url).open("/diagnostics").await.status, 404);
    assert_eq!(Browser::new(&shop.url).open("/diagnostics.json").await.status, 404);
    let public = Shop::start_with(&text, &[("BOOKSTORE_PUBLIC_DIAGNOSTICS", "true")]).await;
    Browser::new(&public.admin_url).send("/diagnostics", &NO_FIELDS()).await;
    let browser = Browser::new(&public.url);
    assert!(browser.open("/diagnostics").await.text.contains("Healthy"));
    let json =
        browser.client.get(browser.at("/diagnostics")).header("Accept", "application/json").send().await.unwrap();
    let report: Value = serde_json::from_str(&json.text().await.unwrap()).unwrap();
    assert_eq!(report["verdict"]["state"], "healthy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_share_one_run() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let admin = Browser::new(&shop.admin_url);
    let before = server.counters().logins();
    let fields = NO_FIELDS();
    let requests = (0..30).map(|_| admin.send("/diagnostics.json", &fields));
    for page in futures_util::future::join_all(requests).await {
        assert_eq!(page.status, 200);
    }
    let runs = server.counters().logins() - before;
    assert!(runs <= 5, "{runs} logins for 30 requests");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_shows_a_failed_switch() {
    let server = shop_server().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connectionstring");
    let text = server.connection_string("webapp");
    std::fs::write(&file, &text).unwrap();
    let mut command = command(&["serve"]);
    command.env("connectionstring_file", &file);
    let shop = Shop::run(command).await;
    let admin = Browser::new(&shop.admin_url);
    assert!(admin.open("/diagnostics.json").await.text.contains(r#""failed_switch":null"#));
    std::fs::write(&file, format!("{text};Database=Elsewhere")).unwrap();
    shop.wait_for_output("not switched").await;
    admin.send("/diagnostics", &NO_FIELDS()).await;
    let page = admin.open("/diagnostics").await.text;
    assert!(page.contains("the previous one stays in use") && page.contains("Healthy"), "{page}");
    let report: Value = serde_json::from_str(&admin.open("/diagnostics.json").await.text).unwrap();
    let failed = &report["failed_switch"];
    assert!(failed["error"].as_str().unwrap().contains("error 4060"), "{failed}");
    assert!(!page.contains(PASSWORD) && !failed.to_string().contains(PASSWORD), "{page}");
}
