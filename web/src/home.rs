//! The front page: what this shop shows, who it is to the database, and which logins made the books.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use bookstore_db::error::Error;
use bookstore_db::identity::LoginState;
use bookstore_db::list::{BookPage, CreatorCount, ListRequest, Sort, SortColumn};
use bookstore_db::store::Store;

use crate::app::AppState;
use crate::badge::Badge;
use crate::books::{BookView, ListQuery, day, grouped};
use crate::error::Failure;
use crate::identity::IdentityFacts;
use crate::layout::{Frame, Section};
use crate::shared::{Address, Asked, Page};

/// How many of the newest books the front page shows.
const NEWEST: u32 = 6;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    identity: IdentityFacts,
    creators: Vec<CreatorShare>,
    newest: Vec<BookView>,
    total: String,
}

/// A login's part of all books.
struct CreatorShare {
    badge: Badge,
    href: String,
    books: String,
    percent: i64,
    first_on: String,
    last_on: String,
}

impl CreatorShare {
    fn of(creator: &CreatorCount, total: i64) -> Self {
        Self {
            badge: Badge::of(&creator.created_by),
            href: ListQuery::by_creator(&creator.created_by).href(),
            books: if creator.books == 1 { "1 book".to_owned() } else { format!("{} books", grouped(creator.books)) },
            percent: (creator.books.saturating_mul(100) + total / 2) / total.max(1),
            first_on: day(creator.first_on),
            last_on: day(creator.last_on),
        }
    }
}

async fn home(State(state): State<AppState>, asked: Asked) -> Result<Response, Failure> {
    Ok(state.pages.lists.get(state.store(), Address::Home, newest, draw).await?.answer(&asked))
}

async fn newest(store: Arc<Store>) -> Result<Arc<BookPage>, Error> {
    let sort = Sort { column: SortColumn::Id, descending: true };
    store.list(&ListRequest { search: String::new(), creator: String::new(), sort, page: 1, page_size: NEWEST }).await
}

fn draw(page: &Arc<BookPage>, login: &LoginState) -> Result<Page, Failure> {
    Page::render(&HomePage {
        frame: Frame::known(login, Section::Home),
        identity: IdentityFacts::short(login),
        creators: page.creators.iter().map(|creator| CreatorShare::of(creator, page.total)).collect(),
        newest: page.books.iter().cloned().map(BookView::shelf).collect(),
        total: grouped(page.total),
    })
}
