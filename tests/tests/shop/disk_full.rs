//! A full disk under the embedded store.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use bookstore_tests::browser::{Browser, book};
use bookstore_tests::directory::skip;
use bookstore_tests::shop::{Shop, executable, isolated};
use bookstore_tests::wait::{PATIENCE, eventually};
use tokio::process::Command;

use super::durability::titles;

/// Runs the shop with a file system of 4 MB on the folder, which only the shop sees.
const START: &str = r#"mount -t tmpfs -o size=4m none "$0" && exec "$1" serve"#;
const UNSHARE: [&str; 3] = ["--map-root-user", "--mount", "sh"];

/// What stays free beside the file that fills the disk.
const FREE: u64 = 256 * 1024;

/// Fills the file system but for [`FREE`].
fn fill(file: &Path) {
    let mut filler = OpenOptions::new().create(true).append(true).open(file).unwrap();
    while filler.write_all(&[0; 4096]).is_ok() {}
    filler.set_len(filler.metadata().unwrap().len() - FREE).unwrap();
}

async fn add(browser: &Browser, title: &str) -> (u16, String) {
    let mut fields = book(title);
    fields.insert("RequestId".into(), uuid::Uuid::new_v4().to_string());
    let page = browser.send("/books/new", &fields).await;
    (page.status.as_u16(), page.text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_refuses_writes_loses_none_and_recovers() {
    let probe = Command::new("unshare").args(UNSHARE).args(["-c", "mount -t tmpfs none /mnt"]).output().await;
    if !probe.is_ok_and(|probe| probe.status.success()) {
        return skip("this system allows no mount in a namespace of its own");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut command = isolated(Command::new("unshare"));
    command.args(UNSHARE).args(["-c", START]).arg(folder.path()).arg(executable());
    command.env("PATH", std::env::var_os("PATH").unwrap());
    let database = folder.path().join("books.db");
    command.env("connectionstring", format!("Server=(embedded);AttachDbFilename={};User ID=sa", database.display()));
    let shop = Shop::run(command).await;
    let browser = Browser::new(&shop.url);

    let mut acknowledged = vec![];
    let filler = PathBuf::from(format!("/proc/{}/root{}/filler", shop.pid().unwrap(), folder.path().display()));
    fill(&filler);
    let (status, page) = loop {
        let title = format!("Book {}", acknowledged.len());
        let (status, text) = add(&browser, &title).await;
        if status != 303 {
            break (status, text);
        }
        acknowledged.push(title);
    };
    assert!(status == 503 && page.contains("The database has no space left"), "{status}: {page}");
    assert!(!acknowledged.is_empty());
    shop.wait_for_output("the disk with the file is full, and nothing was written; free some space").await;
    assert_eq!(browser.open("/books").await.status, 200);

    File::create(&filler).unwrap().set_len(0).unwrap();
    let written = async || {
        let (status, text) = add(&browser, "After the full disk").await;
        if status == 303 { Ok(()) } else { Err(text) }
    };
    eventually("the shop writes again", PATIENCE, written).await;
    acknowledged.push("After the full disk".to_owned());
    let kept = titles(&browser).await;
    let lost: Vec<_> = acknowledged.iter().filter(|title| !kept.contains(*title)).collect();
    assert!(lost.is_empty(), "lost {lost:?}");
    assert_eq!(kept.len(), acknowledged.len() + 8, "the refused book is not stored, and the eight are still there");
}
