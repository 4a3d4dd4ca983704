//! The list of books: searched, filtered, sorted, in pages.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use bookstore_db::book::Field;
use bookstore_db::identity::LoginState;
use bookstore_db::list::{BookPage, CreatorCount, SortColumn};
use bookstore_db::store::Store;

use super::notice::SavedNotice;
use super::pager::{Pager, PagerItem};
use super::query::ListQuery;
use super::view::{BookStyle, BookView, column_heading};
use crate::http::error::HandlerError;
use crate::http::page_cache::PageOrRedirect;
use crate::http::rendered_page::{RenderedPage, RequestConditions};
use crate::state::AppState;
use crate::view::badge::Badge;
use crate::view::currency::Currency;
use crate::view::formats::{books_text, grouped};
use crate::view::layout::{PageContext, Section};
use crate::view::login_palette::LoginPalette;

/// The page sizes of the form. An address may have others.
const PAGE_SIZES: [u32; 4] = [10, 20, 50, 100];
/// The columns of the table. The login comes right after the title: it is what the shop is about.
const COLUMNS: [SortColumn; 8] = [
    SortColumn::Field(Field::Title),
    SortColumn::CreatedBy,
    SortColumn::Field(Field::AuthorLastName),
    SortColumn::Field(Field::Price),
    SortColumn::Field(Field::AvgCustomerReviews),
    SortColumn::Field(Field::BookLanguage),
    SortColumn::Field(Field::Publisher),
    SortColumn::CreatedOn,
];
/// Logins above the table; more of them are folded.
const CHIPS: usize = 6;

#[derive(Template)]
#[template(path = "books/list.html")]
struct ListPage {
    context: PageContext,
    notice: Option<SavedNotice>,
    query: ListQuery,
    columns: Vec<ColumnHeader>,
    /// A link to the list of all logins.
    all: CreatorChip,
    creators: Vec<CreatorChip>,
    more_creators: Vec<CreatorChip>,
    page_sizes: Vec<u32>,
    books: Vec<BookView>,
    range: String,
    pager: Option<Pager>,
}

/// The header of a column: a link that sorts by it.
struct ColumnHeader {
    name: SortColumn,
    heading: &'static str,
    href: String,
    /// `ascending`, `descending`, or none if the list is sorted by another column.
    order: Option<&'static str>,
}

impl ColumnHeader {
    fn of(column: SortColumn, query: &ListQuery) -> Self {
        let order = if query.sort.descending { "descending" } else { "ascending" };
        Self {
            name: column,
            heading: column_heading(column),
            href: query.sorted_by(column).href(),
            order: (query.sort.column == column).then_some(order),
        }
    }
}

/// A link to the books of one login, or of all.
struct CreatorChip {
    /// None for all logins.
    badge: Option<Badge>,
    href: String,
    books: String,
    is_current: bool,
}

/// `GET /books`. A form's address with empty fields redirects to the short one.
pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    RawQuery(query): RawQuery,
    conditions: RequestConditions,
) -> Result<Response, HandlerError> {
    let raw = query.unwrap_or_default();
    let (query, notice) = (ListQuery::parse(&raw), SavedNotice::parse(&raw));
    if notice.is_none() && query.has_redundant_parameters(&raw) {
        return Ok(Redirect::to(&query.href()).into_response());
    }
    let address = SavedNotice::append_to(notice.as_ref(), query.href());
    let (request, currency) = (query.request(), state.currency.clone());
    let read = move |store: Arc<Store>| async move { store.list(&request).await };
    let render = move |page: &BookPage, login: &LoginState| render(page, login, query, notice, currency);
    Ok(state.pages.get(state.store(), address, read, render).await?.respond(&conditions))
}

/// A page after the last one redirects to the last one.
pub(super) fn render(
    page: &BookPage,
    login: &LoginState,
    query: ListQuery,
    notice: Option<SavedNotice>,
    currency: Currency,
) -> Result<PageOrRedirect, HandlerError> {
    let last_page = query.last_page(page.total);
    if query.page > last_page {
        return Ok(PageOrRedirect::Redirect(query.at_page(last_page).href()));
    }
    let style = BookStyle { palette: LoginPalette::of_creators(login, &page.creators), currency };
    let context = PageContext::with_palette(login, Section::Books, &style.palette);
    Ok(RenderedPage::html(&ListPage::new(context, notice, query, page, last_page, &style))?.into())
}

impl ListPage {
    fn new(
        context: PageContext,
        notice: Option<SavedNotice>,
        query: ListQuery,
        page: &BookPage,
        last_page: u32,
        style: &BookStyle,
    ) -> Self {
        let mut page_sizes = PAGE_SIZES.to_vec();
        if !page_sizes.contains(&query.page_size) {
            page_sizes.push(query.page_size);
            page_sizes.sort_unstable();
        }
        let all = CreatorChip {
            badge: None,
            href: query.with_creator("").href(),
            books: grouped(page.creators.iter().map(|creator| creator.books).sum()),
            is_current: query.filter.creator.is_empty(),
        };
        let mut creators = creator_chips(&page.creators, &query, &style.palette);
        let more_creators = creators.split_off(creators.len().min(CHIPS));
        Self {
            context,
            notice,
            columns: COLUMNS.map(|column| ColumnHeader::of(column, &query)).into(),
            all,
            creators,
            more_creators,
            page_sizes,
            range: range(&query, page.books.len(), page.total),
            pager: (last_page > 1).then(|| Pager::new(&query, last_page)),
            books: page.books.iter().cloned().map(|book| BookView::with_thumbnail(book, style)).collect(),
            query,
        }
    }

    /// The orders of the form: those of the table, after the default.
    fn orders(&self) -> impl Iterator<Item = (SortColumn, &'static str)> {
        std::iter::once(SortColumn::Id).chain(COLUMNS).map(|column| (column, column_heading(column)))
    }
}

/// All logins with books, and the selected one even if it has none. The selected one is never folded.
fn creator_chips(creators: &[CreatorCount], query: &ListQuery, palette: &LoginPalette) -> Vec<CreatorChip> {
    let selected = query.filter.creator.as_str();
    let chip = |login: &str, books| CreatorChip {
        badge: Some(palette.badge(login)),
        href: query.with_creator(login).href(),
        books: grouped(books),
        is_current: login == selected,
    };
    // Rows without a creator cannot be filtered: an empty filter is none.
    let named = creators.iter().filter(|creator| !creator.created_by.is_empty());
    let mut chips: Vec<_> = named.map(|creator| chip(&creator.created_by, creator.books)).collect();
    match chips.iter().position(|chip| chip.is_current) {
        Some(position) if position >= CHIPS => chips.swap(position, CHIPS - 1),
        None if !selected.is_empty() => chips.insert(0, chip(selected, 0)),
        _ => {}
    }
    chips
}

/// Which books the page shows: `21–40 of 123 books`.
fn range(query: &ListQuery, shown: usize, total: i64) -> String {
    let shown = i64::try_from(shown).unwrap_or(i64::MAX);
    let offset = query.request().offset();
    match total {
        total if shown == total => books_text(total),
        total => format!("{}–{} of {} books", grouped(offset + 1), grouped(offset + shown), grouped(total)),
    }
}
