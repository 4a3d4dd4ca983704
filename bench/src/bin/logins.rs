//! Measures logins: the cost of an integrated login beside a SQL login, and whether 10,000 of them leak anything.
//!
//! `bench/logins.sh` runs it in a real directory. Linux only, as it reads `/proc`.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a failed measurement has no figure")]

use std::time::{Duration, Instant};

use bookstore_db::store::Store;
use clap::Parser;

/// Measures SQL logins and integrated logins.
#[derive(Parser)]
#[command(name = "logins", version)]
struct Arguments {
    /// Integrated logins for the leak check.
    #[arg(long, default_value_t = 10_000)]
    count: u32,
    /// Logins of each kind to time, alternating.
    #[arg(long, default_value_t = 500)]
    pairs: u32,
    /// Connection string of the SQL login.
    #[arg(long, env = "LAB_SA", hide_env_values = true)]
    sql: String,
    /// Connection string of the integrated login.
    #[arg(long, env = "LAB_GMSA", hide_env_values = true)]
    integrated: String,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let Arguments { count, pairs, sql, integrated } = Arguments::parse();
    let (sql, integrated) = (unpooled_store(&sql), unpooled_store(&integrated));
    // Warm-up: one-time allocations of the process happen here.
    log_in(&integrated, count.min(500)).await;
    compare(&sql, &integrated, pairs).await;
    let before = ProcessResources::now();
    let began = Instant::now();
    log_in(&integrated, count).await;
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    println!("{count} integrated logins, {rate:.0} a second");
    let after = ProcessResources::now();
    for (what, before, after) in [
        ("descriptors", before.descriptors, after.descriptors),
        ("threads", before.threads, after.threads),
        ("resident KiB", before.resident_kib, after.resident_kib),
    ] {
        println!("{what:<13} {before:>8} before {after:>8} after {:>+8}", after.cast_signed() - before.cast_signed());
    }
}

/// A store that logs in for every statement.
fn unpooled_store(connection_string: &str) -> Store {
    let text = format!("{connection_string};Pooling=false");
    Store::open(&text.parse().expect("a connection string")).expect("a login that this build can do")
}

async fn log_in(store: &Store, times: u32) {
    for _ in 0..times {
        store.ping().await.expect("a login");
    }
}

async fn compare(sql: &Store, integrated: &Store, pairs: u32) {
    let (mut by_sql, mut by_kerberos) = (Vec::new(), Vec::new());
    for _ in 0..pairs {
        by_sql.push(time(sql).await);
        by_kerberos.push(time(integrated).await);
    }
    let (sql, kerberos) = (median(by_sql), median(by_kerberos));
    let ratio = kerberos.as_secs_f64() / sql.as_secs_f64();
    println!("a login by SQL {:.2} ms, by Kerberos {:.2} ms, ratio {ratio:.2}", millis(sql), millis(kerberos));
}

async fn time(store: &Store) -> Duration {
    let began = Instant::now();
    log_in(store, 1).await;
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Resources held by this process.
struct ProcessResources {
    descriptors: usize,
    threads: usize,
    resident_kib: usize,
}

impl ProcessResources {
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux's /proc");
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of the status");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        let descriptors = std::fs::read_dir("/proc/self/fd").expect("Linux's /proc").count();
        Self { descriptors, threads: number("Threads:"), resident_kib: number("VmRSS:") }
    }
}
