//! The connection string's file changes while the shop runs.

use std::time::Duration;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::server::TestServer;
use bookstore_tests::shop::command;
use bookstore_tests::switching::SwitchingShop;
use bookstore_tests::wait::{PATIENCE, eventually};
use serde_json::{Value, json};
use sql_server_stand_in::{Fault, StandIn};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_file_changes_the_login_without_a_restart() {
    let server = TestServer::of_shop().await;
    let admin = server.admin();
    let shop = SwitchingShop::new(&server.connection_string()).await;
    assert_eq!(shop.add("Emma").await.1, admin);
    shop.shop.wait_for_output(&format!("starting: SQL login {admin} at ")).await;
    shop.shop.wait_for_output("(from connectionstring_file ").await;
    shop.switch(&server.shop_connection_string()).await;
    assert_eq!(shop.add("Persuasion").await.1, server.shop_login());
    assert_eq!(shop.login().await, server.shop_login());
    shop.shop.wait_for_output(&format!("switched from SQL login {admin} at ")).await;
    let page = shop.browser.open("/books").await.texts("#identity-line").concat();
    assert!(page.contains(server.shop_login()), "{page}");
    drop(shop);
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_connections_close_after_their_last_request() {
    let server = shop_server().await;
    let shop = SwitchingShop::new(&server.connection_string("sa")).await;
    let held = held_create(&server, &shop).await;
    shop.switch(&server.connection_string("webapp")).await;
    assert_eq!(shop.login().await, "webapp");
    let book: Value = held.await.unwrap();
    assert_eq!(book["createdBy"], "sa", "a request ends on the store on which it began");
    wait_for_closed_connections(&server, &shop).await;
}

/// Starts to create a book as `sa`: its statement has arrived, and its reply is delayed.
async fn held_create(server: &StandIn, shop: &SwitchingShop) -> tokio::task::JoinHandle<Value> {
    shop.add("Emma").await;
    server.faults().once_for("insert into dbo.bookentries", Fault::DelayReply(Duration::from_secs(3)));
    let before = server.counters().statements();
    let browser = shop.browser.clone();
    let held = tokio::spawn(async move {
        let book = json!({
            "title": "Held", "authorFirstName": "A", "authorLastName": "B", "avgCustomerReviews": 1, "price": "1.00",
            "bookLanguage": "English", "publisher": "C",
        });
        let response = browser.client.post(browser.at("/api/v1/books")).json(&book).send().await.unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    });
    eventually("the statement arrives", PATIENCE, async || server.counters().statements() > before).await;
    held
}

/// Waits until the server has no connection but the pool's: it sees the end of a connection later than the shop.
pub(super) async fn wait_for_closed_connections(server: &StandIn, shop: &SwitchingShop) {
    eventually("only the pool's connections are open", PATIENCE, async || {
        server.counters().open_connections() == shop.metric("db_pool_connections").await
    })
    .await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubernetes_symlink_swap_is_noticed() {
    use std::os::unix::fs::symlink;
    let server = TestServer::of_shop().await;
    let shop = SwitchingShop::new(&server.connection_string()).await;
    let publish = |version: &str, text: &str| {
        let at = |name: &str| shop.file().with_file_name(name);
        std::fs::create_dir(at(version)).unwrap();
        std::fs::write(at(version).join("connectionstring"), text).unwrap();
        symlink(version, at("..data_tmp")).unwrap();
        std::fs::rename(at("..data_tmp"), at("..data")).unwrap();
    };
    publish("..2026_11_24", &server.connection_string());
    std::fs::remove_file(shop.file()).unwrap();
    symlink("..data/connectionstring", shop.file()).unwrap();
    publish("..2026_11_25", &server.shop_connection_string());
    shop.wait_for_metric("db_store_generation", 2).await;
    assert_eq!(shop.add("Emma").await.1, server.shop_login());
    drop(shop);
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failing_string_changes_nothing_and_hides_its_password() {
    let server = shop_server().await;
    let mut command = command(&["serve"]);
    command.env("BOOKSTORE_LOG", "trace");
    let shop = SwitchingShop::with(&server.connection_string("webapp"), command).await;
    let right = server.connection_string("webapp");
    let bad = [
        (format!("{right};Password=Wr0ng-Horse"), "18456", "check User ID, Password and Database"),
        (format!("{right};Password=Wr0ng-Horse;Encript=true"), "unknown keyword", "read as soon as it changes"),
        (format!("{right};Password=Wr0ng-Horse;Server=localhost,1"), "cannot reach", "retried automatically"),
        (format!("{right};Password=Wr0ng-Horse;Authentication=ActiveDirectoryDefault"), "Authentication", "Entra"),
    ];
    let mut failed = 0;
    for (text, cause, advice) in bad {
        shop.write(&text);
        shop.shop.wait_for_output("not switched, still SQL login webapp at localhost,").await;
        shop.shop.wait_for_output(cause).await;
        if advice != "Entra" {
            shop.shop.wait_for_output(advice).await;
        }
        assert_eq!((shop.metric("db_switch_failing").await, shop.metric("db_store_generation").await), (1, 1));
        let now = shop.metric(r#"db_switches_total{outcome="failed"}"#).await;
        assert!(now > failed, "counted");
        failed = now;
        assert_eq!(shop.add("Emma").await.1, "webapp");
    }
    shop.write(&right);
    shop.wait_for_metric("db_switch_failing", 0).await;
    assert_eq!(shop.metric("db_store_generation").await, 1, "the current string again is not a switch");
    let output = shop.shop.output();
    assert!(!output.contains("Wr0ng-Horse") && !output.contains("Secret-2"), "{output}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failing_string_is_retried_until_its_server_answers() {
    let (server, mut other) = (shop_server().await, shop_server().await);
    let shop = SwitchingShop::new(&server.connection_string("webapp")).await;
    other.stop().await;
    shop.write(&other.connection_string("webapp"));
    shop.wait_for_metric("db_switch_failing", 1).await;
    other.restart().await.unwrap();
    shop.wait_for_metric("db_store_generation", 2).await;
    assert_eq!(shop.metric("db_switch_failing").await, 0);
    let reports = shop.shop.output().matches("not switched").count();
    assert_eq!(reports, 1, "reported once, however often it is retried");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_without_schema_does_not_become_current() {
    let server = TestServer::of_shop().await;
    let empty = TestServer::start().await;
    empty.create_database().await;
    let shop = SwitchingShop::new(&server.shop_connection_string()).await;
    shop.write(&empty.connection_string());
    shop.shop.wait_for_output("the database has no schema").await;
    assert_eq!(shop.add("Emma").await.1, server.shop_login());
    drop(shop);
    for server in [server, empty] {
        server.drop_database().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn empty_or_missing_file_keeps_the_string_and_is_reported() {
    let server = TestServer::of_shop().await;
    let shop = SwitchingShop::new(&server.connection_string()).await;
    std::fs::write(shop.file(), "").unwrap();
    shop.shop.wait_for_output("cannot be read: it is empty").await;
    shop.wait_for_metric("db_switch_failing", 1).await;
    let page = Browser::new(&shop.shop.admin_url).open("/diagnostics").await.text;
    assert!(page.contains(&format!("{} cannot be read: it is empty", shop.file().display())), "{page}");
    std::fs::remove_file(shop.file()).unwrap();
    shop.shop.wait_for_output("the current connection string stays").await;
    assert_eq!(shop.add("Emma").await.1, server.admin());
    shop.write(&server.connection_string());
    shop.wait_for_metric("db_switch_failing", 0).await;
    shop.switch(&server.shop_connection_string()).await;
    assert_eq!(shop.metric(r#"db_switches_total{outcome="failed"}"#).await, 0);
    drop(shop);
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alternating_file_ends_with_its_last_content() {
    let server = shop_server().await;
    let shop = SwitchingShop::new(&server.connection_string("sa")).await;
    shop.add("Emma").await;
    // The server of this string accepts connections and never answers, so the switch hangs until a newer string
    // replaces it.
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
    eventually("the login becomes webapp", PATIENCE, async || shop.login().await == "webapp").await;
    assert_eq!(shop.add("Emma").await.1, "webapp");
    wait_for_closed_connections(&server, &shop).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shop_switches_from_sql_server_to_embedded_and_back() {
    let server = TestServer::of_shop().await;
    let shop = SwitchingShop::new(&server.connection_string()).await;
    let books = shop.file().with_file_name("books.db");
    shop.switch(&format!("Server=(embedded);AttachDbFilename={};User Id=laptop", books.display())).await;
    assert_eq!(shop.add("Emma").await.1, "laptop");
    if let Some(stand_in) = server.stand_in() {
        wait_for_no_connection(stand_in).await;
    }
    shop.switch(&server.shop_connection_string()).await;
    assert_eq!(shop.add("Emma").await.1, server.shop_login());
    drop(shop);
    server.drop_database().await;
}

async fn wait_for_no_connection(server: &StandIn) {
    eventually("no connection is open", PATIENCE, async || server.counters().open_connections() == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_state_is_that_of_the_new_store() {
    let (mut server, other) = (shop_server().await, shop_server().await);
    let shop = SwitchingShop::new(&format!("{};Connect Retry Count=0", server.connection_string("sa"))).await;
    shop.wait_for_metric("db_up", 1).await;
    // The login works before the first read, which makes the replica ready.
    eventually("the replica is ready", PATIENCE, async || shop.admin("/readyz").await == 200).await;
    server.stop().await;
    shop.browser.open("/books").await;
    shop.wait_for_metric("db_up", 0).await;
    shop.switch(&other.connection_string("sa")).await;
    assert_eq!((shop.metric("db_up").await, shop.admin("/readyz").await), (1, 200));
}

#[cfg(feature = "kerberos")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn required_kerberos_refuses_a_switch_to_another_scheme() {
    let server = shop_server().await;
    let mut command = command(&["serve"]);
    command.env("BOOKSTORE_REQUIRE_KERBEROS", "true");
    let shop = SwitchingShop::with("Server=localhost,1;Database=Bookstore;Trusted_Connection=true", command).await;
    let connections = server.counters().connections();
    for text in [server.connection_string("sa"), "Server=(embedded);User Id=sa".to_owned()] {
        let before = shop.metric(r#"db_switches_total{outcome="failed"}"#).await;
        shop.write(&text);
        eventually("a switch fails", PATIENCE, async || {
            shop.metric(r#"db_switches_total{outcome="failed"}"#).await > before
        })
        .await;
    }
    shop.shop.wait_for_output("the login uses SQL, not KERBEROS, and BOOKSTORE_REQUIRE_KERBEROS is set").await;
    shop.shop.wait_for_output("nobody logs in to the embedded store, and BOOKSTORE_REQUIRE_KERBEROS is set").await;
    assert_eq!(shop.metric("db_store_generation").await, 1);
    assert_eq!(server.counters().connections(), connections, "no password was sent");
}

#[tokio::test]
async fn wrong_file_at_the_start_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("connectionstring");
    for wrong in ["", "Server=db;User Id=sa;Password=Wr0ng-Horse;Encript=true"] {
        std::fs::write(&file, wrong).unwrap();
        let output = command(&["serve"]).env("connectionstring_file", &file).output().await.unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains("connectionstring_file is not usable") && !stderr.contains("Wr0ng"), "{stderr}");
    }
}
