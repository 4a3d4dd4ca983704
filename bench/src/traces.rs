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
use crate::plan::{round, url};
use crate::report::{Point, Report, Round, Target, Wanted};
use crate::series::{EMBEDDED, SERVER};
use crate::shop::Shop;
use crate::stand_in::Server;

const COLLECTOR: &str = "127.0.0.1:18060";
const CONNECTIONS: [u32; 2] = [16, 256];
/// Seconds of load before a measurement: a process that has just started takes longer.
const WARM_UP: u64 = 1;

/// Settings of a shop, by its name in the report.
const OFF: (&str, &[(&str, &str)]) = ("traces off", &[]);
const SAMPLED: (&str, &[(&str, &str)]) = (
    "traces of 10 %",
    &[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:18060"),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "0.1"),
    ],
);

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

/// Both shops start anew in each round, and the one that was first is last in the next.
async fn measure(report: &mut Report, settings: &Settings, engine: &str, connection_string: &str) {
    for connections in CONNECTIONS {
        let (mut off, mut sampled) = (Vec::new(), Vec::new());
        for number in 0..settings.rounds {
            let mut shops = [(OFF.1, &mut off), (SAMPLED.1, &mut sampled)];
            if number % 2 == 1 {
                shops.reverse();
            }
            for (variables, rounds) in shops {
                let shop = Shop::start_with(&settings.build, connection_string, variables).await;
                load(url("/books"), connections, WARM_UP).await;
                let load = load(url("/books"), connections, settings.seconds);
                rounds.push(round(&shop.process, Some(&shop), load).await);
            }
        }
        report.point(Point::of(&format!("{engine}, {}", OFF.0), connections, &off));
        report.point(Point::of(&format!("{engine}, {}", SAMPLED.0), connections, &sampled));
        let ratio = |value: fn(&Round) -> f64| {
            Figure::of(sampled.iter().zip(&off).map(|(sampled, off)| value(sampled) / value(off))).median
        };
        let what = format!("with {} against without, {engine}, {connections} connections", SAMPLED.0);
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
