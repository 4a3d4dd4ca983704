//! The file of the connection string changes while the shop runs.

use std::time::Duration;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::command;
use bookstore_tests::stand_in::{Fault, StandIn};
use bookstore_tests::toggle::Toggle;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_file_changes_the_login_of_new_rows_without_a_restart() {
    let server = shop_server().await;
    let shop = Toggle::new(&server.connection_string("sa")).await;
    assert_eq!(shop.add("Emma").await.1, "sa");
    shop.shop.wrote("starting: SQL login sa at localhost,").await;
    shop.shop.wrote("(from connectionstring_file ").await;
    shop.switch(&server.connection_string("webapp")).await;
    assert_eq!(shop.add("Persuasion").await.1, "webapp");
    assert_eq!(shop.login().await, "webapp");
    shop.shop.wrote("switched from SQL login sa at localhost,").await;
    let page = shop.browser.open("/books").await.texts("aside.identity").concat();
    assert!(page.contains("webapp"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_connections_close_as_soon_as_their_last_request_is_done() {
    let server = shop_server().await;
    let shop = Toggle::new(&server.connection_string("sa")).await;
    let held = held_create(&server, &shop).await;
    shop.switch(&server.connection_string("webapp")).await;
    assert_eq!(shop.login().await, "webapp");
    let book: Value = held.await.unwrap();
    assert_eq!(book["createdBy"], "sa", "it ends on the store that it began with");
    only_the_pools_connections_are_open(&server, &shop).await;
}

/// A book that `sa` makes, whose statement has arrived and is held up for a while.
async fn held_create(server: &StandIn, shop: &Toggle) -> tokio::task::JoinHandle<Value> {
    shop.add("Emma").await;
    server.faults().once_for("insert into dbo.bookentries", Fault::DelayReply(Duration::from_secs(3)));
    let before = server.counters().statements();
    let browser = shop.browser.clone();
    let held = tokio::spawn(async move {
        let book = json!({
            "title": "Held", "authorFirstName": "A", "authorLastName": "B", "avgCustomerReviews": 1, "price": "1.00",
            "bookLanguage": "English", "publisher": "C",
        });
        let answer = browser.client.post(browser.at("/api/v1/books")).json(&book).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    });
    while server.counters().statements() == before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    held
}

/// The server sees a connection's end a moment after the shop.
pub(super) async fn only_the_pools_connections_are_open(server: &StandIn, shop: &Toggle) {
    for _ in 0..1_000 {
        if server.counters().open_connections() == shop.metric("db_pool_connections").await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("left behind: {} connections are open", server.counters().open_connections());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_kubernetes_swaps_by_a_symlink_is_taken() {
    use std::os::unix::fs::symlink;
    let server = shop_server().await;
    let shop = Toggle::new(&server.connection_string("sa")).await;
    let publish = |version: &str, login: &str| {
        let at = |name: &str| shop.file().with_file_name(name);
        std::fs::create_dir(at(version)).unwrap();
        std::fs::write(at(version).join("connectionstring"), server.connection_string(login)).unwrap();
        symlink(version, at("..data_tmp")).unwrap();
        std::fs::rename(at("..data_tmp"), at("..data")).unwrap();
    };
    publish("..2026_11_24", "sa");
    std::fs::remove_file(shop.file()).unwrap();
    symlink("..data/connectionstring", shop.file()).unwrap();
    publish("..2026_11_25", "webapp");
    shop.until("db_store_generation", 2).await;
    assert_eq!(shop.add("Emma").await.1, "webapp");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_string_that_fails_changes_nothing_and_is_told_without_its_password() {
    let server = shop_server().await;
    let mut command = command(&["serve"]);
    command.env("BOOKSTORE_LOG", "trace");
    let shop = Toggle::with(&server.connection_string("webapp"), command).await;
    let right = server.connection_string("webapp");
    let bad = [
        (format!("{right};Password=Wr0ng-Horse"), "18456", "check User ID, Password and Database"),
        (
            format!("{right};Password=Wr0ng-Horse;Encript=true"),
            "unknown keyword",
            "read as soon as the file has changed",
        ),
        (format!("{right};Password=Wr0ng-Horse;Server=localhost,1"), "cannot reach", "tried again by itself"),
        (format!("{right};Password=Wr0ng-Horse;Authentication=ActiveDirectoryDefault"), "Authentication", "Entra"),
    ];
    let mut failed = 0;
    for (text, cause, advice) in bad {
        shop.write(&text);
        shop.shop.wrote("not switched, still SQL login webapp at localhost,").await;
        shop.shop.wrote(cause).await;
        if advice != "Entra" {
            shop.shop.wrote(advice).await;
        }
        assert_eq!((shop.metric("db_switch_failing").await, shop.metric("db_store_generation").await), (1, 1));
        let now = shop.metric(r#"db_switches_total{outcome="failed"}"#).await;
        assert!(now > failed, "counted");
        failed = now;
        assert_eq!(shop.add("Emma").await.1, "webapp");
    }
    shop.write(&right);
    shop.until("db_switch_failing", 0).await;
    assert_eq!(shop.metric("db_store_generation").await, 1, "the current string again is no switch");
    let said = shop.shop.output();
    assert!(!said.contains("Wr0ng-Horse") && !said.contains("Secret-2"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_string_that_failed_is_tried_again_until_its_server_is_there() {
    let (server, mut other) = (shop_server().await, shop_server().await);
    let shop = Toggle::new(&server.connection_string("webapp")).await;
    other.stop().await;
    shop.write(&other.connection_string("webapp"));
    shop.until("db_switch_failing", 1).await;
    other.restart().await.unwrap();
    shop.until("db_store_generation", 2).await;
    assert_eq!(shop.metric("db_switch_failing").await, 0);
    let told = shop.shop.output().matches("not switched").count();
    assert_eq!(told, 1, "told once, however often it is tried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_a_schema_does_not_become_current() {
    let server = shop_server().await;
    let empty = StandIn::builder().login("sa", "Secret-1").database("Bookstore").start().await.unwrap();
    let shop = Toggle::new(&server.connection_string("webapp")).await;
    shop.write(&empty.connection_string("sa"));
    shop.shop.wrote("the database has no schema yet").await;
    assert_eq!(shop.add("Emma").await.1, "webapp");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_or_missing_file_disturbs_nothing_and_is_shown_until_it_is_back() {
    let server = shop_server().await;
    let shop = Toggle::new(&server.connection_string("sa")).await;
    std::fs::write(shop.file(), "").unwrap();
    shop.shop.wrote("cannot be read: it is empty").await;
    shop.until("db_switch_failing", 1).await;
    let page = Browser::new(&shop.shop.admin_url).open("/diagnostics").await.text;
    assert!(page.contains(&format!("{} cannot be read: it is empty", shop.file().display())), "{page}");
    std::fs::remove_file(shop.file()).unwrap();
    shop.shop.wrote("the current connection string stays").await;
    assert_eq!(shop.add("Emma").await.1, "sa");
    shop.write(&server.connection_string("sa"));
    shop.until("db_switch_failing", 0).await;
    shop.switch(&server.connection_string("webapp")).await;
    assert_eq!(shop.metric(r#"db_switches_total{outcome="failed"}"#).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changes_back_and_forth_ends_with_what_it_says_last() {
    let server = shop_server().await;
    let shop = Toggle::new(&server.connection_string("sa")).await;
    shop.add("Emma").await;
    // This one hangs until it is given up for a newer one: whoever accepts it says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let hanging = format!("{};Server=127.0.0.1,{port}", server.connection_string("sa"));
    shop.write(&hanging);
    let _held = silent.accept().await.unwrap();
    for login in ["sa", "webapp"].iter().cycle().take(100) {
        shop.write(&server.connection_string(login));
        shop.write(&hanging);
        tokio::task::yield_now().await;
    }
    shop.write(&server.connection_string("webapp"));
    while shop.login().await != "webapp" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(shop.add("Emma").await.1, "webapp");
    only_the_pools_connections_are_open(&server, &shop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shop_goes_from_sql_server_to_the_embedded_store_and_back() {
    let server = shop_server().await;
    let shop = Toggle::new(&server.connection_string("sa")).await;
    let books = shop.file().with_file_name("books.db");
    shop.switch(&format!("Server=(embedded);AttachDbFilename={};User Id=laptop", books.display())).await;
    assert_eq!(shop.add("Emma").await.1, "laptop");
    only_the_embedded_store_is_open(&server).await;
    shop.switch(&server.connection_string("webapp")).await;
    assert_eq!(shop.add("Emma").await.1, "webapp");
}

async fn only_the_embedded_store_is_open(server: &StandIn) {
    while server.counters().open_connections() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_is_that_of_the_new_store_as_soon_as_it_is_current() {
    let (mut server, other) = (shop_server().await, shop_server().await);
    let shop = Toggle::new(&server.connection_string("sa")).await;
    assert_eq!(shop.admin("/readyz").await, 200);
    server.stop().await;
    while shop.admin("/readyz").await == 200 {}
    shop.switch(&other.connection_string("sa")).await;
    assert_eq!(shop.admin("/readyz").await, 200);
}

#[cfg(feature = "kerberos")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_kerberos_is_required_no_switch_leads_away_from_it() {
    let server = shop_server().await;
    let mut command = command(&["serve"]);
    command.env("BOOKSTORE_REQUIRE_KERBEROS", "true");
    let shop = Toggle::with("Server=localhost,1;Database=Bookstore;Trusted_Connection=true", command).await;
    let connections = server.counters().connections();
    for text in [server.connection_string("sa"), "Server=(embedded);User Id=sa".to_owned()] {
        let before = shop.metric(r#"db_switches_total{outcome="failed"}"#).await;
        shop.write(&text);
        while shop.metric(r#"db_switches_total{outcome="failed"}"#).await == before {}
    }
    shop.shop.wrote("the login is by SQL and not by KERBEROS, and BOOKSTORE_REQUIRE_KERBEROS is set").await;
    shop.shop.wrote("nobody logs in to the embedded store, and BOOKSTORE_REQUIRE_KERBEROS is set").await;
    assert_eq!(shop.metric("db_store_generation").await, 1);
    assert_eq!(server.counters().connections(), connections, "no password was sent");
}

#[tokio::test]
async fn a_file_that_is_wrong_at_the_start_is_an_error_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connectionstring");
    for wrong in ["", "Server=db;User Id=sa;Password=Wr0ng-Horse;Encript=true"] {
        std::fs::write(&file, wrong).unwrap();
        let output = command(&["serve"]).env("connectionstring_file", &file).output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("connectionstring_file is not usable") && !said.contains("Wr0ng"), "{said}");
    }
}
