//! Books and their columns as pages show them.

use bookstore_db::book::Book;
use bookstore_db::draft::Field;
use bookstore_db::list::SortColumn;
use time::{Month, PrimitiveDateTime};

use crate::badge::Badge;
use crate::cover::Cover;

/// A book with what is drawn around it.
pub(crate) struct BookView {
    pub(crate) book: Book,
    pub(crate) badge: Badge,
    pub(crate) cover: Cover,
}

impl BookView {
    /// With its cover as the picture of the page.
    pub(super) fn full(book: Book) -> Self {
        Self { badge: Badge::of(&book.created_by), cover: Cover::full(&book), book }
    }

    /// With a cover above its title.
    pub(crate) fn shelf(book: Book) -> Self {
        Self { badge: Badge::of(&book.created_by), cover: Cover::decorative(&book), book }
    }

    /// With a cover for a row of a list.
    pub(super) fn row(book: Book) -> Self {
        Self { badge: Badge::of(&book.created_by), cover: Cover::thumbnail(&book), book }
    }

    /// When the row was made, for people.
    pub(super) fn created_on(&self) -> String {
        let on = self.book.created_on;
        format!("{}, {:02}:{:02}", day(on), on.hour(), on.minute())
    }

    /// When the row was made, for machines; the database's clock says no time zone.
    pub(super) fn created_on_iso(&self) -> String {
        let on = self.book.created_on;
        format!("{}T{:02}:{:02}:{:02}", on.date(), on.hour(), on.minute(), on.second())
    }

    /// The count of reviews, for people.
    pub(super) fn reviews(&self) -> String {
        grouped(i64::from(self.book.avg_customer_reviews))
    }
}

/// A day, as `5 Mar 2026`.
pub(crate) fn day(on: PrimitiveDateTime) -> String {
    let month = match on.month() {
        Month::January => "Jan",
        Month::February => "Feb",
        Month::March => "Mar",
        Month::April => "Apr",
        Month::May => "May",
        Month::June => "Jun",
        Month::July => "Jul",
        Month::August => "Aug",
        Month::September => "Sep",
        Month::October => "Oct",
        Month::November => "Nov",
        Month::December => "Dec",
    };
    format!("{} {month} {}", on.day(), on.year())
}

/// A count with a comma between its thousands.
pub(crate) fn grouped(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = String::from(if count < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The heading of a column.
pub(super) fn heading(column: SortColumn) -> &'static str {
    match column {
        SortColumn::Id => "Id",
        SortColumn::Title => "Title",
        SortColumn::AuthorFirstName => "First name",
        SortColumn::AuthorLastName => "Last name",
        SortColumn::AvgCustomerReviews => "Reviews",
        SortColumn::Price => "Price",
        SortColumn::BookLanguage => "Language",
        SortColumn::Publisher => "Publisher",
        SortColumn::CreatedBy => "Created by",
        SortColumn::CreatedOn => "Created on",
    }
}

/// The label of a field.
pub(super) fn label(field: Field) -> &'static str {
    match field {
        Field::Title => "Title",
        Field::AuthorFirstName => "Author’s first name",
        Field::AuthorLastName => "Author’s last name",
        Field::AvgCustomerReviews => "Customer reviews",
        Field::Price => "Price",
        Field::BookLanguage => "Language",
        Field::Publisher => "Publisher",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1000, 100_000, 2_147_483_647].map(grouped),
            ["0", "999", "1,000", "100,000", "2,147,483,647"]
        );
    }

    #[test]
    fn a_day_is_written_without_doubt_about_its_month() {
        assert_eq!(day(datetime!(2026-03-05 07:08:09)), "5 Mar 2026");
    }
}
