//! The identity line at the top of every page: which login the shop uses.

use askama::Template;
use askama::filters::HtmlSafe;
use bookstore_db::identity::{AuthScheme, Encryption, Identity, LoginState};
use bookstore_db::unavailable_reason::UnavailableReason;
use time::OffsetDateTime;

use super::badge::Badge;
use super::formats::capitalized;
use super::login_palette::LoginPalette;

/// The login of the newest connection.
#[derive(Clone, Debug, Template)]
#[template(path = "identity/line.html")]
pub(crate) struct IdentityLine {
    connection: Connection,
    /// Since when the database has been unavailable: the connection is the last known one.
    outage_since: Option<OffsetDateTime>,
    /// Why the database is unavailable, or could not serve this request.
    problem: Option<String>,
}

/// The template escapes its values.
impl HtmlSafe for IdentityLine {}

/// What the shop is connected to.
#[derive(Clone, Debug)]
enum Connection {
    /// No connection was opened yet.
    None,
    /// The embedded store; new books carry this name.
    Embedded(Badge),
    /// A login on a server.
    Server(ServerLogin),
}

/// A login on a server, as the identity line shows it.
#[derive(Clone, Debug)]
struct ServerLogin {
    badge: Badge,
    scheme: String,
    server: String,
    database: String,
    is_ntlm: bool,
    is_encrypted: bool,
}

impl IdentityLine {
    pub(crate) fn of(state: &LoginState, palette: &LoginPalette) -> Self {
        let connection = state.identity.as_deref().map(|identity| Connection::of(identity, palette));
        Self {
            connection: connection.unwrap_or(Connection::None),
            outage_since: state.outage.as_ref().map(|outage| outage.since),
            problem: state.outage.as_ref().map(|outage| sentence(UnavailableReason::of(&outage.error))),
        }
    }

    /// Shows why the database could not serve this request.
    pub(crate) fn with_reason(self, reason: UnavailableReason) -> Self {
        Self { problem: Some(sentence(Some(reason))), ..self }
    }
}

fn sentence(reason: Option<UnavailableReason>) -> String {
    reason.map_or_else(|| "The database is unavailable".to_owned(), |reason| capitalized(&reason.to_string()))
}

impl Connection {
    fn of(identity: &Identity, palette: &LoginPalette) -> Self {
        let badge = palette.badge(&identity.login);
        if identity.auth_scheme == AuthScheme::Embedded {
            return Self::Embedded(badge);
        }
        Self::Server(ServerLogin {
            badge,
            scheme: identity.auth_scheme.to_string(),
            server: identity.server.clone(),
            database: identity.database.clone(),
            is_ntlm: identity.auth_scheme == AuthScheme::Ntlm,
            is_encrypted: identity.encryption == Encryption::Full,
        })
    }
}
