//! The login, fact by fact. The front page shows the few that matter most, `/identity` all.

use askama::Template;
use askama::filters::HtmlSafe;
use bookstore_db::identity::{AuthScheme, Encryption, Identity, LoginState};
use time::OffsetDateTime;

use super::moment::{distance, moment};
use crate::badge::Badge;

/// What everybody who looks must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The login is by NTLM.
    Ntlm,
    /// Only the login is encrypted.
    NotEncrypted,
    /// Nobody logs in.
    Embedded,
    /// The database cannot be had now.
    Away,
}

impl Mark {
    /// All that apply.
    pub(crate) fn of(state: &LoginState) -> Vec<Self> {
        let says = |what: fn(&Identity) -> bool| state.identity.as_deref().is_some_and(what);
        let marks = [
            (Self::Away, state.away.is_some()),
            (Self::Embedded, says(|identity| identity.auth_scheme == AuthScheme::Embedded)),
            (Self::Ntlm, says(|identity| identity.auth_scheme == AuthScheme::Ntlm)),
            (Self::NotEncrypted, says(|identity| identity.encryption == Encryption::LoginOnly)),
        ];
        marks.into_iter().filter_map(|(mark, applies)| applies.then_some(mark)).collect()
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Ntlm => "NTLM, not Kerberos",
            Self::NotEncrypted => "Not encrypted",
            Self::Embedded => "A simulation",
            Self::Away => "The database cannot be reached now",
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Ntlm => {
                "This login is the fall-back that proves no server. Most often the SPN of the name in the connection string is not \
                 registered: setspn -S registers it."
            }
            Self::NotEncrypted => {
                "Only the login itself is encrypted; books travel in the clear. Encrypt=Optional in the connection string says so."
            }
            Self::Embedded => {
                "This is the embedded store, a file. Nobody logs in, and rows carry the name in the connection string."
            }
            Self::Away => "A login that is shown here is the last known one. The shop tries again with every request.",
        }
    }
}

/// The facts of a login.
#[derive(Clone, Debug, Template)]
#[template(path = "identity/facts.html")]
pub(crate) struct IdentityFacts {
    pub(super) marks: Vec<Mark>,
    pub(super) known: Option<Known>,
    /// All of them, or the few of the front page.
    whole: bool,
}

/// The template escapes what it is given.
impl HtmlSafe for IdentityFacts {}

/// What is known once a first login was made.
#[derive(Clone, Debug)]
pub(super) struct Known {
    badge: Badge,
    identity: Identity,
    since: Option<String>,
    is_embedded: bool,
}

impl IdentityFacts {
    /// All of them.
    pub(crate) fn of(state: &LoginState) -> Self {
        let now = OffsetDateTime::now_utc();
        let since = state.since.map(|since| format!("{} ({})", moment(since), distance(since, now)));
        let known = state.identity.as_deref().map(|identity| Known {
            badge: Badge::of(&identity.login),
            since,
            is_embedded: identity.auth_scheme == AuthScheme::Embedded,
            identity: identity.clone(),
        });
        Self { marks: Mark::of(state), known, whole: true }
    }

    /// Only those that matter most.
    pub(crate) fn short(state: &LoginState) -> Self {
        Self { whole: false, ..Self::of(state) }
    }

    fn has(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }
}

impl Known {
    fn impersonates(&self) -> bool {
        self.identity.original_login != self.identity.login
    }

    fn scheme_meaning(&self) -> &'static str {
        match self.identity.auth_scheme {
            AuthScheme::Sql => "a name and a password that SQL Server keeps",
            AuthScheme::Kerberos => "a ticket for the service; no password in the application",
            AuthScheme::Ntlm => "the fall-back that proves no server: the service’s SPN is missing or wrong",
            AuthScheme::Embedded => "a simulation: nobody logs in",
            AuthScheme::Other(_) => "by the server’s own word",
        }
    }

    fn encryption(&self) -> &'static str {
        match self.identity.encryption {
            Encryption::Full => "All traffic is encrypted",
            Encryption::LoginOnly => "Only the login is encrypted",
            Encryption::NotApplicable => "No network: the store is a file",
        }
    }
}
