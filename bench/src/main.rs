//! Measures a release build of the bookstore against its limits, on one machine in one run: compare ratios, not
//! figures.
//!
//! `bench/run.sh` builds and runs it; `bench/README.md` explains what is measured and how.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a failed measurement has no figure")]

mod chart;
mod constant;
mod driver;
mod figure;
mod fill;
mod load;
mod machine;
mod mix;
mod peer;
mod plan;
mod process;
mod report;
mod series;
mod shop;
mod stand_in;
mod targets;
mod traces;
mod turns;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use peer::Peer;

#[derive(Parser)]
#[command(about = "Measures the bookstore beside its limits")]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    #[command(flatten)]
    settings: Settings,
}

/// What to measure, and where the results go.
#[derive(clap::Args)]
struct Settings {
    /// Seconds per measurement.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Measurements per point; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..100))]
    rounds: u32,
    /// Measure on this SQL Server instead of the stand-in: a connection string with a SQL login, to a migrated
    /// database.
    #[arg(long)]
    server: Option<String>,
    /// Another program that serves the same list: NAME|COMMAND|URL. The command gets the server's connection string in
    /// `connectionstring`. May be repeated.
    #[arg(long = "peer")]
    peers: Vec<Peer>,
    /// Write all results to this JSON file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Draw requests per second to this SVG file.
    #[arg(long)]
    chart: Option<PathBuf>,
    /// Measure only what traces of one request in ten cost.
    #[arg(long)]
    traces: bool,
    /// Folder with the executables bookstore and stand-in.
    #[arg(long, default_value = "target/release")]
    build: PathBuf,
}

#[derive(Subcommand)]
enum Part {
    /// Return one file to every request.
    #[command(hide = true)]
    Constant { addr: SocketAddr, file: PathBuf },
}

#[tokio::main]
async fn main() {
    let Arguments { part, settings } = Arguments::parse();
    match part {
        Some(Part::Constant { addr, file }) => constant::serve(addr, &file).await,
        None if settings.traces => traces::run(settings).await,
        None => plan::run(settings).await,
    }
}
