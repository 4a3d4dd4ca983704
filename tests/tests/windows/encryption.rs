//! Encrypted connections of the Windows executable, by SChannel: replies of every length arrive, and nothing is
//! readable on the wire.

use std::path::PathBuf;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::{fill_sql_server, settings, shop_server};
use bookstore_tests::shop::Shop;
use bookstore_tests::sql;
use sql_server_stand_in::StandIn;

use super::program::WindowsProgram;
use super::relay::Relay;

/// The folder of the server's CA file, which Wine must see.
pub(super) fn folders(server: &StandIn) -> [PathBuf; 1] {
    [server.ca_file().parent().unwrap().to_owned()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_of_every_length_arrive_and_no_statement_is_readable() {
    let Some(program) = WindowsProgram::new().await else { return };
    let server = shop_server().await;
    fill_sql_server(&settings(&server.connection_string("sa")), 120).await;
    for (encrypt, is_readable) in [("Mandatory", false), ("Strict", false), ("Optional", true)] {
        let relay = Relay::to(server.addr()).await;
        let text =
            format!("{};Server=tcp:localhost,{};Encrypt={encrypt}", server.connection_string("webapp"), relay.port);
        let mut command = program.command(&["serve"], &folders(&server));
        command.env("connectionstring", &text);
        let shop = Shop::run(command).await;
        let browser = Browser::new(&shop.url);
        for size in [5, 20, 100] {
            let list = browser.open(&format!("/api/v1/books?size={size}")).await;
            assert_eq!(list.status, 200, "{encrypt}, {size}: {}\n{}", list.text, shop.output());
            let list: serde_json::Value = serde_json::from_str(&list.text).unwrap();
            assert_eq!(list["books"].as_array().map(Vec::len), Some(size), "{encrypt}: {list}");
        }
        assert!(relay.bytes() > 10_000, "{encrypt}: {} bytes passed", relay.bytes());
        let readable = relay.occurrences("SELECT");
        assert_eq!(readable > 0, is_readable, "{encrypt}: SELECT is readable {readable} times");
        assert_eq!(relay.occurrences("Secret-2"), 0, "{encrypt}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrate_runs_encrypted_with_a_file_in_utf_16() {
    let Some(program) = WindowsProgram::new().await else { return };
    for encrypt in ["Mandatory", "Strict"] {
        let server = StandIn::builder().login("sa", "Secret-1").database("Bookstore").start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("connectionstring.txt");
        // As PowerShell's Out-File writes it.
        let text = format!("\u{FEFF}{};Encrypt={encrypt}\r\n", server.connection_string("sa"));
        std::fs::write(&file, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()).unwrap();
        let [ca_folder] = folders(&server);
        let mut command = program.command(&["migrate", "--seed"], &[ca_folder, folder.path().to_owned()]);
        let output = command.env("connectionstring_file", &file).output().await.unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let books = sql::batch(&settings(&server.connection_string("sa")), "SELECT Title FROM dbo.Books").await;
        assert_eq!(books.unwrap().remove(0).len(), 8, "{encrypt}: {text}");
        assert!(!text.contains('\x1b') && !text.contains("Secret-1"), "{encrypt}: {text}");
    }
}
