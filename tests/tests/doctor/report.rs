//! The report itself: its forms, its secrets, its time.

use std::time::{Duration, Instant};

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::{Shop, command, executable};
use bookstore_tests::stand_in::Fault;
use serde_json::Value;
use tokio::net::TcpListener;

const PASSWORD: &str = "Secret-2";

async fn output(arguments: &[&str], text: &str) -> (Option<i32>, String) {
    let output = command(arguments).env("connectionstring", text).output().await.unwrap();
    let both = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&both).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_text_ends_with_the_verdict_and_has_no_colour_off_a_terminal() {
    let server = shop_server().await;
    let (exit, text) = output(&["doctor"], &format!("{};Password=wrong", server.connection_string("webapp"))).await;
    assert_eq!(exit, Some(2), "{text}");
    let (checks, verdict) = text.split_once("\nBROKEN – login\n").unwrap();
    assert!(checks.contains("  ok    encryption") && checks.contains("  FAIL  login"), "{text}");
    assert!(
        verdict.contains("Fix, application: write the right one") && verdict.contains("Fix, SQL Server:"),
        "{text}"
    );
    assert!(!text.contains('\x1b'), "{text}");
    assert!(
        text.lines()
            .filter(|line| !line.starts_with("       ") && !line.starts_with("Data Source"))
            .all(|line| line.chars().count() <= 100),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_of_the_report_holds_a_password() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    for string in [
        text.clone(),
        format!("{text};Database=Elsewhere"),
        format!("{text};Passwort={PASSWORD}"),
        format!("{text};Integrated Security=true"),
    ] {
        for form in [&["doctor"][..], &["doctor", "--json"], &["doctor", "--spn"]] {
            let (_, said) = output(form, &string).await;
            assert!(!said.is_empty() && !said.contains(PASSWORD), "{form:?}: {said}");
        }
    }
    let shop = Shop::start(&text).await;
    let admin = Browser::new(&shop.admin_url);
    for path in ["/diagnostics", "/diagnostics.json"] {
        let page = admin.open(path).await;
        assert!(page.status.is_success() && !page.text.contains(PASSWORD), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_string_that_is_not_understood_is_a_broken_link_too() {
    let (exit, text) = output(&["doctor", "--json"], "Server=db;Passwort=x").await;
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((exit, &report["verdict"]["link"]), (Some(2), &"connection-string".into()), "{text}");
    assert!(report["verdict"]["what"].as_str().unwrap().contains("connectionstring is not usable"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_never_answers_is_reported_within_15_seconds() {
    executable(); // building it is no part of the 15 seconds
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let text = format!("Server=127.0.0.1,{};User ID=sa;Password=x", silent.local_addr().unwrap().port());
    let began = Instant::now();
    let (exit, said) = output(&["doctor", "--json"], &text).await;
    assert!(began.elapsed() < Duration::from_secs(15));
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((exit, &report["verdict"]["link"]), (Some(2), &"prelogin".into()), "{said}");
    let server = shop_server().await;
    server.faults().always(Fault::DelayLogin(Duration::from_secs(60)));
    let began = Instant::now();
    let (exit, said) = output(&["doctor", "--json"], &server.connection_string("webapp")).await;
    assert!(began.elapsed() < Duration::from_secs(15));
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((exit, &report["verdict"]["link"]), (Some(2), &"login".into()), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_store_has_a_short_report() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.db");
    let (exit, text) =
        output(&["doctor"], &format!("Server=(embedded);AttachDbFilename={};Integrated Security=true", file.display()))
            .await;
    assert_eq!(exit, Some(0), "{text}");
    assert!(text.contains("a simulation in which nobody logs in") && text.contains("\nSOUND\n"), "{text}");
    let (exit, text) = output(&["doctor"], "Server=(embedded);AttachDbFilename=/nowhere/at/all/b.db;User ID=sa").await;
    assert_eq!(exit, Some(2), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_of_the_doctor_leaves_no_row() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let count = async || Browser::new(&shop.url).open("/api/v1/books").await.text;
    let before = count().await;
    assert_eq!(output(&["doctor"], &server.connection_string("webapp")).await.0, Some(0));
    assert_eq!(count().await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_on_the_admin_listener_and_on_the_shop_only_if_asked_for() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    let shop = Shop::start(&text).await;
    let page = Browser::new(&shop.admin_url).open("/diagnostics").await;
    assert!(page.text.contains("Sound") && page.texts("table.checks tbody tr").len() > 8, "{}", page.text);
    assert_eq!(Browser::new(&shop.url).open("/diagnostics").await.status, 404);
    assert_eq!(Browser::new(&shop.url).open("/diagnostics.json").await.status, 404);
    let public = Shop::start_with(&text, &[("BOOKSTORE_PUBLIC_DIAGNOSTICS", "true")]).await;
    let browser = Browser::new(&public.url);
    assert!(browser.open("/diagnostics").await.text.contains("Sound"));
    let json =
        browser.client.get(browser.at("/diagnostics")).header("Accept", "application/json").send().await.unwrap();
    let report: Value = serde_json::from_str(&json.text().await.unwrap()).unwrap();
    assert_eq!(report["verdict"]["state"], "sound");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_ask_at_once_share_one_run() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let admin = Browser::new(&shop.admin_url);
    let before = server.counters().logins();
    let asked = (0..30).map(|_| admin.open("/diagnostics.json"));
    for page in futures_util::future::join_all(asked).await {
        assert_eq!(page.status, 200);
    }
    let runs = server.counters().logins() - before;
    assert!(runs <= 5, "{runs} logins for 30 who asked");
}

#[tokio::test]
async fn spn_prints_what_to_register_with_the_commands_filled_in() {
    let (exit, text) = output(&["doctor", "--spn"], "Server=db.contoso.example,1444;Trusted_Connection=true").await;
    assert_eq!(exit, Some(0), "{text}");
    for line in
        ["setspn -Q MSSQLSvc/db.contoso.example:1444", r"setspn -S MSSQLSvc/db:1444 <DOMAIN>\<account of SQL Server>"]
    {
        assert!(text.lines().any(|said| said == line), "{line} is not in:\n{text}");
    }
    let (_, text) = output(&["doctor", "--spn"], r"Server=db.contoso.example\SALES;Trusted_Connection=true").await;
    assert!(text.contains("setspn -S MSSQLSvc/db.contoso.example:SALES "), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_shows_a_connection_string_that_was_wanted_and_does_not_work() {
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
    shop.wrote("not switched").await;
    let page = admin.open("/diagnostics").await.text;
    assert!(page.contains("none that works, so the one before is kept") && page.contains("Sound"), "{page}");
    let report: Value = serde_json::from_str(&admin.open("/diagnostics.json").await.text).unwrap();
    let failed = &report["failed_switch"];
    assert!(failed["error"].as_str().unwrap().contains("error 4060"), "{failed}");
    assert!(!page.contains(PASSWORD) && !failed.to_string().contains(PASSWORD), "{page}");
}
