//! The cost of traces: the shop without them and with one request in ten sampled, in turns.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use tokio::net::TcpListener;

use crate::Settings;
use crate::figure::Figure;
use crate::load::load;
use crate::report::{Point, Report, Round, Target, Wanted};
use crate::series::{EMBEDDED, SERVER};
use crate::shop::Shop;
use crate::stand_in::Server;
use crate::turns::{Subject, in_turns};

const COLLECTOR: &str = "127.0.0.1:18060";
const CONNECTIONS: [u32; 2] = [16, 256];
/// Ports of the shop without traces and of the one with them.
const PORTS: [u16; 2] = [18_080, 18_090];
/// Seconds of load before a measurement: a process that has just started takes longer.
const WARM_UP: u64 = 1;
/// Rounds of one pair of processes: the layout of memory differs between starts. An even number, so that each shop is the
/// first one equally often.
const ROUNDS_PER_START: u32 = 6;

const SAMPLED: [(&str, &str); 3] = [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:18060"),
    ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
    ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
];

/// Measures both shops on both engines, and prints and writes the results.
pub(crate) async fn run(settings: Settings) {
    let mut report = Report::new(settings.seconds, settings.rounds);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let received = start_collector().await;
    let file = folder.path().join("few.db");
    let embedded = format!("Server=(embedded);AttachDbFilename={};User ID=sa", file.display());
    measure(&mut report, &settings, EMBEDDED, &embedded).await;
    let server = match &settings.server {
        Some(connection_string) => Server::real(connection_string),
        None => Server::stand_in(&settings.build, &folder.path().join("server")).await,
    };
    measure(&mut report, &settings, SERVER, &server.connection_string).await;
    report.print_targets();
    let mb = received.load(Ordering::Relaxed) as f64 / 1e6;
    assert!(mb > 0.0, "the collector received nothing");
    println!("\nthe collector received {mb:.1} MB");
    if let Some(file) = &settings.json {
        report.write_json(file);
    }
}

/// Both shops run side by side, and start anew after some rounds.
async fn measure(report: &mut Report, settings: &Settings, engine: &str, connection_string: &str) {
    for connections in CONNECTIONS {
        let (mut off, mut sampled) = (Vec::new(), Vec::new());
        while off.len() < settings.rounds as usize {
            let shop = async |port, variables| {
                let shop = Shop::start_with(&settings.build, connection_string, port, variables).await;
                load(shop.url("/books"), connections, WARM_UP).await;
                shop
            };
            let shops = [shop(PORTS[0], &[][..]).await, shop(PORTS[1], &SAMPLED[..]).await];
            let subjects = shops.each_ref().map(|shop| Subject::of_shop(engine, shop, "/books"));
            let rounds = ROUNDS_PER_START.min(settings.rounds - off.len() as u32);
            let [new_off, new_sampled] = in_turns(&subjects, connections, rounds, settings.seconds).await;
            off.extend(new_off);
            sampled.extend(new_sampled);
        }
        report.point(Point::of(&format!("{engine}, traces off"), connections, &off));
        report.point(Point::of(&format!("{engine}, traces of 10 %"), connections, &sampled));
        let ratio = |value: fn(&Round) -> f64| {
            Figure::of(sampled.iter().zip(&off).map(|(sampled, off)| value(sampled) / value(off))).median
        };
        let what = format!("with traces of 10 % against without, {engine}, {connections} connections");
        let mut target = |what, measured, wanted| report.targets.push(Target { what, measured, unit: "×", wanted });
        target(format!("CPU per request {what}"), ratio(|it| it.load.per_thousand(it.cpu)), Wanted::AtMost(1.05));
        target(format!("requests/s {what}"), ratio(|it| it.load.per_second()), Wanted::AtLeast(0.95));
    }
}

/// A collector that takes everything and counts its bytes.
async fn start_collector() -> Arc<AtomicU64> {
    let received = Arc::new(AtomicU64::default());
    let count = Arc::clone(&received);
    let receive = post(async move |body: Bytes| {
        count.fetch_add(body.len() as u64, Ordering::Relaxed);
    });
    let listener = TcpListener::bind(COLLECTOR).await.expect("a free port");
    tokio::spawn(async { axum::serve(listener, Router::new().route("/v1/traces", receive)).await });
    received
}
