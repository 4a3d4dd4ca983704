//! The comparison as its page shows it: a column per login with a chart, or a table if there are many, and the same
//! numbers as a table.

use askama::Template;
use askama::filters::HtmlSafe;
use bookstore_db::book::Book;
use bookstore_db::comparison::{Comparison, CreatorHistory};
use bookstore_db::identity::LoginState;

use crate::pages::books::query::ListQuery;
use crate::view::badge::Badge;
use crate::view::chart::{self, HEIGHT, WIDTH};
use crate::view::formats::{TimeScale, books_text, day_time, grouped, percentages, zone};
use crate::view::login_palette::LoginPalette;

/// More logins than this are rows of a table: columns would be too narrow for their names.
const MAX_COLUMNS: usize = 4;
/// Heights of labels beside the chart are this far apart, in percent of it.
const LABEL_GAP: f64 = 11.0;
/// The longest label beside the chart, in characters.
const LABEL_LENGTH: usize = 20;

/// The changing part of the page.
#[derive(Clone, Debug, Template)]
#[template(path = "compare/comparison.html")]
pub(crate) struct ComparisonView {
    total: String,
    logins: Vec<LoginColumn>,
    axes: ChartAxes,
}

/// The template escapes its values.
impl HtmlSafe for ComparisonView {}

/// One login, or all others together.
#[derive(Clone, Debug)]
struct LoginColumn {
    /// None for the others.
    badge: Option<Badge>,
    name: String,
    href: String,
    books: String,
    percent: String,
    first_on: String,
    last_on: String,
    newest: Vec<NewBook>,
    /// Start and length on the bar of shares, whose length is 1000.
    segment: (i64, i64),
    /// The length of the login's own bar, where that of the login with the most books is 1000.
    bar: i64,
    /// The CSS classes with the colour and the pattern of the line. No two logins have the same pattern.
    class: String,
    line: String,
    label: String,
    /// From the top of the chart, in percent.
    label_height: String,
    /// The number of rows at each mark of the time line.
    at_marks: Vec<String>,
}

#[derive(Clone, Debug)]
struct NewBook {
    book: Book,
    on: String,
}

/// The labels of the chart of lines.
#[derive(Clone, Debug)]
struct ChartAxes {
    /// Counts, from the upper end of the scale down.
    scale: [String; 3],
    /// Times, from left to right.
    marks: Vec<String>,
    /// The time zone of these times; empty without any.
    zone: String,
}

/// The number of marks on the time line, including both ends.
const MARKS: usize = 3;

impl ComparisonView {
    pub(super) fn of(comparison: &Comparison, palette: &LoginPalette) -> Self {
        let others = comparison.others.as_ref();
        // In the order of their first rows, so that no column moves in front of an audience.
        let mut histories: Vec<&CreatorHistory> = comparison.creators.iter().collect();
        histories.sort_by_key(|history| history.count.first_on);
        histories.extend(others.map(|others| &others.history));
        let counts: Vec<i64> = histories.iter().map(|history| history.count.books).collect();
        let most = histories.iter().flat_map(|history| history.running_totals()).max().unwrap_or(0);
        let scale_end = chart::scale_end(most);
        let time_scale = comparison.between.map_or(TimeScale::Days, |(from, until)| TimeScale::between(from, until));
        let shares = chart::segments(&counts).into_iter().zip(percentages(&counts));
        let mut logins: Vec<LoginColumn> = Vec::new();
        for (index, (history, (segment, percent))) in histories.iter().zip(shares).enumerate() {
            let login = LoginColumn::of(history, scale_end, time_scale, palette);
            let bar = history.count.books.saturating_mul(1000) / most.max(1);
            let class = format!("{} dash-{}", login.class, index.min(MAX_COLUMNS));
            logins.push(LoginColumn { segment, percent, class, bar: bar.max(2), ..login });
        }
        if let Some((others, login)) = others.zip(logins.last_mut()) {
            login.badge = None;
            login.class = format!("login-others dash-{MAX_COLUMNS}");
            login.name = format!("{} other logins", grouped(others.creators));
            login.href = ListQuery::default().href();
        }
        let ends: Vec<i64> =
            histories.iter().map(|history| history.running_totals().last().copied().unwrap_or(0)).collect();
        for (login, height) in logins.iter_mut().zip(chart::label_heights(&ends, scale_end, LABEL_GAP)) {
            login.label = shortened(&login.name);
            login.label_height = format!("{height:.1}%");
        }
        let axes = ChartAxes {
            scale: [scale_end, scale_end / 2, 0].map(grouped),
            marks: time_marks(comparison, time_scale),
            zone: comparison.between.map(|(_, until)| zone(until)).unwrap_or_default(),
        };
        Self { total: books_text(counts.iter().sum()), logins, axes }
    }

    /// The palette of the logins that are compared.
    pub(super) fn palette(comparison: &Comparison, login: &LoginState) -> LoginPalette {
        LoginPalette::of_creators(login, comparison.creators.iter().map(|history| &history.count))
    }

    /// Whether the logins fit side by side.
    fn has_columns(&self) -> bool {
        self.logins.len() <= MAX_COLUMNS
    }

    /// The text that screen readers announce after a change.
    fn summary(&self) -> String {
        let part = |login: &LoginColumn| format!("{} by {}", login.books, login.name);
        let parts: Vec<_> = self.logins.iter().map(part).collect();
        format!("{}: {}", self.total, parts.join(", "))
    }
}

/// The text, or its beginning with an ellipsis.
fn shortened(text: &str) -> String {
    if text.chars().count() <= LABEL_LENGTH {
        return text.to_owned();
    }
    text.chars().take(LABEL_LENGTH - 1).chain(['…']).collect()
}

fn time_marks(comparison: &Comparison, time_scale: TimeScale) -> Vec<String> {
    let Some((from, until)) = comparison.between else { return Vec::new() };
    let mark = |index: usize| from + (until - from) * index as u32 / (MARKS as u32 - 1);
    (0..MARKS).map(|index| time_scale.format(mark(index))).collect()
}

impl LoginColumn {
    fn of(history: &CreatorHistory, scale_end: i64, time_scale: TimeScale, palette: &LoginPalette) -> Self {
        let login = &history.count.created_by;
        let badge = palette.badge(login);
        let totals = history.running_totals();
        let at_mark = |mark: usize| totals.get((totals.len() - 1) * mark / (MARKS - 1)).copied().unwrap_or(0);
        let new_book = |book: &Book| NewBook {
            on: book.created_on.map_or_else(|| day_time(None), |on| time_scale.format(on)),
            book: book.clone(),
        };
        Self {
            class: badge.class(),
            name: badge.text(),
            badge: Some(badge),
            href: ListQuery::by_creator(login).href(),
            books: grouped(history.count.books),
            percent: String::new(),
            first_on: day_time(history.count.first_on),
            last_on: day_time(history.count.last_on),
            newest: history.newest.iter().map(new_book).collect(),
            segment: (0, 0),
            bar: 0,
            line: chart::steps(&totals, scale_end),
            label: String::new(),
            label_height: String::new(),
            at_marks: (0..MARKS).map(|mark| grouped(at_mark(mark))).collect(),
        }
    }
}
