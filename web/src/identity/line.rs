//! The line on top of every page.

use askama::Template;
use askama::filters::HtmlSafe;
use bookstore_db::identity::{AuthScheme, Encryption, Identity, LoginState};

use crate::badge::Badge;

/// Who the application is to the database, as far as a page can say.
#[derive(Clone, Debug, Template)]
#[template(path = "identity/line.html")]
pub(crate) struct IdentityLine {
    connection: Connection,
    is_away: bool,
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
    pub(crate) fn of(state: &LoginState) -> Self {
        let connection = state.identity.as_deref().map_or(Connection::None, Connection::of);
        Self { connection, is_away: state.away.is_some() }
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
