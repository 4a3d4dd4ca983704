//! What every page has around its content: the navigation and the identity line.

use std::convert::Infallible;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bookstore_db::identity::LoginState;
use bookstore_db::store::Store;

use crate::app::AppState;
use crate::identity::IdentityLine;

/// The parts of the shop that the navigation leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Books,
    Add,
    Compare,
    Elsewhere,
}

impl Section {
    fn of(path: &str) -> Self {
        match path {
            "/" => Self::Home,
            "/books/new" => Self::Add,
            "/compare" => Self::Compare,
            path if path == "/books" || path.starts_with("/books/") => Self::Books,
            _ => Self::Elsewhere,
        }
    }
}

/// What the layout of a page needs to know. Handlers take it from the request.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) section: Section,
    pub(crate) identity: IdentityLine,
}

impl Frame {
    pub(crate) fn of(store: &Store, section: Section) -> Self {
        Self::known(&store.login_state(), section)
    }

    /// For whoever knows the login already.
    pub(crate) fn known(login: &LoginState, section: Section) -> Self {
        Self { section, identity: IdentityLine::of(login) }
    }

    pub(crate) fn is(&self, section: Section) -> bool {
        self.section == section
    }
}

impl FromRequestParts<AppState> for Frame {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self::of(&state.store(), Section::of(parts.uri.path())))
    }
}

pub(crate) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
/// Browsers may keep a page but ask again each time: another person may have changed a book.
pub(crate) const ASK_AGAIN: HeaderValue = HeaderValue::from_static("private, no-cache");

/// A page as a response.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(body) => (status, [(CONTENT_TYPE, HTML), (CACHE_CONTROL, ASK_AGAIN)], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
