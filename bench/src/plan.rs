//! The points, in order. The constant and the embedded store run in turns, and so do bare and own writes; other points
//! that are compared run one after the other.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::load::{Load, write};
use crate::process::own_cpu;
use crate::report::{Point, Report, Round, Target, Wanted};
use crate::series::{BARE_WRITES, CONSTANT, EMBEDDED, MANY, SERVER, WRITERS, WRITES, bare_list};
use crate::shop::Shop;
use crate::stand_in::Server;
use crate::targets::{self, Memory};
use crate::turns::{Subject, in_turns, round};
use crate::{Settings, chart, constant, driver, fill, mix};

const CONNECTIONS: [u32; 5] = [1, 16, 64, 256, 1_024];
const ROWS: u32 = 100_000;
const PAGE_SIZE: u32 = 20;
const STARTS: usize = 9;
/// Clients that read and write.
const MIXED_CLIENTS: u32 = 64;

/// Measures everything, and prints and writes the results.
pub(crate) async fn run(settings: Settings) {
    let report = Report::new(settings.seconds, settings.rounds);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut plan = Plan { settings, report, folder };
    plan.starts().await;
    let constant = plan.few_on_embedded().await;
    plan.many_on_embedded().await;
    let shop = plan.on_server().await;
    let Plan { settings, mut report, .. } = plan;
    targets::judge(&mut report, &Memory { constant, shop });
    report.print_targets();
    if let Some(size) = size(&settings.build.join("bookstore")) {
        println!("\nsize of the Linux executable: {size:.1} MB");
    }
    if let Some(file) = &settings.json {
        report.write_json(file);
    }
    if let Some(file) = &settings.chart {
        let mut series = vec![CONSTANT, EMBEDDED, SERVER];
        series.extend(settings.peers.iter().map(|peer| peer.name.as_str()));
        let svg = chart::draw("Requests per second: the list of eight books", &report.points, &series, &CONNECTIONS);
        std::fs::write(file, svg).expect("the chart is written");
    }
}

struct Plan {
    settings: Settings,
    report: Report,
    folder: TempDir,
}

impl Plan {
    /// The connection string of an embedded store in the folder.
    fn embedded(&self, name: &str) -> String {
        format!("Server=(embedded);AttachDbFilename={};User ID=sa", self.folder.path().join(name).display())
    }

    async fn starts(&mut self) {
        let connection_string = self.embedded("few.db");
        let new = Shop::start(&self.settings.build, &connection_string).await.started_in;
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            starts.push(Shop::start(&self.settings.build, &connection_string).await.started_in);
        }
        starts.sort();
        for (store, time) in [("new store", new), ("embedded, median of 9", starts[STARTS / 2])] {
            let what = format!("start to first 200, {store}");
            let measured = time.as_secs_f64() * 1e3;
            self.report.targets.push(Target { what, measured, unit: " ms", wanted: Wanted::AtMost(50.0) });
        }
    }

    /// Eight rows on the embedded store, beside a server that returns the same bytes. Returns that server's peak
    /// memory.
    async fn few_on_embedded(&mut self) -> f64 {
        let shop = Shop::start(&self.settings.build, &self.embedded("few.db")).await;
        let process = constant::start(&shop.get("/books").await, self.folder.path()).await;
        let url = format!("http://{}/books", constant::ADDR);
        let constant = Subject { what: CONSTANT.to_owned(), url, process: &process, shop: None };
        self.series(&[constant, Subject::of_shop(EMBEDDED, &shop, "/books")]).await;
        self.mix("embedded, 90 % reads, 10 % writes", &shop).await;
        process.peak_mb()
    }

    async fn many_on_embedded(&mut self) {
        let connection_string = self.embedded("many.db");
        drop(Shop::start(&self.settings.build, &connection_string).await);
        fill::embedded(&self.folder.path().join("many.db"), "CONTOSO\\webgmsa$", ROWS);
        let shop = Shop::start(&self.settings.build, &connection_string).await;
        self.pages_of_many(EMBEDDED, &shop, "CONTOSO%5Cwebgmsa%24", "77777").await;
    }

    /// All that is measured on a SQL server. Returns the shop's peak memory after the most connections.
    async fn on_server(&mut self) -> f64 {
        let build = self.settings.build.clone();
        let server = match &self.settings.server {
            Some(connection_string) => Server::real(connection_string),
            None => Server::stand_in(&build, &self.folder.path().join("server")).await,
        };
        let shop = Shop::start(&build, &server.connection_string).await;
        self.bare_list(&server, 8).await;
        self.series(&[Subject::of_shop(SERVER, &shop, "/books")]).await;
        let memory = shop.process.peak_mb();
        for peer in self.settings.peers.clone() {
            let process = peer.start(&server.connection_string).await;
            let (what, url) = (peer.name, peer.url);
            self.series(&[Subject { what, url, process: &process, shop: None }]).await;
        }
        self.writes(&server, &shop).await;
        self.mix("SQL server, 90 % reads, 10 % writes", &shop).await;
        // A server of the user's is not filled.
        if self.settings.server.is_none() {
            fill::sql_server(&server.settings, ROWS).await;
            self.bare_list(&server, PAGE_SIZE).await;
            self.pages_of_many(SERVER, &shop, "sa", "moby").await;
        }
        memory
    }

    /// Addresses under each number of connections, in turns.
    async fn series<const N: usize>(&mut self, subjects: &[Subject<'_>; N]) {
        for connections in CONNECTIONS {
            self.points(subjects, connections).await;
        }
    }

    async fn points<const N: usize>(&mut self, subjects: &[Subject<'_>; N], connections: u32) {
        let rounds = in_turns(subjects, connections, self.settings.rounds, self.settings.seconds).await;
        for (subject, rounds) in subjects.iter().zip(rounds) {
            self.report.point(Point::of(&subject.what, connections, &rounds));
        }
    }

    async fn bare_list(&mut self, server: &Server, rows: u32) {
        let mut rounds = Vec::new();
        for _ in 0..self.settings.rounds {
            rounds.push(bare(driver::list(&server.settings, rows.into(), self.settings.seconds)).await);
        }
        self.report.point(Point::of(&bare_list(rows), 1, &rounds));
    }

    /// The pages that many rows could slow down.
    async fn pages_of_many(&mut self, engine: &str, shop: &Shop, creator: &str, word: &str) {
        let list: Value = serde_json::from_str(&shop.get("/api/v1/books?size=1").await.body).expect("JSON");
        let pages = list["total"].as_u64().expect("a total").div_ceil(PAGE_SIZE.into());
        for (what, path) in [
            ("first page", "/books".to_owned()),
            ("middle page", format!("/books?page={}", pages / 2)),
            ("last page", format!("/books?page={pages}")),
            ("by creator", format!("/books?creator={creator}")),
            ("search", format!("/books?q={word}")),
        ] {
            self.points(&[Subject::of_shop(&format!("{engine}{MANY}{what}"), shop, &path)], 1).await;
        }
        self.points(&[Subject::of_shop(&format!("{engine}{MANY}first page"), shop, "/books")], 256).await;
    }

    /// Nine reads per write, then the check that every accepted book is stored exactly once.
    async fn mix(&mut self, what: &str, shop: &Shop) {
        let round = round(&shop.process, Some(shop), mix::run(shop, MIXED_CLIENTS, 1, self.settings.seconds)).await;
        self.report.point(Point::of(what, MIXED_CLIENTS, &[round]));
    }

    /// Books created by the API beside bare inserts by the same statement.
    async fn writes(&mut self, server: &Server, shop: &Shop) {
        // The bare loop opens its connections before it is measured; this fills the shop's pool likewise.
        mix::run(shop, WRITERS[1], 10, 1).await;
        for writers in WRITERS {
            let (mut by_driver, mut by_shop) = (Vec::new(), Vec::new());
            for _ in 0..self.settings.rounds {
                by_driver.push(bare(driver::inserts(&server.settings, writers, self.settings.seconds)).await);
                let run = format!("{:08x}", Uuid::new_v4().as_fields().0);
                let load = write(shop.url("/api/v1/books"), &run, writers, self.settings.seconds);
                let round = round(&shop.process, Some(shop), load).await;
                check_written(shop, &run, &round.load, writers).await;
                by_shop.push(round);
            }
            self.report.point(Point::of(BARE_WRITES, writers, &by_driver));
            self.report.point(Point::of(WRITES, writers, &by_shop));
        }
    }
}

/// Measures the driver, which runs in this process: a statement per request.
async fn bare(load: impl Future<Output = Load>) -> Round {
    let cpu = own_cpu();
    let load = load.await;
    Round { load, cpu: own_cpu() - cpu, statements: Some(load.requests) }
}

/// Every accepted book is stored; of the others at most those in flight at the end. The unique index on request ids
/// keeps any from being stored twice.
async fn check_written(shop: &Shop, run: &str, load: &Load, writers: u32) {
    let list = shop.get(&format!("/api/v1/books?q={run}&size=1")).await.body;
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let (there, accepted) = (list["total"].as_f64().expect("a total"), load.requests);
    assert!(load.failures == 0.0, "{} requests failed", load.failures);
    assert!((accepted..=accepted + f64::from(writers)).contains(&there), "{there} books stored, {accepted} accepted");
}

/// Size in MB.
fn size(file: &Path) -> Option<f64> {
    Some(std::fs::metadata(file).ok()?.len() as f64 / 1e6)
}
