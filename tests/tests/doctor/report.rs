//! The doctor's report as text and JSON; no secret in any of its forms; its limit in time.

use std::collections::HashMap;
use std::time::Duration;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::{Shop, command};
use bookstore_tests::wait::PATIENCE;
use serde_json::Value;
use sql_server_stand_in::Fault;
use tokio::net::TcpListener;
use tokio::time::timeout;

const PASSWORD: &str = "Secret-2";

async fn output(arguments: &[&str], text: &str) -> (Option<i32>, String) {
    let output = command(arguments).env("connectionstring", text).output().await.unwrap();
    let both = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&both).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_ends_with_the_verdict_and_has_no_colour_off_a_terminal() {
    let server = shop_server().await;
    let (exit, text) = output(&["doctor"], &format!("{};Password=wrong", server.connection_string("webapp"))).await;
    assert_eq!(exit, Some(2), "{text}");
    let (checks, verdict) = text.split_once("\nFAILED – login\n").unwrap();
    assert!(checks.contains("  passed   encryption") && checks.contains("  FAILED   login"), "{text}");
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
async fn no_format_of_the_report_contains_a_password() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    for string in [
        text.clone(),
        format!("{text};Database=Elsewhere"),
        format!("{text};Passwort={PASSWORD}"),
        format!("{text};Integrated Security=true"),
    ] {
        for format in [&["doctor"][..], &["doctor", "--json"], &["doctor", "--spn"]] {
            let (_, text) = output(format, &string).await;
            assert!(!text.is_empty() && !text.contains(PASSWORD), "{format:?}: {text}");
        }
    }
    let shop = Shop::start(&text).await;
    let admin = Browser::new(&shop.admin_url);
    admin.send("/diagnostics", &HashMap::new()).await;
    for path in ["/diagnostics", "/diagnostics.json"] {
        let page = admin.open(path).await;
        assert!(page.text.contains("webapp") && !page.text.contains(PASSWORD), "{}", page.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_connection_string_is_a_failed_link() {
    let (exit, text) = output(&["doctor", "--json"], "Server=db;Passwort=x").await;
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((exit, &report["verdict"]["link"]), (Some(2), &"connection-string".into()), "{text}");
    assert!(report["verdict"]["what"].as_str().unwrap().contains("connectionstring is not usable"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_server_is_reported_after_a_limit() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let text = format!("Server=127.0.0.1,{};User ID=sa;Password=x", silent.local_addr().unwrap().port());
    let report = timeout(PATIENCE, output(&["doctor", "--json"], &text));
    let (exit, json) = report.await.expect("a report about a server that never answers");
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((exit, &report["verdict"]["link"]), (Some(2), &"prelogin".into()), "{json}");
    let server = shop_server().await;
    server.faults().always(Fault::DelayLogin(Duration::from_secs(60)));
    // Without a limit, the login would succeed after a minute.
    let (exit, json) = output(&["doctor", "--json"], &server.connection_string("webapp")).await;
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((exit, &report["verdict"]["link"]), (Some(2), &"login".into()), "{json}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_store_is_checked_without_creating_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.db");
    let string = format!("Server=(embedded);AttachDbFilename={};Integrated Security=true", file.display());
    let (exit, text) = output(&["doctor"], &string).await;
    assert_eq!(exit, Some(1), "{text}");
    assert!(text.contains("b.db does not exist") && text.contains("\nWARNINGS – embedded store\n"), "{text}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the doctor creates nothing");
    assert_eq!(output(&["migrate"], &string).await.0, Some(0));
    let before = std::fs::read(&file).unwrap();
    let (exit, text) = output(&["doctor"], &string).await;
    assert_eq!(exit, Some(0), "{text}");
    assert!(text.contains("a simulation in which nobody logs in") && text.contains("\nHEALTHY\n"), "{text}");
    assert!(text.contains("3 checks passed."), "{text}");
    assert_eq!(std::fs::read(&file).unwrap(), before, "the doctor changes nothing");
    std::fs::write(&file, "not a database, but long enough to be read as one").unwrap();
    assert_eq!(output(&["doctor"], &string).await.0, Some(2));
    let (exit, text) = output(&["doctor"], "Server=(embedded);AttachDbFilename=/nowhere/at/all/b.db;User ID=sa").await;
    assert_eq!(exit, Some(2), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_check_leaves_no_row_and_uses_up_a_number_only_on_request() {
    let server = shop_server().await;
    let string = server.connection_string("webapp");
    let shop = Shop::start(&string).await;
    let browser = Browser::new(&shop.url);
    let number = async |title| browser.add(title).await.rsplit('/').next().unwrap().parse::<u64>().unwrap();
    let books = async || browser.open("/api/v1/books").await.text;
    let first = number("Emma").await;
    let before = books().await;
    let (exit, text) = output(&["doctor"], &string).await;
    assert!(exit == Some(0) && text.contains("none wrote a row"), "{text}");
    assert_eq!(books().await, before);
    assert_eq!(number("Persuasion").await, first + 1);
    let (exit, text) = output(&["doctor", "--write"], &string).await;
    assert!(exit == Some(0) && text.contains("a row was inserted as webapp") && text.contains("is used up"), "{text}");
    assert_eq!(books().await.matches("bookstore doctor").count(), 0);
}

#[tokio::test]
async fn spn_prints_the_names_that_clients_request() {
    for (text, names) in [
        ("Server=db.contoso.invalid,1444", &["db.contoso.invalid:1444"][..]),
        ("Server=db.contoso.invalid.,1444", &["db.contoso.invalid:1444"]),
        ("Server=db.contoso.invalid", &["db.contoso.invalid:1433", "db.contoso.invalid"]),
        (r"Server=db.contoso.invalid\SALES", &["db.contoso.invalid:SALES"]),
        ("Server=other.invalid;Server SPN=mssqlsvc/db.contoso.invalid:1500", &["db.contoso.invalid:1500"]),
    ] {
        let (exit, printed) = output(&["doctor", "--spn"], &format!("{text};Trusted_Connection=true")).await;
        assert_eq!(exit, Some(0), "{printed}");
        let of = |command: &str| {
            let rest = |line: &str| line.strip_prefix(command)?.split(' ').next().map(str::to_owned);
            printed.lines().filter_map(rest).collect::<Vec<_>>()
        };
        let names: Vec<_> = names.iter().map(|name| format!("MSSQLSvc/{name}")).collect();
        assert_eq!((of("setspn -Q "), of("setspn -S ")), (names.clone(), names), "{printed}");
    }
}

#[tokio::test]
async fn spn_refuses_names_that_no_client_requests() {
    for (text, reason) in [
        ("Server=localhost", "localhost is this machine"),
        ("Server=(local),1444", "localhost is this machine"),
        ("Server=127.0.0.1", "127.0.0.1 is this machine"),
        ("Server=db.contoso.invalid;Server SPN=sql@contoso.invalid", "Server SPN=sql@contoso.invalid is not a service"),
    ] {
        let (exit, printed) = output(&["doctor", "--spn"], &format!("{text};Trusted_Connection=true")).await;
        assert!(exit == Some(2) && printed.contains(reason) && !printed.contains("setspn"), "{printed}");
    }
}

#[tokio::test]
async fn similar_variable_is_reported_by_log_page_and_doctor() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = command(arguments);
        command.current_dir(folder.path()).env_remove("connectionstring").env("CONNECTIONSTRING", "Server=db;UID=sa");
        command.env("ConnectionStrings__Books", "Server=db;Password=Secret-2").env("STORAGE_CONNECTION_STRING", "x=y");
        command
    };
    let shop = Shop::run(run(&["serve", "--migrate"])).await;
    let page = Browser::new(&shop.url).open("/identity").await.text;
    let doctor = run(&["doctor"]).output().await.unwrap();
    let doctor = String::from_utf8_lossy(&doctor.stdout).replace("\n", " ");
    for name in ["CONNECTIONSTRING", "ConnectionStrings__Books"] {
        let warning = format!("the environment variable {name} is ignored, and the embedded store is used");
        shop.wait_for_output(&warning).await;
        assert!(page.contains(&warning), "{page}");
        assert!(doctor.split_whitespace().collect::<Vec<_>>().join(" ").contains(&warning), "{doctor}");
    }
    assert!(![page, doctor, shop.output()].concat().contains("Secret-2"));
}
