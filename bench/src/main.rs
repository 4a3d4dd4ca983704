//! Measures a release build of the bookstore on its embedded store: start to first answer, memory, first against last page.
//!
//! `bench/run.sh` builds and runs it. Figures are of one run on one machine; compare ratios.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a measurement that fails has no figure")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bookstore_tests::fixture::fill_embedded;
use reqwest::Client;

const ADDR: &str = "127.0.0.1:18080";
const ADMIN_ADDR: &str = "127.0.0.1:18090";
const BOOKS: u32 = 100_000;
const PAGE_SIZE: u32 = 20;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let executable = std::env::args().nth(1).expect("usage: bookstore-bench target/release/bookstore");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bench = Bench { executable: executable.into(), file: folder.path().join("bench.db"), client: Client::new() };
    bench.start_new_store().await;
    bench.start_and_memory().await;
    bench.first_and_last_page().await;
}

struct Bench {
    executable: PathBuf,
    file: PathBuf,
    client: Client,
}

impl Bench {
    async fn start_new_store(&self) {
        let (shop, took) = self.start().await;
        drop(shop);
        println!("start to first 200, new store          {:>8.1} ms", millis(took));
    }

    async fn start_and_memory(&self) {
        let mut starts = Vec::new();
        for _ in 0..9 {
            starts.push(self.start().await.1);
        }
        println!("start to first 200, median of 9        {:>8.1} ms", millis(median(starts)));
        let (shop, _) = self.start().await;
        for number in 0..1_000 {
            self.get(["/", "/books", "/books/1", "/books/new", "/books?q=e&sort=Title"][number % 5]).await;
        }
        println!("resident after 1,000 requests          {:>8.1} MB", shop.resident_kib() as f64 / 1024.0);
    }

    async fn first_and_last_page(&self) {
        fill_embedded(&self.file, "CONTOSO\\webgmsa$", BOOKS).expect("the books are put in");
        let (_shop, _) = self.start().await;
        // The eight seeded books come before them.
        let last = (BOOKS + 8).div_ceil(PAGE_SIZE);
        for sort in ["Id", "Title", "CreatedBy"] {
            let (first, last) = self.compare(&format!("sort={sort}&page=1"), &format!("sort={sort}&page={last}")).await;
            let ratio = last.as_secs_f64() / first.as_secs_f64();
            println!(
                "100,000 books by {sort:<10} first page    {:>8.2} ms, last {:.2} ms, ratio {ratio:.2}",
                millis(first),
                millis(last)
            );
        }
    }

    /// Medians of two pages, asked for in turn so that the machine's mood hits both.
    async fn compare(&self, left: &str, right: &str) -> (Duration, Duration) {
        let (mut lefts, mut rights) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            lefts.push(self.get(&format!("/books?{left}")).await);
            rights.push(self.get(&format!("/books?{right}")).await);
        }
        (median(lefts), median(rights))
    }

    async fn start(&self) -> (Shop, Duration) {
        let began = Instant::now();
        let shop = Shop::spawn(&self.executable, &self.file);
        while std::net::TcpStream::connect(ADDR).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "the shop does not start");
            std::thread::sleep(Duration::from_micros(200));
        }
        self.get("/books").await;
        (shop, began.elapsed())
    }

    async fn get(&self, path: &str) -> Duration {
        let began = Instant::now();
        let answer = self.client.get(format!("http://{ADDR}{path}")).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().await.expect("a whole body");
        began.elapsed()
    }
}

/// A running shop, ended when dropped.
struct Shop(Child);

impl Shop {
    fn spawn(executable: &Path, file: &Path) -> Self {
        let connection_string = format!("Server=(embedded);AttachDbFilename={};User ID=sa", file.display());
        let child = Command::new(executable)
            .env("connectionstring", connection_string)
            .env("BOOKSTORE_ADDR", ADDR)
            .env("BOOKSTORE_ADMIN_ADDR", ADMIN_ADDR)
            .env("BOOKSTORE_LOG", "error")
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("the executable starts"))
    }

    /// By `/proc`, so on Linux only.
    fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("Linux's /proc");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
