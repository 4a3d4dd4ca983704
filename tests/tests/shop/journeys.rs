//! A person's way through the shop, on both engines, with plain HTTP and forms.

use bookstore_tests::browser::Browser;
use bookstore_tests::server::TestServer;
use bookstore_tests::shop::Shop;
use reqwest::StatusCode;

async fn add_edit_and_delete(browser: &Browser, login: &str) {
    let book = browser.add("Emma").await;
    let page = browser.open(&book).await;
    let text = page.texts("main").concat();
    assert!(text.contains("Emma") && text.contains(login), "{text}");
    assert!(browser.open("/books?q=emm").await.text.contains("Emma"));

    let edit = format!("{book}/edit");
    let mut fields = browser.open(&edit).await.form();
    let old = fields.clone();
    fields.insert("Title".into(), "Emma, revised".into());
    assert_eq!(browser.send(&edit, &fields).await.status, StatusCode::SEE_OTHER);
    assert!(browser.open(&book).await.text.contains("Emma, revised"));
    assert_eq!(browser.send(&edit, &old).await.status, StatusCode::CONFLICT);

    let delete = format!("{book}/delete");
    let fields = browser.open(&delete).await.form();
    assert_eq!(browser.send(&delete, &fields).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.open(&book).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn book_is_added_edited_and_deleted_on_the_embedded_store() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("books.db");
    let text = format!("Server=(embedded);AttachDbFilename={};User ID=CONTOSO\\webgmsa$", file.display());
    let shop = Shop::start(&text).await;
    add_edit_and_delete(&Browser::new(&shop.url), "CONTOSO\\webgmsa$").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn book_is_added_edited_and_deleted_on_sql_server_over_tls() {
    let server = TestServer::of_shop().await;
    let shop = Shop::start(&server.shop_connection_string()).await;
    add_edit_and_delete(&Browser::new(&shop.url), server.shop_login()).await;
    drop(shop);
    server.drop_database().await;
}

// On Windows there is no signal that asks one process to end.
#[cfg(unix)]
#[tokio::test]
async fn books_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("Server=(embedded);AttachDbFilename={};User ID=sa", folder.path().join("books.db").display());
    let shop = Shop::start(&text).await;
    let book = Browser::new(&shop.url).add("Emma").await;
    let (status, output) = shop.stop().await;
    assert!(status.success(), "{output}");
    let shop = Shop::start(&text).await;
    let page = Browser::new(&shop.url).open(&book).await;
    let text = page.texts("main").concat();
    assert!(text.contains("Emma") && text.contains("SQL login sa"), "{text}");
}
