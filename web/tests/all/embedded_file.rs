//! The file of the embedded store: deleted, replaced, locked, copied.

use rusqlite::Connection;
use tokio::time::timeout;

use crate::client::{Request, get};
use crate::program::{bookstore_on, text};
use crate::shop::{LIMIT, Shop, emma, post};

#[tokio::test]
async fn nothing_is_written_to_a_file_that_was_moved_away() {
    let shop = Shop::start().await;
    assert_eq!(post(&emma()).send(shop.addr).await.status, 201);
    let elsewhere = shop.file.with_extension("moved");
    std::fs::rename(&shop.file, &elsewhere).unwrap();
    let refused = post(&emma()).send(shop.addr).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(get("/books").send(shop.addr).await.status, 503);
    let ready = get("/readyz?verbose").send(shop.admin).await.body;
    assert!(ready.contains("database: unavailable"), "{ready}");
    std::fs::rename(&elsewhere, &shop.file).unwrap();
    assert_eq!(post(&emma()).send(shop.addr).await.status, 201);
    let ready = get("/readyz?verbose").send(shop.admin).await.body;
    assert!(ready.contains("database: available"), "{ready}");
}

#[tokio::test]
async fn nothing_is_written_after_the_file_was_replaced() {
    let shop = Shop::start().await;
    let (other, file) = (Shop::start().await, shop.file.clone());
    std::fs::copy(&other.file, shop.file.with_extension("other")).unwrap();
    std::fs::rename(shop.file.with_extension("other"), &file).unwrap();
    assert_eq!(post(&emma()).send(shop.addr).await.status, 503);
}

#[tokio::test]
async fn locked_file_refuses_no_reader_and_bounds_waiting_writers() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "64")]).await;
    let before = get("/api/v1/books").send(shop.addr).await.json()["total"].as_u64().unwrap();
    let lock = Connection::open(&shop.file).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut writes = Vec::new();
    for _ in 0..100 {
        writes.push(post(&emma()).send_only(shop.addr).await);
    }
    for _ in 0..20 {
        assert_eq!(get("/api/v1/identity").send(shop.addr).await.status, 200);
        assert_eq!(get("/books").send(shop.addr).await.status, 200);
    }
    lock.execute_batch("ROLLBACK").unwrap();
    let mut created = 0;
    for write in writes {
        match timeout(LIMIT, write.response()).await.unwrap().status {
            201 => created += 1,
            503 => {}
            status => panic!("{status}"),
        }
    }
    let after = get("/api/v1/books").send(shop.addr).await.json()["total"].as_u64().unwrap();
    assert_eq!(after - before, created);
    assert!(created <= 33, "{created} writes waited");
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_behind_a_locked_file_do_not_wait_for_each_other() {
    let shop = Shop::start().await;
    let lock = Connection::open(&shop.file).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut writes = Vec::new();
    for _ in 0..4 {
        writes.push(post(&emma()).send_only(shop.addr).await);
    }
    let mut busy = 0;
    for write in writes {
        let problem = timeout(LIMIT, write.response()).await.unwrap().problem();
        assert_eq!(problem["status"], 503);
        busy += u32::from(problem["reason"] == "all-connections-busy");
    }
    // SQLite refuses the first, and perhaps the second. The others give up in the shop's queue meanwhile.
    assert!(busy >= 2, "{busy} of 4 gave up in the queue");
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_waiting_writes_are_all_accepted() {
    let shop = Shop::start().await;
    let lock = Connection::open(&shop.file).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut writes = Vec::new();
    for _ in 0..64 {
        writes.push(post(&emma()).send_only(shop.addr).await);
    }
    lock.execute_batch("ROLLBACK").unwrap();
    for write in writes {
        assert_eq!(timeout(LIMIT, write.response()).await.unwrap().status, 201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_of_a_running_shop_has_all_its_books_and_replaces_no_file() {
    let shop = Shop::start().await;
    assert_eq!(post(&emma()).send(shop.addr).await.status, 201);
    let copy = shop.file.with_extension("backup");
    let (file, copy_text) = (shop.file.to_str().unwrap(), copy.to_str().unwrap());
    let done = bookstore_on(file, &["backup", copy_text]);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let count =
        Connection::open(&copy).unwrap().query_row("SELECT count(*) FROM Books", [], |row| row.get::<_, i64>(0));
    assert_eq!(count.unwrap(), 9);
    let again = bookstore_on(file, &["backup", copy_text]);
    let message = text(&again);
    assert!(again.status.code() == Some(1) && message.contains("does not exist yet"), "{message}");
}

/// As docs/operations.md describes it.
#[tokio::test(flavor = "multi_thread")]
async fn backup_is_restored_by_a_copy_without_the_old_log() {
    let (shop, folder) = (Shop::start().await, tempfile::tempdir().unwrap());
    assert_eq!(post(&emma()).send(shop.addr).await.status, 201);
    let (file, backup) = (shop.file.clone(), folder.path().join("backup.db"));
    assert!(bookstore_on(file.to_str().unwrap(), &["backup", backup.to_str().unwrap()]).status.success());
    assert_eq!(Request::new("DELETE", "/api/v1/books/9").header("if-match", "*").send(shop.addr).await.status, 204);
    // As after a crash: the file and its log, which has the delete.
    let restored = folder.path().join("books.db");
    for end in ["", "-wal", "-shm"] {
        let copied = |path: &std::path::Path| format!("{}{end}", path.display());
        std::fs::copy(copied(&file), copied(&restored)).unwrap();
    }
    assert!(restored.with_extension("db-wal").metadata().unwrap().len() > 0);
    for end in ["-wal", "-shm"] {
        std::fs::remove_file(format!("{}{end}", restored.display())).unwrap();
    }
    std::fs::copy(&backup, &restored).unwrap();
    let store = format!("Server=(embedded);AttachDbFilename={};User Id=tester", restored.display());
    let again = Shop::with(&[("connectionstring", &store)]).await;
    assert_eq!(get("/api/v1/books/9").send(again.addr).await.json()["title"], "Emma");
}

#[test]
fn store_that_would_not_last_is_refused() {
    for file in [":memory:", "file::memory:", "FILE:books.db"] {
        let refused = bookstore_on(file, &[]);
        let message = text(&refused);
        assert!(refused.status.code() == Some(2) && message.contains("needs a file"), "{file}: {message}");
    }
}

#[test]
fn file_of_another_program_is_refused_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let letter = folder.path().join("letter.txt");
    std::fs::write(&letter, "Dear reader, this is a letter and not a database at all. ".repeat(20)).unwrap();
    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE Books (Isbn TEXT)").unwrap();
    for (file, advice) in [(letter, "not a SQLite database"), (foreign, "tables that this bookstore did not create")] {
        let before = std::fs::read(&file).unwrap();
        let refused = bookstore_on(file.to_str().unwrap(), &[]);
        let message = text(&refused);
        assert!(refused.status.code() == Some(1) && message.contains(advice), "{message}");
        if advice.starts_with("not") {
            assert_eq!(std::fs::read(&file).unwrap(), before);
        }
    }
}
