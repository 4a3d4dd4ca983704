//! The command line of the campaign and its report.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::setup::{Outcome, Setup};
use crate::slow_clients;

#[derive(Parser)]
#[command(about = "Breaks things while clients write, and counts what is lost")]
struct Arguments {
    /// The executable bookstore; beside it is stand-in.
    #[arg(long, default_value = "target/debug/bookstore")]
    bookstore: PathBuf,
    /// Chooses the faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// About ten thousand faults in place of a sample.
    #[arg(long)]
    all: bool,
    /// Runs the scenarios only whose names contain this text.
    #[arg(long)]
    only: Option<String>,
}

/// Runs all scenarios, one after the other, and prints the report.
#[tokio::main]
pub(crate) async fn main() -> ExitCode {
    let Arguments { bookstore, seed, all, only } = Arguments::parse();
    let stand_in = bookstore.with_file_name("stand-in");
    let setup = Setup { bookstore, stand_in, seed };
    let [cuts, kills, pauses, full, rounds, requests, slow, hostile] =
        if all { [9_800, 100, 200, 50, 10, 600, 5_000, 10] } else { [150, 4, 6, 2, 2, 25, 400, 1] };
    let runs = |name: &str| only.as_deref().is_none_or(|only| name.contains(only));
    let outcomes: Vec<Outcome> = [
        when(runs("cut connections"), setup.cuts(cuts)).await,
        when(runs("killed shops"), setup.shop_kills(kills)).await,
        when(runs("killed servers"), setup.server_kills(kills)).await,
        when(runs("stopped processes"), setup.pauses(pauses)).await,
        if runs("full disks") { setup.full_disks(full).await } else { None },
        when(runs("rolling restarts"), setup.rolling_restarts(rounds, requests)).await,
        when(runs("slow clients"), slow_clients::run(&setup, slow)).await,
        when(runs("hostile servers"), setup.hostile_servers(hostile)).await,
    ]
    .into_iter()
    .flatten()
    .collect();
    println!("seed {seed}\n");
    println!(
        "| scenario | faults | acknowledged | lost | doubled | wrong creator | unanswered | unexpected | panics | \
         peak memory, MiB |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    outcomes.iter().for_each(print);
    if !outcomes.is_empty() && outcomes.iter().all(holds) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn when(runs: bool, scenario: impl Future<Output = Outcome>) -> Option<Outcome> {
    if !runs {
        return None;
    }
    let outcome = scenario.await;
    eprintln!("{}: done", outcome.name);
    Some(outcome)
}

fn print(outcome: &Outcome) {
    let Outcome { name, faults, acknowledged, unanswered, wrong, differences, panics, peak_memory } = outcome;
    let (lost, doubled, creators) = (differences.lost, differences.doubled, differences.wrong_creators);
    println!(
        "| {name} | {faults} | {acknowledged} | {lost} | {doubled} | {creators} | {unanswered} | {wrong} | {panics} | \
         {peak_memory} |"
    );
}

/// Whether the shop kept its promises, and the scenario had work to do.
fn holds(outcome: &Outcome) -> bool {
    let differences = outcome.differences;
    let broken =
        differences.lost + differences.doubled + differences.wrong_creators + outcome.unanswered + outcome.wrong;
    broken + outcome.panics == 0 && outcome.faults > 0 && outcome.acknowledged > 0
}
