//! The comparison as the page shows it.

use std::time::Duration;

use bookstore_db::comparison::{Comparison, CreatorHistory, OtherCreators};
use bookstore_db::identity::LoginState;
use bookstore_db::list::CreatorCount;
use time::OffsetDateTime;
use time::macros::datetime;

use super::time_range::{TimeRange, is_stage};
use super::view::ComparisonView;
use crate::view::login_palette::LoginPalette;

const NOON: OffsetDateTime = datetime!(2026-03-05 12:00 +1);

fn column(login: &str, first_minute: u32, added: [i64; 2]) -> CreatorHistory {
    let on = NOON + Duration::from_secs(60) * first_minute;
    let books = added.iter().sum();
    let count = CreatorCount { created_by: login.into(), books, first_on: Some(on), last_on: Some(on) };
    CreatorHistory { count, before: 0, added: added.into(), newest: Vec::new() }
}

fn html(columns: Vec<CreatorHistory>, others: Option<OtherCreators>) -> String {
    let between = Some((NOON, NOON + Duration::from_secs(3600)));
    view(&Comparison { between, creators: columns, others })
}

fn view(comparison: &Comparison) -> String {
    let nobody = LoginState { identity: None, since: None, outage: None };
    ComparisonView::of(comparison, &ComparisonView::palette(comparison, &nobody)).to_string()
}

#[test]
fn empty_comparison_links_to_adding_a_book() {
    let html = view(&Comparison::default());
    assert!(html.contains("No books yet") && html.contains("/books/new") && !html.contains("<svg"), "{html}");
}

#[test]
fn single_login_has_the_whole_bar() {
    let html = html(vec![column("sa", 0, [8, 0])], None);
    assert!(html.contains("100 %") && html.contains(r#"x="0" width="1000""#), "{html}");
}

#[test]
fn logins_stay_in_the_order_of_their_first_books() {
    let both = [column(r"CONTOSO\webgmsa$", 5, [0, 30]), column("sa", 0, [8, 0])];
    let html = html(both.into(), None);
    let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text} is not in {html}"));
    assert!(at("<strong>8</strong>") < at("<strong>30</strong>"));
    for login in ["sa", r"CONTOSO\webgmsa$"] {
        let class = LoginPalette::default().badge(login).class();
        for shape in ["fill", "line", "line-label"] {
            assert_eq!(html.matches(&format!("class=\"{shape} {class} dash-")).count(), 1, "{shape} of {login}");
        }
    }
}

#[test]
fn charts_have_labels_and_the_table_has_the_same_numbers() {
    let html = html(vec![column("sa", 0, [8, 0]), column("webapp", 5, [0, 24])], None);
    for text in [
        r#"aria-label="Shares: sa 25 %, webapp 75 %""#,
        r#"aria-label="Books from 12:00 to 13:00: sa from 0 to 8, webapp from 0 to 24""#,
        "<th scope=\"col\">Books at 12:30</th>",
        r#"<th scope="row">sa</th><td>8</td><td>25 %</td>"#,
        r#"data-summary="32 books: 8 by sa, 24 by webapp""#,
    ] {
        assert!(html.contains(text), "{text} is not in {html}");
    }
}

#[test]
fn no_two_lines_have_the_same_pattern() {
    let logins = ["sa", "webapp", r"D\one$", r"D\two$"];
    let html = html(logins.map(|login| column(login, 0, [1, 1])).into(), None);
    for dash in 0..4 {
        assert_eq!(html.matches(&format!("dash-{dash}\" d=")).count(), 1, "{html}");
    }
}

#[test]
fn five_logins_are_a_table_with_all_others_in_one_row() {
    let columns: Vec<_> = (0..6).map(|number| column(&format!("login{number}"), number, [5, 5])).collect();
    let others = OtherCreators { creators: 24, history: column("", 0, [20, 20]) };
    let html = html(columns, Some(others));
    assert!(html.contains("24 other logins") && html.contains("class=\"ranking\""), "{html}");
    assert_eq!(html.matches("<tr role=\"row\" class=").count(), 7);
    // The longest bar is that of the login with the most books.
    assert!(
        html.contains("<rect class=\"fill\" width=\"250\"") && html.contains("width=\"1000\" height=\"10\""),
        "{html}"
    );
}

#[test]
fn markup_in_a_name_is_escaped_everywhere() {
    let html = html(vec![column("<b>\"x", 0, [1, 0])], None);
    assert!(!html.contains("<b>") && !html.contains("\"x\""), "{html}");
}

#[test]
fn address_names_range_and_stage_and_unknown_names_mean_all() {
    for range in TimeRange::ALL {
        for stage in [false, true] {
            let query = range.href(stage).split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default();
            assert_eq!((TimeRange::parse(&query), is_stage(&query)), (range, stage));
        }
    }
    assert_eq!(TimeRange::parse("last=forever&last=day"), TimeRange::All);
}
