//! A database that cannot serve a request: page, API, identity line and log name the same reason, and who must act.

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use serde_json::Value;
use sql_server_stand_in::{Fault, Gate, StandIn, WrongCertificate};

/// A fault of the server, and how the shop reports it.
struct Case {
    code: &'static str,
    title: &'static str,
    line: &'static str,
    /// Who must act; nobody if the shop recovers automatically.
    actor: &'static str,
    arm: fn(&StandIn),
}

fn refuse_login(server: &StandIn, number: i32, text: &str) {
    server.faults().always(Fault::RefuseLogin { number, state: 1, text: text.into() });
}

fn fail_reads(server: &StandIn, number: i32, text: &str) {
    server.faults().always_for("FROM dbo.Books", Fault::Error { number, text: text.into() });
}

const CASES: [Case; 9] = [
    Case {
        code: "unreachable",
        title: "The database is unreachable",
        line: "The database server is unreachable",
        actor: "recovers automatically",
        arm: |server| server.faults().always(Fault::RefuseConnection),
    },
    Case {
        code: "starting",
        title: "The database is starting",
        line: "The database is starting",
        actor: "recovers automatically",
        arm: |server| refuse_login(server, 18401, "Server is in script upgrade mode."),
    },
    Case {
        code: "login-refused",
        title: "The database refused the login",
        line: "The database refused the login",
        actor: "The operator of the shop must",
        arm: |server| refuse_login(server, 18456, "Login failed for user 'webapp'."),
    },
    Case {
        code: "certificate-refused",
        title: "The database’s certificate was refused",
        line: "The certificate of the database server was refused",
        actor: "The operator of the shop must",
        arm: |server| server.faults().always(Fault::Certificate(WrongCertificate::OtherAuthority)),
    },
    Case {
        code: "no-schema",
        title: "The database has no schema",
        line: "The database has no schema, or an older one",
        actor: "The operator of the shop must run bookstore migrate",
        arm: |server| fail_reads(server, 208, "Invalid object name 'dbo.Books'."),
    },
    Case {
        code: "timed-out",
        title: "The database took too long",
        line: "The database did not answer in time",
        actor: "the administrator of the database must",
        arm: |server| server.faults().always_for("FROM dbo.Books", Fault::NeverAnswer),
    },
    Case {
        code: "locked",
        title: "The books are locked",
        line: "Another session locks the books",
        actor: "the administrator of the database must",
        arm: |server| fail_reads(server, 1222, "Lock request time out period exceeded."),
    },
    Case {
        code: "overloaded",
        title: "The database is overloaded",
        line: "The database server is overloaded",
        actor: "the administrator of the database must",
        arm: |server| fail_reads(server, 8645, "A timeout occurred while waiting for memory resources."),
    },
    Case {
        code: "storage-full",
        title: "The database has no space left",
        line: "The database has no space left",
        actor: "The administrator of the database must",
        arm: |server| fail_reads(server, 9002, "The transaction log for database 'Bookstore' is full."),
    },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reason_is_named_on_the_page_in_the_api_and_in_the_log() {
    for case in CASES {
        let server = shop_server().await;
        (case.arm)(&server);
        let shop = Shop::start(&format!("{};Command Timeout=3", server.connection_string("webapp"))).await;
        assert_reports(&shop, &case).await;
    }
}

/// Babelfish has one number for all errors that SQL Server distinguishes by theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_of_babelfish_are_distinguished_by_their_text() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let browser = Browser::new(&shop.url);
    for (text, reason) in [
        ("relation \"bookstore_dbo.bookrows\" does not exist", Some("no-schema")),
        ("canceling statement due to lock timeout", Some("locked")),
        ("permission denied for table books", None),
    ] {
        server.faults().clear();
        fail_reads(&server, 33_557_097, text);
        let answer = browser.open("/api/v1/books").await;
        let problem: Value = serde_json::from_str(&answer.text).unwrap();
        let status = if reason.is_some() { 503 } else { 403 };
        assert_eq!((answer.status.as_u16(), problem["reason"].as_str()), (status, reason), "{text}: {problem}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_pool_is_named_and_is_no_outage() {
    let server = shop_server().await;
    let shop = Shop::start(&format!("{};Max Pool Size=1", server.connection_string("webapp"))).await;
    let browser = Browser::new(&shop.url);
    browser.open("/books").await;
    let gate = Gate::closed();
    server.faults().once_for("where b.id = @p1", Fault::HoldReply(gate.clone()));
    let held = tokio::spawn({
        let browser = browser.clone();
        async move { browser.open("/books/1").await.status }
    });
    eventually("the reply is held", PATIENCE, async || gate.arrivals() > 0).await;
    let case = Case {
        code: "all-connections-busy",
        title: "All database connections are in use",
        line: "All database connections are in use",
        actor: "the operator of the shop must raise Max Pool Size",
        arm: |_| {},
    };
    assert_reports(&shop, &case).await;
    let evidence = browser.open("/identity").await.texts("aside.identity").concat();
    assert!(evidence.contains("Logged in as"), "one full moment is no outage: {evidence}");
    gate.open();
    assert_eq!(held.await.unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn form_that_failed_is_not_repeated_by_a_link() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let browser = Browser::new(&shop.url);
    let fields = browser.open("/books/1/edit").await.form();
    fail_reads(&server, 1222, "Lock request time out period exceeded.");
    server.faults().always_for("UPDATE", Fault::Error { number: 1222, text: "Lock request time out.".into() });
    let page = browser.send("/books/1/edit", &fields).await;
    assert_eq!(page.status, 503, "{}", page.text);
    assert!(!page.texts("main a").contains(&"Try again".to_owned()), "{}", page.text);
}

async fn assert_reports(shop: &Shop, case: &Case) {
    let Case { code, title, line, actor, .. } = case;
    let browser = Browser::new(&shop.url);
    let address = "/books?q=a&page=2";
    let answer = browser.client.get(browser.at(address)).send().await.unwrap();
    let retry_after = answer.headers().get("retry-after").cloned();
    let text = answer.text().await.unwrap();
    let page = bookstore_tests::browser::Page { status: 503.try_into().unwrap(), location: None, text };
    assert_eq!(page.texts("h1"), [*title], "{code}");
    assert!(page.texts(".lead").concat().contains(actor), "{code}: {:?}", page.texts(".lead"));
    assert_eq!(page.texts(".lead").concat().contains("automatically"), actor.contains("automatically"), "{code}");
    assert!(page.texts("aside.identity").concat().contains(line), "{code}: {:?}", page.texts("aside.identity"));
    assert!(page.text.contains("href=\"/books?q=a&#38;page=2\" data-retry>Try again<"), "{code}: {}", page.text);
    assert!(page.texts("main a").contains(&"Evidence of the login".to_owned()), "{code}");
    let seconds: u64 = retry_after.expect("Retry-After").to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{code}: {seconds}");
    let api = browser.open("/api/v1/books").await;
    let problem: Value = serde_json::from_str(&api.text).unwrap();
    assert_eq!((api.status.as_u16(), &problem["reason"]), (503, &Value::from(*code)), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains(actor), "{problem}");
    shop.wait_for_output(code).await;
}
