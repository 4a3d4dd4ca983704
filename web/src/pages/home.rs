//! The front page: the newest books, the login that the shop uses, and the logins that created the books.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use bookstore_db::error::Error;
use bookstore_db::identity::LoginState;
use bookstore_db::list::{BookPage, CreatorCount, ListRequest, Sort, SortColumn};
use bookstore_db::search::BookFilter;
use bookstore_db::store::Store;

use super::books::query::ListQuery;
use super::books::view::{BookStyle, BookView};
use crate::http::error::HandlerError;
use crate::http::page_cache::PageOrRedirect;
use crate::http::rendered_page::{RenderedPage, RequestConditions};
use crate::state::AppState;
use crate::view::badge::Badge;
use crate::view::currency::Currency;
use crate::view::formats::{books_text, day, percentages};
use crate::view::identity_facts::IdentityFacts;
use crate::view::layout::{PageContext, Section};
use crate::view::login_palette::LoginPalette;

/// The number of newest books on the front page.
const NEWEST: u32 = 6;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    context: PageContext,
    identity: IdentityFacts,
    creators: Vec<CreatorShare>,
    newest: Vec<BookView>,
    total: String,
}

/// The share of one login in all books.
struct CreatorShare {
    badge: Badge,
    href: String,
    books: String,
    percent: String,
    /// The width of its bar, in permille of all books.
    permille: i64,
    first_on: String,
    last_on: String,
}

impl CreatorShare {
    fn of(creator: &CreatorCount, percent: String, total: i64, palette: &LoginPalette) -> Self {
        Self {
            badge: palette.badge(&creator.created_by),
            href: ListQuery::by_creator(&creator.created_by).href(),
            books: books_text(creator.books),
            percent,
            permille: creator.books.saturating_mul(1000) / total.max(1),
            first_on: day(creator.first_on),
            last_on: day(creator.last_on),
        }
    }
}

pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    conditions: RequestConditions,
) -> Result<Response, HandlerError> {
    let currency = state.currency.clone();
    let render = move |page: &BookPage, login: &LoginState| render(page, login, currency);
    Ok(state.pages.get(state.store(), "/".to_owned(), read_newest, render).await?.respond(&conditions))
}

async fn read_newest(store: Arc<Store>) -> Result<BookPage, Error> {
    let sort = Sort { column: SortColumn::Id, descending: true };
    store.list(&ListRequest { filter: BookFilter::default(), sort, page: 1, page_size: NEWEST }).await
}

fn render(page: &BookPage, login: &LoginState, currency: Currency) -> Result<PageOrRedirect, HandlerError> {
    let style = BookStyle { palette: LoginPalette::of_creators(login, &page.creators), currency };
    let counts: Vec<_> = page.creators.iter().map(|creator| creator.books).collect();
    let shares = page.creators.iter().zip(percentages(&counts));
    let share = |(creator, percent)| CreatorShare::of(creator, percent, page.total, &style.palette);
    Ok(RenderedPage::html(&HomePage {
        context: PageContext::with_palette(login, Section::Home, &style.palette),
        identity: IdentityFacts::summary(login, &style.palette),
        creators: shares.map(share).collect(),
        newest: page.books.iter().map(|book| BookView::with_text_beside_cover(book.clone(), &style)).collect(),
        total: books_text(page.total),
    })?
    .into())
}
