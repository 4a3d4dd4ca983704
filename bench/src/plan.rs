//! What is measured, in which order. What is compared is measured one after the other, so that the machine's mood hits both.

use std::path::{Path, PathBuf};

use bookstore_tests::fixture::{fill_embedded, fill_sql_server};
use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::process::{Process, own_cpu};
use crate::shop::{self, Shop};
use crate::stand_in::Server;
use crate::wrk::{Load, load, write};
use crate::{constant, driver, mix, report};

const CONNECTIONS: [u32; 5] = [1, 16, 64, 256, 1_024];
const ROWS: u32 = 100_000;
const PAGE_SIZE: u32 = 20;
const STARTS: usize = 9;
/// What `tests/windows/build.sh` makes.
const WINDOWS: &str = "target/x86_64-pc-windows-gnu/release/bookstore.exe";
/// Clients that write at once.
const WRITERS: u32 = 16;

pub(crate) struct Plan {
    pub(crate) seconds: u64,
    pub(crate) server: Option<String>,
    pub(crate) build: PathBuf,
}

/// A point that targets are about.
struct Point {
    connections: u32,
    load: Load,
    cpu: f64,
    queries: f64,
}

/// The points of one way to ask, by connections.
struct Series(Vec<Point>);

impl Series {
    fn at(&self, connections: u32) -> &Point {
        self.0.iter().find(|point| point.connections == connections).expect("a measured point")
    }
}

impl Plan {
    pub(crate) async fn run(&self) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("bench.db");
        let embedded = format!("Server=(embedded);AttachDbFilename={};User ID=sa", file.display());
        let started = self.starts(&embedded).await;

        report::head();
        let shop = Shop::start(&self.build, &embedded).await;
        let limit = self.constant(&folder).await;
        let few = self.list("embedded, 8 rows", &shop).await;
        let resident = shop.process.peak_mb();
        let few_p50 = load(url("/books"), 1, self.seconds).await.p50;
        self.mix("embedded", &shop).await;
        drop(shop);

        let new = folder.path().join("many.db");
        let embedded = format!("Server=(embedded);AttachDbFilename={};User ID=sa", new.display());
        drop(Shop::start(&self.build, &embedded).await);
        fill_embedded(&new, "CONTOSO\\webgmsa$", ROWS).expect("the books are put in");
        let shop = Shop::start(&self.build, &embedded).await;
        self.list("embedded, 100,000 rows", &shop).await;
        let many = self.pages_of_many().await;
        drop(shop);

        let server = self.server(&folder).await;
        let shop = Shop::start(&self.build, &server.connection_string).await;
        let bare = driver::list_p50(&server.settings, self.seconds).await;
        println!("| bare tiberius, the list's statement | 1 | {:.0} | {bare:.2} | | | | 1000.0 |", 1e3 / bare);
        let served = self.list("SQL server, 8 rows", &shop).await;
        let cpu = own_cpu();
        let inserts = driver::inserts(&server.settings, WRITERS, self.seconds).await;
        let cpu = (own_cpu() - cpu) * 1e3 / (inserts * self.seconds as f64);
        println!("| bare tiberius, inserts | {WRITERS} | {inserts:.0} | | | | {cpu:.3} | 1000.0 |");
        let writes = self.writes(&shop).await;
        self.mix("SQL server", &shop).await;
        if self.server.is_none() {
            fill_sql_server(&server.settings, ROWS).await;
            self.list("SQL server, 100,000 rows", &shop).await;
        }

        println!("\n| target | measured | wanted | met |\n|---|--:|--:|---|");
        let target = report::target;
        let top = limit.at(256);
        let share = few.at(256).load.per_second() / top.load.per_second();
        target("`/books` against the constant, 256 connections, embedded", share, "", "≥ 0.60", share >= 0.6);
        let share = served.at(256).load.per_second() / top.load.per_second();
        target("the same with the SQL server on the same cores", share, "", "≥ 0.40", share >= 0.4);
        let queries = served.at(256).queries;
        target("queries per 1,000 requests there", queries, "", "≤ 20", queries <= 20.0);
        let rate = |point: &Point| point.queries * point.load.per_second() / 1e3;
        let ratio = rate(served.at(1_024)) / rate(served.at(64));
        target("queries a second, 1,024 connections against 64", ratio, "×", "≤ 1", ratio <= 1.0);
        let ratio = served.at(1).load.p50 / bare;
        target("p50 at one connection against the bare statement", ratio, "×", "≤ 1.3", ratio <= 1.3);
        let ratio = few.at(256).cpu / top.cpu;
        target("CPU per request against the constant, 256 connections", ratio, "×", "≤ 1.7", ratio <= 1.7);
        target("peak RSS after 1,024 connections", resident, " MB", "< 25", resident < 25.0);
        for (what, p50) in many {
            let ratio = p50 / few_p50;
            target(&format!("{what} of 100,000 rows against 8 rows, p50"), ratio, "×", "≤ 2", ratio <= 2.0);
        }
        let share = writes / inserts;
        target("writes against bare inserts, 16 connections", share, "", "≥ 0.90", share >= 0.9);
        target("start to first 200, embedded, median of 9", started, " ms", "< 50", started < 50.0);
        match size(WINDOWS.as_ref()) {
            Some(size) => target("size of the Windows executable", size, " MB", "< 10", size < 10.0),
            None => println!("| size of the Windows executable | not built: tests/windows/build.sh | < 10 MB | |"),
        }
        let linux = size(&self.build.join("bookstore")).expect("the executable");
        println!("\nsize of the Linux executable: {linux:.1} MB");
    }

    async fn starts(&self, connection_string: &str) -> f64 {
        let new = Shop::start(&self.build, connection_string).await.started_in;
        println!("start to first 200, new store: {:.1} ms", new.as_secs_f64() * 1e3);
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            starts.push(Shop::start(&self.build, connection_string).await.started_in);
        }
        starts.sort();
        starts[STARTS / 2].as_secs_f64() * 1e3
    }

    async fn server(&self, folder: &TempDir) -> Server {
        match &self.server {
            Some(connection_string) => Server::real(connection_string),
            None => Server::stand_in(&self.build, &folder.path().join("server")).await,
        }
    }

    /// The same bytes, from a server that does nothing else.
    async fn constant(&self, folder: &TempDir) -> Series {
        let process = constant::start(&shop::get("/books").await, Path::new(folder.path())).await;
        let mut points = Vec::new();
        for connections in CONNECTIONS {
            let url = format!("http://{}/books", constant::ADDR);
            let point = self.point(url, connections, &process, None).await;
            report::row("the same bytes, constant", connections, &point.load, point.cpu, None);
            points.push(point);
        }
        Series(points)
    }

    async fn list(&self, what: &str, shop: &Shop) -> Series {
        let mut points = Vec::new();
        for connections in CONNECTIONS {
            let point = self.point(url("/books"), connections, &shop.process, Some(shop)).await;
            report::row(what, connections, &point.load, point.cpu, Some(point.queries));
            points.push(point);
        }
        println!("| {what}: peak RSS {:.1} MB | | | | | | | |", shop.process.peak_mb());
        Series(points)
    }

    async fn point(&self, url: String, connections: u32, process: &Process, shop: Option<&Shop>) -> Point {
        let (cpu, queries) = (process.cpu(), queries(shop).await);
        let load = load(url, connections, self.seconds).await;
        let (cpu, queries) = (process.cpu() - cpu, queries_since(shop, queries).await);
        Point { connections, cpu: load.per_thousand(cpu), queries: load.per_thousand(queries), load }
    }

    /// The medians of the pages that many rows could make slow.
    async fn pages_of_many(&self) -> Vec<(&'static str, f64)> {
        let last = format!("/books?page={}", (ROWS + 8).div_ceil(PAGE_SIZE));
        let pages = [
            ("the first page", "/books".to_owned()),
            ("the last page", last),
            ("a search by creator", "/books?creator=CONTOSO%5Cwebgmsa%24".to_owned()),
        ];
        let mut medians = Vec::new();
        for (what, path) in pages {
            medians.push((what, load(url(&path), 1, self.seconds).await.p50));
        }
        medians
    }

    /// Nine reads to a write, and then the check that every accepted book is there once.
    async fn mix(&self, what: &str, shop: &Shop) {
        let (cpu, queries) = (shop.process.cpu(), shop.queries().await);
        let mix = mix::run(64, 1, self.seconds).await;
        let per_thousand = |count: f64| count * 1e3 / mix.requests;
        let (cpu, queries) = (per_thousand(shop.process.cpu() - cpu), per_thousand(shop.queries().await - queries));
        println!(
            "| {what}, 90 % reads and 10 % writes; {} books written, each there once | 64 | {:.0} | {:.2} | {:.2} | | {cpu:.3} | {queries:.1} |",
            mix.written, mix.per_second, mix.p50, mix.p99
        );
    }

    /// Books made a second.
    async fn writes(&self, shop: &Shop) -> f64 {
        // The bare loop has its connections before it is measured; so has the shop's pool.
        mix::run(WRITERS, 10, 1).await;
        let (run, cpu) = (format!("{:08x}", Uuid::new_v4().as_fields().0), shop.process.cpu());
        let load = write(url("/api/v1/books"), &run, WRITERS, self.seconds).await;
        let cpu = load.per_thousand(shop.process.cpu() - cpu);
        report::row("SQL server, writes", WRITERS, &load, cpu, None);
        check_written(&run, &load).await;
        load.per_second()
    }
}

/// Every accepted book is there, and of the others no more than were under way at the end. That none is there twice is the work of
/// the unique index on request ids.
async fn check_written(run: &str, load: &Load) {
    let list = shop::get(&format!("/api/v1/books?q={run}&size=1")).await.body;
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let (there, accepted) = (list["total"].as_f64().expect("a total"), load.requests);
    assert!(load.failures == 0.0, "{} requests failed", load.failures);
    assert!((accepted..=accepted + f64::from(WRITERS)).contains(&there), "{there} books there, {accepted} accepted");
}

/// In MB.
fn size(file: &Path) -> Option<f64> {
    Some(std::fs::metadata(file).ok()?.len() as f64 / 1e6)
}

fn url(path: &str) -> String {
    format!("http://{}{path}", shop::ADDR)
}

async fn queries(shop: Option<&Shop>) -> f64 {
    match shop {
        Some(shop) => shop.queries().await,
        None => 0.0,
    }
}

async fn queries_since(shop: Option<&Shop>, before: f64) -> f64 {
    queries(shop).await - before
}
