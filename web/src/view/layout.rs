//! The layout around every page: navigation and identity line.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use bookstore_db::identity::LoginState;

use super::identity_line::IdentityLine;
use super::login_palette::LoginPalette;
use crate::state::AppState;

/// A part of the shop in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Books,
    Add,
    Compare,
    Evidence,
    Api,
    Other,
}

impl Section {
    fn of_path(path: &str) -> Self {
        match path {
            "/" => Self::Home,
            "/books/new" => Self::Add,
            "/compare" => Self::Compare,
            "/identity" => Self::Evidence,
            "/api" => Self::Api,
            path if path == "/books" || path.starts_with("/books/") => Self::Books,
            _ => Self::Other,
        }
    }
}

/// What the layout of a page shows. Handlers take it from the request.
#[derive(Clone, Debug)]
pub(crate) struct PageContext {
    pub(crate) section: Section,
    pub(crate) identity: IdentityLine,
    /// For a projector: larger type, no navigation.
    pub(crate) is_stage: bool,
}

impl PageContext {
    pub(crate) fn new(login: &LoginState, section: Section) -> Self {
        Self::with_palette(login, section, &LoginPalette::of(login))
    }

    /// For a page that shows several logins: the shop's own has the same colour in the identity line as below.
    pub(crate) fn with_palette(login: &LoginState, section: Section, palette: &LoginPalette) -> Self {
        Self { section, identity: IdentityLine::of(login, palette), is_stage: false }
    }

    /// The same on stage, or not.
    pub(crate) fn on_stage(self, is_stage: bool) -> Self {
        Self { is_stage, ..self }
    }

    pub(crate) fn is_in(&self, section: Section) -> bool {
        self.section == section
    }
}

impl FromRequestParts<Arc<AppState>> for PageContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, Infallible> {
        Ok(Self::new(&state.store().login_state(), Section::of_path(parts.uri.path())))
    }
}
