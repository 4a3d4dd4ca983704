//! The results: tables in Markdown on standard output, and all of them as JSON.

use std::path::Path;

use serde::Serialize;

use crate::figure::Figure;
use crate::load::Load;
use crate::machine::Machine;

/// A measured point: one address under one number of connections.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Point {
    pub(crate) what: String,
    pub(crate) connections: u32,
    pub(crate) per_second: Figure,
    /// Milliseconds.
    pub(crate) p50: Figure,
    pub(crate) p99: Figure,
    pub(crate) p999: Figure,
    /// CPU milliseconds per request.
    pub(crate) cpu: Figure,
    /// Statements per 1,000 requests; none if there is no database or they are not counted.
    pub(crate) statements: Option<Figure>,
    /// Answers other than success, and broken connections, of all rounds.
    pub(crate) failures: f64,
}

/// One round of a point.
pub(crate) struct Round {
    pub(crate) load: Load,
    /// CPU seconds.
    pub(crate) cpu: f64,
    pub(crate) statements: Option<f64>,
}

impl Point {
    pub(crate) fn of(what: &str, connections: u32, rounds: &[Round]) -> Self {
        let figure = |value: fn(&Load) -> f64| Figure::of(rounds.iter().map(|round| value(&round.load)));
        let statements: Option<Vec<f64>> =
            rounds.iter().map(|round| Some(round.load.per_thousand(round.statements?))).collect();
        Self {
            what: what.to_owned(),
            connections,
            per_second: figure(Load::per_second),
            p50: figure(|load| load.p50),
            p99: figure(|load| load.p99),
            p999: figure(|load| load.p999),
            cpu: Figure::of(rounds.iter().map(|round| round.load.per_thousand(round.cpu))),
            statements: statements.map(Figure::of),
            failures: rounds.iter().map(|round| round.load.failures).sum(),
        }
    }
}

/// A measured value beside what is wanted.
#[derive(Debug, Serialize)]
pub(crate) struct Target {
    pub(crate) what: String,
    pub(crate) measured: f64,
    pub(crate) unit: &'static str,
    pub(crate) wanted: Wanted,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) enum Wanted {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_met(&self) -> bool {
        match self.wanted {
            Wanted::AtMost(limit) => self.measured <= limit,
            Wanted::AtLeast(limit) => self.measured >= limit,
        }
    }

    fn row(&self) -> String {
        let Self { what, measured, unit, wanted } = self;
        let wanted = match wanted {
            Wanted::AtMost(limit) => format!("≤ {limit}"),
            Wanted::AtLeast(limit) => format!("≥ {limit}"),
        };
        format!("| {what} | {measured:.2}{unit} | {wanted} | {} |", if self.is_met() { "yes" } else { "no" })
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: Machine,
    seconds: u64,
    rounds: u32,
    pub(crate) points: Vec<Point>,
    pub(crate) targets: Vec<Target>,
}

impl Report {
    pub(crate) fn new(seconds: u64, rounds: u32) -> Self {
        let machine = Machine::read();
        println!("{}; {seconds} seconds per measurement, medians of {rounds}\n", machine.text());
        println!(
            "| what | connections | requests/s | range | p50 ms | p99 ms | p99.9 ms | CPU ms per request | \
             statements per 1,000 |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|"
        );
        Self { machine, seconds, rounds, points: Vec::new(), targets: Vec::new() }
    }

    /// Adds and prints a point.
    pub(crate) fn point(&mut self, point: Point) {
        let Point { what, connections, per_second, p50, p99, p999, cpu, statements, failures } = &point;
        let failed = if *failures > 0.0 { format!(" **{failures} failed**") } else { String::new() };
        let statements = statements.map_or_else(|| "–".to_owned(), |count| format!("{:.1}", count.median));
        println!(
            "| {what}{failed} | {connections} | {:.0} | {:.0}–{:.0} | {:.2} | {:.2} | {:.2} | {:.3} | {statements} |",
            per_second.median, per_second.min, per_second.max, p50.median, p99.median, p999.median, cpu.median
        );
        self.points.push(point);
    }

    /// The point of a series.
    pub(crate) fn at(&self, what: &str, connections: u32) -> &Point {
        let mut points = self.points.iter();
        points.find(|point| point.what == what && point.connections == connections).expect("a measured point")
    }

    pub(crate) fn print_targets(&self) {
        println!("\n| target | measured | wanted | met |\n|---|--:|--:|---|");
        self.targets.iter().for_each(|target| println!("{}", target.row()));
    }

    pub(crate) fn write_json(&self, file: &Path) {
        let text = serde_json::to_string_pretty(self).expect("JSON");
        std::fs::write(file, text + "\n").expect("the file of results is written");
    }
}
