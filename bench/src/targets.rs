//! What is wanted, as ratios within one run.

use crate::report::Wanted::{AtLeast, AtMost};
use crate::report::{Report, Target, Wanted};
use crate::series::{BARE_WRITES, CONSTANT, EMBEDDED, MANY, SERVER, WRITERS, WRITES, bare_list};

/// Peak memory in MB of the constant and of the shop, each after 1,024 connections.
pub(crate) struct Memory {
    pub(crate) constant: f64,
    pub(crate) shop: f64,
}

/// Adds the targets that follow from the points.
pub(crate) fn judge(report: &mut Report, memory: &Memory) {
    let per_second = |what, connections| report.at(what, connections).per_second.median;
    let statements = |connections| report.at(SERVER, connections).statements.expect("counted").median;
    let top = report.at(CONSTANT, 256);
    let served = report.at(SERVER, 256);
    let rate = |connections| statements(connections) * per_second(SERVER, connections);
    let mut targets = vec![
        of(
            "requests/s against the constant, 256 connections, embedded",
            per_second(EMBEDDED, 256) / top.per_second.median,
            "",
            AtLeast(0.75),
        ),
        of(
            "the same, SQL server on the same cores",
            served.per_second.median / top.per_second.median,
            "",
            AtLeast(0.6),
        ),
        of("p99 against p50 there", served.p99.median / served.p50.median, "×", AtMost(10.0)),
        of("statements per 1,000 requests there", statements(256), "", AtMost(10.0)),
        of("statements per second, 1,024 connections against 64", rate(1_024) / rate(64), "×", AtMost(1.0)),
        of("CPU per request against the constant there", served.cpu.median / top.cpu.median, "×", AtMost(1.4)),
        of(
            "p50 at one connection against the bare statement, 8 rows",
            report.at(SERVER, 1).p50.median / report.at(&bare_list(8), 1).p50.median,
            "×",
            AtMost(1.15),
        ),
        of(
            "peak memory after 1,024 connections against the constant's",
            memory.shop / memory.constant,
            "×",
            AtMost(1.3),
        ),
    ];
    for writers in WRITERS {
        let share = per_second(WRITES, writers) / per_second(BARE_WRITES, writers);
        targets.push(of(&format!("writes against bare inserts, {writers} at once"), share, "", AtLeast(0.9)));
    }
    for engine in [EMBEDDED, SERVER] {
        let few = report.at(engine, 1).p50.median;
        let start = format!("{engine}{MANY}");
        for point in report.points.iter().filter(|point| point.what.starts_with(&start) && point.connections == 1) {
            targets.push(of(&format!("{} against 8 rows, p50", point.what), point.p50.median / few, "×", AtMost(2.0)));
        }
    }
    report.targets.extend(targets);
}

fn of(what: &str, measured: f64, unit: &'static str, wanted: Wanted) -> Target {
    Target { what: what.to_owned(), measured, unit, wanted }
}
