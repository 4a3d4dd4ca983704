//! The facts of the login. `/identity` shows all of them, the front page the most important ones.

use askama::Template;
use askama::filters::HtmlSafe;
use bookstore_db::identity::{AuthScheme, Encryption, Identity, LoginState};
use time::OffsetDateTime;

use super::badge::Badge;
use super::formats::{relative, utc};
use super::login_palette::LoginPalette;
use super::login_warning::LoginWarning;

/// The facts of a login, as a list.
#[derive(Clone, Debug, Template)]
#[template(path = "identity/facts.html")]
pub(crate) struct IdentityFacts {
    pub(crate) warnings: Vec<LoginWarning>,
    login: Option<LoginFacts>,
    /// Whether all facts are shown.
    is_complete: bool,
}

/// The template escapes its values.
impl HtmlSafe for IdentityFacts {}

/// The facts of the newest login.
#[derive(Clone, Debug)]
struct LoginFacts {
    badge: Badge,
    identity: Identity,
    since: Option<String>,
    is_embedded: bool,
}

impl IdentityFacts {
    /// All facts.
    pub(crate) fn complete(state: &LoginState, palette: &LoginPalette) -> Self {
        let now = OffsetDateTime::now_utc();
        let since = state.since.map(|since| format!("{} ({})", utc(since), relative(since, now)));
        let login = state.identity.as_deref().map(|identity| LoginFacts {
            badge: palette.badge(&identity.login),
            since,
            is_embedded: identity.auth_scheme == AuthScheme::Embedded,
            identity: identity.clone(),
        });
        Self { warnings: LoginWarning::of(state), login, is_complete: true }
    }

    /// The most important facts.
    pub(crate) fn summary(state: &LoginState, palette: &LoginPalette) -> Self {
        Self { is_complete: false, ..Self::complete(state, palette) }
    }

    fn has(&self, warning: LoginWarning) -> bool {
        self.warnings.contains(&warning)
    }
}

impl LoginFacts {
    fn is_impersonated(&self) -> bool {
        self.identity.original_login != self.identity.login
    }

    fn auth_scheme_meaning(&self) -> &'static str {
        match self.identity.auth_scheme {
            AuthScheme::Sql => "a user name and a password, checked by SQL Server",
            AuthScheme::Kerberos => "a ticket for the service; the application has no password",
            AuthScheme::Ntlm => "does not authenticate the server; usually the SPN is missing or wrong",
            AuthScheme::Embedded => "a simulation: nobody logs in",
            AuthScheme::Other(_) => "as reported by the server",
        }
    }

    fn encryption(&self) -> String {
        let what = match self.identity.encryption {
            Encryption::Full => "All traffic is encrypted",
            Encryption::LoginOnly => "Only the login is encrypted",
            Encryption::NotApplicable => "No network: the store is a file",
        };
        match &self.identity.tls {
            Some(session) => format!("{what}: {session}"),
            None => what.to_owned(),
        }
    }
}
