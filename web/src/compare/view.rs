//! A comparison as its page shows it: columns, charts, and the table that says the same in words.

use askama::Template;
use askama::filters::HtmlSafe;
use bookstore_db::book::Book;
use bookstore_db::comparison::{Column, Comparison};

use super::chart::{self, HEIGHT, WIDTH};
use super::clock::Clock;
use crate::badge::Badge;
use crate::books::{ListQuery, day, grouped};
use crate::hash::fnv1a;

/// The changing part of the page.
#[derive(Clone, Debug, Template)]
#[template(path = "compare/comparison.html")]
pub(crate) struct ComparisonView {
    total: String,
    shares: Vec<Share>,
    lines: Lines,
    /// Differs whenever anything else here does.
    state: u64,
}

/// The template escapes what it is given.
impl HtmlSafe for ComparisonView {}

/// A login, or all the others together.
#[derive(Clone, Debug)]
struct Share {
    /// None for the others.
    badge: Option<Badge>,
    name: String,
    href: String,
    books: String,
    percent: String,
    first_on: String,
    last_on: String,
    newest: Vec<NewBook>,
    /// Start and length on the bar of shares, of 1000.
    segment: (i64, i64),
    /// The class that gives the colour, and a pattern where two logins share one.
    class: String,
    line: String,
    area: String,
    end: String,
    /// How many rows there were at each of the time line's marks.
    at_marks: Vec<String>,
}

#[derive(Clone, Debug)]
struct NewBook {
    book: Book,
    on: String,
}

/// What is around the lines.
#[derive(Clone, Debug)]
struct Lines {
    /// From the upper end of the scale down.
    scale: [String; 3],
    /// From the left.
    marks: Vec<String>,
}

/// Marks on the time line, both ends included.
const MARKS: usize = 3;

impl ComparisonView {
    pub(super) fn of(comparison: &Comparison) -> Self {
        let others = comparison.others.as_ref();
        // Those who came first stay first, so that nothing changes its place in front of an audience.
        let mut columns: Vec<&Column> = comparison.columns.iter().collect();
        columns.sort_by_key(|column| column.count.first_on);
        columns.extend(others.map(|others| &others.column));
        let counts: Vec<i64> = columns.iter().map(|column| column.count.books).collect();
        let top = chart::ceiling(columns.iter().flat_map(|column| column.grown()).max().unwrap_or(0));
        let clock = comparison.between.map(|(from, until)| Clock::of(from, until));
        let mut shares: Vec<Share> = Vec::new();
        let shapes = chart::segments(&counts).into_iter().zip(chart::percents(&counts));
        for (column, (segment, percent)) in columns.iter().zip(shapes) {
            let mut share = Share { segment, percent, ..Share::of(column, top, clock.unwrap_or(Clock::Day)) };
            if shares.iter().any(|other| other.class == share.class) {
                share.class.push_str(" twin");
            }
            shares.push(share);
        }
        if let Some((others, share)) = others.zip(shares.last_mut()) {
            share.name = format!("{} other logins", grouped(others.logins));
            share.href = "/books".to_owned();
        }
        let lines = Lines { scale: [top, top / 2, 0].map(grouped), marks: marks(comparison) };
        let mut view = Self { total: grouped(counts.iter().sum()), shares, lines, state: 0 };
        view.state = fnv1a(view.to_string().as_bytes());
        view
    }

    /// What a screen reader says once it has changed.
    fn summary(&self) -> String {
        let part = |share: &Share| format!("{} by {}", share.books, share.name);
        let parts: Vec<_> = self.shares.iter().map(part).collect();
        format!("{} books: {}", self.total, parts.join(", "))
    }
}

/// The moments at the time line's marks.
fn marks(comparison: &Comparison) -> Vec<String> {
    let Some((from, until)) = comparison.between else { return Vec::new() };
    let clock = Clock::of(from, until);
    (0..MARKS).map(|mark| clock.write(from + (until - from) * mark as u32 / (MARKS as u32 - 1))).collect()
}

impl Share {
    fn of(column: &Column, top: i64, clock: Clock) -> Self {
        let login = &column.count.created_by;
        let badge = (!login.is_empty()).then(|| Badge::of(login));
        let grown = column.grown();
        let at = |mark: usize| grown.get((grown.len() - 1) * mark / (MARKS - 1)).copied().unwrap_or(0);
        Self {
            class: badge.as_ref().map_or_else(|| "others".to_owned(), Badge::class),
            badge,
            name: login.clone(),
            href: ListQuery::by_creator(login).href(),
            books: grouped(column.count.books),
            percent: String::new(),
            first_on: moment(column.count.first_on),
            last_on: moment(column.count.last_on),
            newest: column
                .newest
                .iter()
                .map(|book| NewBook { on: clock.write(book.created_on), book: book.clone() })
                .collect(),
            segment: (0, 0),
            line: chart::line(&grown, top),
            area: chart::area(&grown, top),
            end: chart::end(&grown, top),
            at_marks: (0..MARKS).map(|mark| grouped(at(mark))).collect(),
        }
    }
}

fn moment(on: time::PrimitiveDateTime) -> String {
    format!("{}, {:02}:{:02}", day(on), on.hour(), on.minute())
}
