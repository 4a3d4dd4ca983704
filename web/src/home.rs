//! The front page: what this shop shows, who it is to the database, and which logins made the books.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use bookstore_db::error::Error;
use bookstore_db::identity::{AuthScheme, Encryption, Identity};
use bookstore_db::list::{BookPage, CreatorCount, ListRequest, Sort, SortColumn};
use bookstore_db::store::Store;

use crate::app::AppState;
use crate::badge::Badge;
use crate::books::{BookView, ListQuery, day, grouped};
use crate::error::Failure;
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
    identity: Option<IdentityFacts>,
    creators: Vec<CreatorShare>,
    newest: Vec<BookView>,
    total: String,
}

/// The identity, line by line.
struct IdentityFacts {
    badge: Badge,
    original_login: Option<String>,
    scheme: String,
    scheme_meaning: &'static str,
    scheme_warns: bool,
    server: String,
    server_version: String,
    database: String,
    encryption: &'static str,
    encryption_warns: bool,
    is_embedded: bool,
}

impl IdentityFacts {
    fn of(identity: &Identity) -> Self {
        let impersonates = identity.original_login != identity.login;
        Self {
            badge: Badge::of(&identity.login),
            original_login: impersonates.then(|| identity.original_login.clone()),
            scheme: identity.auth_scheme.to_string(),
            scheme_meaning: meaning(&identity.auth_scheme),
            scheme_warns: identity.auth_scheme == AuthScheme::Ntlm,
            server: identity.server.clone(),
            server_version: identity.server_version.clone(),
            database: identity.database.clone(),
            encryption: match identity.encryption {
                Encryption::Full => "All traffic is encrypted",
                Encryption::LoginOnly => "Only the login is encrypted",
                Encryption::NotApplicable => "No network: the store is a file",
            },
            encryption_warns: identity.encryption == Encryption::LoginOnly,
            is_embedded: identity.auth_scheme == AuthScheme::Embedded,
        }
    }
}

fn meaning(scheme: &AuthScheme) -> &'static str {
    match scheme {
        AuthScheme::Sql => "a name and a password that SQL Server keeps",
        AuthScheme::Kerberos => "a ticket for the service; no password in the application",
        AuthScheme::Ntlm => "the fall-back that proves no server: the service’s SPN is missing or wrong",
        AuthScheme::Embedded => "a simulation: nobody logs in",
        AuthScheme::Other(_) => "by the server’s own word",
    }
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

fn draw(page: &Arc<BookPage>, identity: Option<&Identity>) -> Result<Page, Failure> {
    Page::render(&HomePage {
        frame: Frame::known(identity, Section::Home),
        identity: identity.map(IdentityFacts::of),
        creators: page.creators.iter().map(|creator| CreatorShare::of(creator, page.total)).collect(),
        newest: page.books.iter().cloned().map(BookView::shelf).collect(),
        total: grouped(page.total),
    })
}
