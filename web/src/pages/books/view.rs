//! Books and their columns as pages show them.

use bookstore_db::book::{Book, Field};
use bookstore_db::list::SortColumn;

use crate::view::badge::Badge;
use crate::view::cover::Cover;
use crate::view::currency::Currency;
use crate::view::formats::{day_time, grouped, rfc3339_millis};
use crate::view::login_palette::LoginPalette;

/// How a page shows its books.
#[derive(Clone, Debug)]
pub(crate) struct BookStyle {
    pub(crate) palette: LoginPalette,
    pub(crate) currency: Currency,
}

/// A book with its cover and the badge of its creator.
pub(crate) struct BookView {
    pub(crate) book: Book,
    pub(crate) badge: Badge,
    pub(crate) cover: Cover,
    pub(crate) price: String,
}

impl BookView {
    fn new(book: Book, cover: Cover, style: &BookStyle) -> Self {
        let (badge, price) = (style.palette.badge(&book.created_by), style.currency.format(book.price));
        Self { badge, cover, price, book }
    }

    /// For the page of the book.
    pub(super) fn with_full_cover(book: Book, style: &BookStyle) -> Self {
        Self::new(book.clone(), Cover::full(&book), style)
    }

    /// For a page that has the title beside the cover.
    pub(crate) fn with_text_beside_cover(book: Book, style: &BookStyle) -> Self {
        Self::new(book.clone(), Cover::decorative(&book), style)
    }

    /// For a row of the list.
    pub(super) fn with_thumbnail(book: Book, style: &BookStyle) -> Self {
        Self::new(book.clone(), Cover::thumbnail(&book), style)
    }

    /// When the database row was inserted, for people.
    pub(super) fn created_on(&self) -> String {
        day_time(self.book.created_on)
    }

    /// When the database row was inserted, for programs; `None` if the row has no time.
    pub(super) fn created_on_iso(&self) -> Option<String> {
        self.book.created_on.map(rfc3339_millis)
    }

    /// The number of reviews.
    pub(super) fn reviews(&self) -> String {
        grouped(i64::from(self.book.avg_customer_reviews))
    }
}

/// The heading of a column.
pub(super) fn column_heading(column: SortColumn) -> &'static str {
    match column {
        SortColumn::Id => "Id",
        SortColumn::Field(Field::AuthorFirstName) => "Author’s first name",
        SortColumn::Field(Field::AuthorLastName) => "Author",
        SortColumn::Field(Field::AvgCustomerReviews) => "Reviews",
        SortColumn::Field(field) => field_label(field),
        SortColumn::CreatedBy => "Created by",
        SortColumn::CreatedOn => "Created on",
    }
}

/// The label of a field.
pub(super) fn field_label(field: Field) -> &'static str {
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
