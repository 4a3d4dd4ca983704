//! No output contains a password: no page, no API response, no log line, no error.

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::{Shop, command};

const PASSWORD: &str = "Wr0ng-Horse;Battery'Staple";

fn parts() -> impl Iterator<Item = &'static str> {
    ["Wr0ng-Horse", "Battery", "Staple"].into_iter()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_password_appears_in_no_page_and_no_log() {
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
    shop.wait_for_output("18456").await; // the log has the reason of the failed login
    all.push_str(&shop.output());
    for part in parts() {
        assert!(!all.contains(part), "{part} is in:\n{all}");
    }
}

#[tokio::test]
async fn wrong_connection_string_is_explained_without_its_password() {
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
        let output_text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output_text.contains("connectionstring"), "{output_text}");
        for part in parts() {
            assert!(!output_text.contains(part), "{part} is in: {output_text}");
        }
    }
}

#[tokio::test]
async fn string_as_a_file_name_is_explained_without_its_password() {
    let text = format!("Server=db;User ID=sa;Password=\"{PASSWORD}\"");
    let output = command(&["serve"]).env("connectionstring_file", &text).output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let output_text = String::from_utf8_lossy(&output.stderr);
    assert!(output_text.contains("connectionstring_file"), "{output_text}");
    assert!(parts().all(|part| !output_text.contains(part)), "{output_text}");
}
