//! What every page has around its content: the navigation and the identity line.

use std::convert::Infallible;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bookstore_db::identity::{AuthScheme, Encryption, Identity};
use bookstore_db::store::Store;

use crate::app::AppState;
use crate::badge::Badge;

/// The parts of the shop that the navigation leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Books,
    Add,
    Elsewhere,
}

impl Section {
    fn of(path: &str) -> Self {
        match path {
            "/" => Self::Home,
            "/books/new" => Self::Add,
            path if path == "/books" || path.starts_with("/books/") => Self::Books,
            _ => Self::Elsewhere,
        }
    }
}

/// Who the application is to the database, as far as a page can say.
#[derive(Clone, Debug, Template)]
#[template(path = "identity.html")]
pub(crate) struct IdentityLine {
    connection: Connection,
}

/// The template escapes what it is given.
impl HtmlSafe for IdentityLine {}

/// What the connection is to.
#[derive(Clone, Debug)]
enum Connection {
    /// No connection was made yet.
    None,
    /// The embedded store; rows are recorded under this name.
    Embedded(Badge),
    /// A login at a server.
    Server(Login),
}

/// A login at a server, in the words of the identity line.
#[derive(Clone, Debug)]
struct Login {
    badge: Badge,
    scheme: String,
    server: String,
    database: String,
    is_ntlm: bool,
    is_encrypted: bool,
}

impl IdentityLine {
    pub(crate) fn of(identity: Option<&Identity>) -> Self {
        Self { connection: identity.map_or(Connection::None, Connection::of) }
    }
}

impl Connection {
    fn of(identity: &Identity) -> Self {
        let badge = Badge::of(&identity.login);
        if identity.auth_scheme == AuthScheme::Embedded {
            return Self::Embedded(badge);
        }
        Self::Server(Login {
            badge,
            scheme: identity.auth_scheme.to_string(),
            server: identity.server.clone(),
            database: identity.database.clone(),
            is_ntlm: identity.auth_scheme == AuthScheme::Ntlm,
            is_encrypted: identity.encryption == Encryption::Full,
        })
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
        Self::known(store.identity().as_deref(), section)
    }

    /// For whoever knows the identity already.
    pub(crate) fn known(identity: Option<&Identity>, section: Section) -> Self {
        Self { section, identity: IdentityLine::of(identity) }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn line(scheme: AuthScheme, encryption: Encryption) -> String {
        let identity = Identity {
            login: r"BOOKSTORE\webgmsa$".into(),
            original_login: r"BOOKSTORE\webgmsa$".into(),
            auth_scheme: scheme,
            transport: Some("TCP".into()),
            spn: None,
            encryption,
            server: "SQL1".into(),
            server_version: "16.0.4135.4".into(),
            database: "Bookstore".into(),
            client_address: None,
        };
        IdentityLine::of(Some(&identity)).to_string()
    }

    #[test]
    fn kerberos_over_an_encrypted_connection_carries_no_warning() {
        let html = line(AuthScheme::Kerberos, Encryption::Full);
        assert!(html.contains("KERBEROS") && html.contains("webgmsa$"), "{html}");
        assert!(html.contains("SQL1") && html.contains("Bookstore") && !html.contains("warning"), "{html}");
    }

    #[test]
    fn ntlm_and_a_connection_in_the_clear_are_warnings() {
        assert_eq!(line(AuthScheme::Ntlm, Encryption::Full).matches("warning").count(), 1);
        assert_eq!(line(AuthScheme::Ntlm, Encryption::LoginOnly).matches("warning").count(), 2);
    }

    #[test]
    fn the_embedded_store_is_called_a_simulation() {
        assert!(line(AuthScheme::Embedded, Encryption::NotApplicable).contains("simulation"));
    }

    #[test]
    fn a_shop_that_never_reached_its_database_says_so() {
        assert!(IdentityLine::of(None).to_string().contains("Not connected"));
    }
}
