//! A comparison as the page shows it.

use std::time::Duration;

use bookstore_db::comparison::{Column, Comparison, Others};
use bookstore_db::list::CreatorCount;
use time::PrimitiveDateTime;
use time::macros::datetime;

use super::clock::Clock;
use super::range::Range;
use super::view::ComparisonView;

const NOON: PrimitiveDateTime = datetime!(2026-03-05 12:00);

fn column(login: &str, first_minute: u32, added: [i64; 2]) -> Column {
    let on = NOON + Duration::from_secs(60) * first_minute;
    let books = added.iter().sum();
    let count = CreatorCount { created_by: login.into(), books, first_on: on, last_on: on };
    Column { count, before: 0, added: added.into(), newest: Vec::new() }
}

fn html(columns: Vec<Column>, others: Option<Others>) -> String {
    let between = Some((NOON, NOON + Duration::from_secs(3600)));
    ComparisonView::of(&Comparison { between, columns, others }).to_string()
}

#[test]
fn nothing_to_compare_leads_to_the_first_book() {
    let html = ComparisonView::of(&Comparison::default()).to_string();
    assert!(html.contains("No rows yet") && html.contains("/books/new") && !html.contains("<svg"), "{html}");
}

#[test]
fn a_single_login_has_the_whole_bar() {
    let html = html(vec![column("sa", 0, [8, 0])], None);
    assert!(html.contains("100 %") && html.contains(r#"x="0" width="1000""#), "{html}");
}

#[test]
fn logins_stay_in_the_order_in_which_they_came_and_keep_their_colours() {
    let both = [column(r"CONTOSO\webgmsa$", 5, [0, 30]), column("sa", 0, [8, 0])];
    let html = html(both.into(), None);
    let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text} is not in {html}"));
    assert!(at("<strong>8</strong>") < at("<strong>30</strong>"));
    for login in ["sa", r"CONTOSO\webgmsa$"] {
        let class = crate::badge::Badge::of(login).class();
        for shape in ["fill", "line", "area"] {
            assert_eq!(html.matches(&format!("class=\"{shape} {class}\"")).count(), 1, "{shape} of {login}");
        }
    }
}

#[test]
fn the_texts_of_both_charts_and_the_table_say_what_they_show() {
    let html = html(vec![column("sa", 0, [8, 0]), column("webapp", 5, [0, 24])], None);
    for text in [
        r#"aria-label="Shares: sa 25 %, webapp 75 %""#,
        r#"aria-label="Rows from 12:00 to 13:00: sa from 0 to 8, webapp from 0 to 24""#,
        "<th scope=\"col\">Rows at 12:30</th>",
        "<th scope=\"row\">sa</th><td>8</td><td>25 %</td>",
        r#"data-summary="32 books: 8 by sa, 24 by webapp""#,
    ] {
        assert!(html.contains(text), "{text} is not in {html}");
    }
}

#[test]
fn logins_that_share_a_colour_differ_by_a_pattern() {
    let logins = ["sa", "webapp", "reader", "writer"];
    let html = html(logins.map(|login| column(login, 0, [1, 1])).into(), None);
    // There are three colours for four SQL logins.
    assert!(html.contains(" twin\""), "{html}");
}

#[test]
fn thirty_logins_are_a_few_columns_and_the_others_together() {
    let columns: Vec<_> = (0..6).map(|number| column(&format!("login{number}"), number, [5, 5])).collect();
    let others = Others { logins: 24, column: column("", 0, [20, 20]) };
    let html = html(columns, Some(others));
    assert!(html.contains("24 other logins") && html.contains("many"), "{html}");
    assert_eq!(html.matches("class=\"card ").count(), 7);
}

#[test]
fn a_names_markup_is_escaped_everywhere() {
    let html = html(vec![column("<b>\"x", 0, [1, 0])], None);
    assert!(!html.contains("<b>") && !html.contains("\"x\""), "{html}");
}

#[test]
fn a_state_differs_just_when_something_that_is_shown_does() {
    let state = |books| {
        let html = html(vec![column("sa", 0, [books, 0])], None);
        html.split_once("data-state=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!(state(3), state(3));
    assert_ne!(state(3), state(4));
}

#[test]
fn an_address_says_how_far_back_and_nonsense_says_all() {
    for range in Range::ALL {
        let query = range.href().split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
        assert_eq!(Range::parse(&query), range);
        assert_eq!(Range::parse(range.events().split_once('?').unwrap().1), range);
        assert_eq!(Range::ALL[range.index()], range);
    }
    assert_eq!(Range::parse("last=forever&last=day"), Range::All);
}

#[test]
fn a_time_line_is_labelled_as_closely_as_its_length_asks() {
    let clock = |minutes: u32| Clock::of(NOON, NOON + Duration::from_secs(60) * minutes).write(NOON);
    assert_eq!([5, 90, 3 * 1440, 30 * 1440].map(clock), ["12:00:00", "12:00", "5 Mar 2026, 12:00", "5 Mar 2026"]);
}
