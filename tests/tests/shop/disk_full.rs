//! A full disk under the embedded store.

use bookstore_tests::browser::{Browser, book};
use bookstore_tests::directory::skip;
use bookstore_tests::shop::executable;
use bookstore_tests::small_disk::SmallDisk;
use bookstore_tests::wait::{PATIENCE, eventually};

use super::durability::titles;

async fn add(browser: &Browser, title: &str) -> (u16, String) {
    let mut fields = book(title);
    fields.insert("RequestId".into(), uuid::Uuid::new_v4().to_string());
    let page = browser.send("/books/new", &fields).await;
    (page.status.as_u16(), page.text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_refuses_writes_loses_none_and_recovers() {
    let Some(disk) = SmallDisk::start(executable()).await else {
        return skip("this system allows no mount in a namespace of its own");
    };
    let browser = Browser::new(&disk.shop.url);

    let mut acknowledged = vec![];
    disk.fill();
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
    disk.shop.wait_for_output("the disk with the file is full, and nothing was written; free some space").await;
    assert_eq!(browser.open("/books").await.status, 200);

    disk.free();
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
