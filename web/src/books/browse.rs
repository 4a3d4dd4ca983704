//! The list of books.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use bookstore_db::identity::LoginState;
use bookstore_db::list::{BookPage, CreatorCount, SortColumn};
use bookstore_db::store::Store;

use super::notice::Saved;
use super::pager::{Pager, Step};
use super::query::ListQuery;
use super::view::{BookView, grouped, heading};
use crate::app::AppState;
use crate::error::Failure;
use crate::layout::{Frame, Section};
use crate::shared::{Address, Asked, Page};

/// The page sizes that the form offers; an address may say others.
const PAGE_SIZES: [u32; 4] = [10, 20, 50, 100];

#[derive(Template)]
#[template(path = "books/list.html")]
struct ListPage {
    frame: Frame,
    saved: Option<Saved>,
    query: ListQuery,
    columns: Vec<Column>,
    creators: Vec<Creator>,
    page_sizes: Vec<u32>,
    books: Vec<BookView>,
    range: String,
    pager: Option<Pager>,
}

/// A column's head: a link that sorts by it.
struct Column {
    name: SortColumn,
    heading: &'static str,
    href: String,
    /// `ascending`, `descending`, or nothing if the list is in another order.
    order: Option<&'static str>,
}

impl Column {
    fn of(column: SortColumn, query: &ListQuery) -> Self {
        let direction = if query.sort.descending { "descending" } else { "ascending" };
        Self {
            name: column,
            heading: heading(column),
            href: query.sorted_by(column).href(),
            order: (query.sort.column == column).then_some(direction),
        }
    }
}

/// A login to filter by.
struct Creator {
    login: String,
    books: String,
    is_chosen: bool,
}

pub(super) async fn list(
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
    asked: Asked,
) -> Result<Response, Failure> {
    let raw = raw.unwrap_or_default();
    let (query, saved) = (ListQuery::parse(&raw), Saved::parse(&raw));
    let address = Address::List(query.clone(), saved);
    let request = query.request();
    let read = move |store: Arc<Store>| async move { store.list(&request).await };
    let draw = move |page: &Arc<BookPage>, login: &LoginState| draw(page, login, query, saved);
    Ok(state.pages.lists.get(state.store(), address, read, draw).await?.answer(&asked))
}

fn draw(page: &BookPage, login: &LoginState, query: ListQuery, saved: Option<Saved>) -> Result<Page, Failure> {
    let last = query.last_page(page.total);
    if query.page > last {
        return Ok(Page::Elsewhere(query.at_page(last).href()));
    }
    Page::render(&ListPage::of(Frame::known(login, Section::Books), saved, query, page, last))
}

impl ListPage {
    fn of(frame: Frame, saved: Option<Saved>, query: ListQuery, page: &BookPage, last: u32) -> Self {
        let creator = |count: &CreatorCount| Creator {
            is_chosen: count.created_by == query.creator,
            books: grouped(count.books),
            login: count.created_by.clone(),
        };
        let mut creators: Vec<Creator> = page.creators.iter().map(creator).collect();
        if !query.creator.is_empty() && !creators.iter().any(|creator| creator.is_chosen) {
            creators.push(Creator { login: query.creator.clone(), books: "0".to_owned(), is_chosen: true });
        }
        let mut page_sizes = PAGE_SIZES.to_vec();
        if !page_sizes.contains(&query.page_size) {
            page_sizes.push(query.page_size);
            page_sizes.sort_unstable();
        }
        Self {
            saved,
            columns: SortColumn::ALL.map(|column| Column::of(column, &query)).into(),
            creators,
            page_sizes,
            range: range(&query, page.books.len(), page.total),
            pager: (last > 1).then(|| Pager::of(&query, last)),
            books: page.books.iter().cloned().map(BookView::row).collect(),
            query,
            frame,
        }
    }
}

/// Which books the page shows, in words.
fn range(query: &ListQuery, shown: usize, total: i64) -> String {
    let shown = i64::try_from(shown).unwrap_or(i64::MAX);
    let offset = query.request().offset();
    match total {
        0 => "No books".to_owned(),
        1 => "1 book".to_owned(),
        total if shown == total => format!("{} books", grouped(total)),
        total => format!("{}–{} of {} books", grouped(offset + 1), grouped(offset + shown), grouped(total)),
    }
}
