//! Measures a release build of the bookstore beside what limits it, on one machine in one run: compare ratios, not figures.
//!
//! `bench/run.sh` builds and runs it; `bench/README.md` says what is measured and how.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a measurement that fails has no figure")]

mod constant;
mod driver;
mod mix;
mod plan;
mod process;
mod report;
mod shop;
mod stand_in;
mod wrk;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures the bookstore beside what limits it")]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// How long each point is measured.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Measure on this SQL Server instead of the stand-in: a connection string with a SQL login, to a migrated database.
    #[arg(long)]
    server: Option<String>,
    /// Where the other executables are.
    #[arg(long, default_value = "target/release")]
    build: PathBuf,
}

#[derive(Subcommand)]
enum Part {
    /// Serve one file as every answer.
    #[command(hide = true)]
    Constant { addr: SocketAddr, file: PathBuf },
}

#[tokio::main]
async fn main() {
    let Arguments { part, seconds, server, build } = Arguments::parse();
    match part {
        Some(Part::Constant { addr, file }) => constant::serve(addr, &file).await,
        None => plan::Plan { seconds, server, build }.run().await,
    }
}
