//! A password is in no output: not in a page, an answer, a log line, an error.

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::{Shop, command};

const PASSWORD: &str = "Wr0ng-Horse;Battery'Staple";

fn pieces() -> impl Iterator<Item = &'static str> {
    ["Wr0ng-Horse", "Battery", "Staple"].into_iter()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_shows_in_no_page_and_no_log() {
    let server = shop_server().await;
    let right = server.connection_string("webapp");
    let wrong = format!("{right};Password=\"{PASSWORD}\"");
    let shop = Shop::start_with(&wrong, &[("BOOKSTORE_LOG", "trace")]).await;
    let browser = Browser::new(&shop.url);
    let admin = Browser::new(&shop.admin_url);
    let mut all = String::new();
    for path in ["/", "/books", "/books/1", "/books/new", "/api/v1/books", "/api/v1/identity", "/api/openapi.json"] {
        all.push_str(&browser.open(path).await.text);
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        all.push_str(&admin.open(path).await.text);
    }
    let (_, output) = shop.stop().await;
    assert!(output.contains("18456"), "the log says why the login failed:\n{output}");
    all.push_str(&output);
    for piece in pieces() {
        assert!(!all.contains(piece), "{piece} is in:\n{all}");
    }
}

#[tokio::test]
async fn a_connection_string_that_is_wrong_is_explained_without_its_password() {
    let strings = [
        format!("Server=db;User ID=sa;Password=\"{PASSWORD}\";Encript=true"),
        format!("Server=db;User ID=sa;Password={PASSWORD}"),
        format!("Server=db;User ID=sa;Password=\"{PASSWORD}"),
        format!("Server=db;Pasword=\"{PASSWORD}\""),
        format!("User ID=sa;Password=\"{PASSWORD}\""),
    ];
    for text in strings {
        let output = command(&["serve"]).env("connectionstring", &text).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("connectionstring"), "{said}");
        for piece in pieces() {
            assert!(!said.contains(piece), "{piece} is in: {said}");
        }
    }
}

#[tokio::test]
async fn a_connection_string_in_the_place_of_its_file_is_explained_without_its_password() {
    let text = format!("Server=db;User ID=sa;Password=\"{PASSWORD}\"");
    let output = command(&["serve"]).env("connectionstring_file", &text).output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("connectionstring_file"), "{said}");
    assert!(pieces().all(|piece| !said.contains(piece)), "{said}");
}
