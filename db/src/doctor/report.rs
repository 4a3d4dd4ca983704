//! What a run of the doctor says: each check, and one verdict.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The links between this process and a row in the database, in the order in which they are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// The connection string and the settings around it.
    ConnectionString,
    /// This process: account, system, build.
    Process,
    /// The database's server by its name.
    ServerName,
    /// How the domain controllers are found.
    DomainRecords,
    /// Whether the domain controllers answer.
    DomainControllers,
    /// This clock against a domain controller's.
    Clock,
    /// The port of SQL Server.
    ServerPort,
    /// Ticket cache, keytab, logon session.
    Credentials,
    /// The ticket that all other tickets are got with.
    LogonTicket,
    /// The ticket for SQL Server.
    ServiceTicket,
    /// TDS's first exchange.
    Prelogin,
    /// Encryption and the server's certificate.
    Tls,
    /// The login itself.
    Login,
    /// How the login was proved.
    AuthScheme,
    /// The database asked for.
    Database,
    /// This clock against the server's.
    ServerClock,
    /// The tables.
    Schema,
    /// What the login may do to them.
    Permissions,
    /// A write that is rolled back.
    Write,
    /// The embedded store.
    EmbeddedStore,
    /// A file or folder that was looked at before anything ran.
    PreFlight,
}

impl Link {
    /// The name that people read.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ConnectionString => "connection string",
            Self::Process => "process",
            Self::ServerName => "server name",
            Self::DomainRecords => "domain DNS records",
            Self::DomainControllers => "domain controllers",
            Self::Clock => "clock",
            Self::ServerPort => "server port",
            Self::Credentials => "credentials",
            Self::LogonTicket => "logon ticket",
            Self::ServiceTicket => "service ticket",
            Self::Prelogin => "prelogin",
            Self::Tls => "encryption",
            Self::Login => "login",
            Self::AuthScheme => "auth scheme",
            Self::Database => "database",
            Self::ServerClock => "server clock",
            Self::Schema => "schema",
            Self::Permissions => "permissions",
            Self::Write => "write",
            Self::EmbeddedStore => "embedded store",
            Self::PreFlight => "pre-flight",
        }
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// As it should be.
    Pass,
    /// It works, and something is not as it should be.
    Warn,
    /// It does not work.
    Fail,
    /// It cannot be looked at from here.
    NotPossible,
    /// It was not looked at, as an earlier link is broken.
    Skipped,
}

/// Who can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// Whoever runs the shop.
    Application,
    /// The administrator of SQL Server.
    SqlServer,
    /// The administrator of Active Directory.
    Directory,
    /// The administrator of the cluster, its network and its machines.
    Cluster,
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Application => "application",
            Self::SqlServer => "SQL Server",
            Self::Directory => "directory",
            Self::Cluster => "cluster",
        })
    }
}

/// Something to do about a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// By whom.
    pub by: Audience,
    /// What it is for, without a full stop; perhaps empty where the command says it.
    pub to: String,
    /// A command to run or a text to write, one a line; perhaps empty.
    pub command: String,
}

/// One thing that the evidence fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The row of the table of known failures, `docs/gmsa-facts.md` section 4.
    pub row: Option<u8>,
    /// What is wrong.
    pub what: String,
    /// What mends it.
    pub fixes: Vec<Fix>,
    /// What would tell it from the other causes, where there are several.
    pub told_by: Option<String>,
}

impl Cause {
    /// A cause of the table's row.
    pub fn row(row: u8, what: impl Into<String>) -> Self {
        Self { row: Some(row), ..Self::other(what) }
    }

    /// A cause that the table does not have.
    pub fn other(what: impl Into<String>) -> Self {
        Self { row: None, what: what.into(), fixes: Vec::new(), told_by: None }
    }

    /// With something to do about it.
    #[must_use]
    pub fn fix(mut self, by: Audience, to: impl Into<String>, command: impl Into<String>) -> Self {
        self.fixes.push(Fix { by, to: to.into(), command: command.into() });
        self
    }

    /// With what would tell it from the others.
    #[must_use]
    pub fn told_by(mut self, how: impl Into<String>) -> Self {
        self.told_by = Some(how.into());
        self
    }
}

/// One look at one link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which link.
    pub link: Link,
    /// How it ended.
    pub status: Status,
    /// What was tried.
    pub tried: String,
    /// What was seen.
    pub seen: String,
    /// What the evidence fits, if it is not as it should be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// How long it took, in milliseconds.
    #[serde(rename = "took_ms", serialize_with = "milliseconds")]
    pub took: Duration,
}

fn milliseconds<S: Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}

/// What it all comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// All is as it should be.
    Sound,
    /// It works, with something to see to.
    Warnings,
    /// It does not work.
    Broken,
}

impl State {
    /// 0 sound, 1 works with warnings, 2 broken.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Sound => 0,
            Self::Warnings => 1,
            Self::Broken => 2,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sound => "sound",
            Self::Warnings => "works, with warnings",
            Self::Broken => "broken",
        })
    }
}

/// The first broken link, or the first one with a warning, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Sound, or not.
    pub state: State,
    /// Which link; none if all is sound.
    pub link: Option<Link>,
    /// What was seen there, or in one sentence what works.
    pub what: String,
    /// What the evidence fits.
    pub causes: Vec<Cause>,
}

/// A run of the doctor. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What it comes to.
    pub verdict: Verdict,
    /// The connection string, its password hidden; empty if it was not understood.
    pub connection_string: String,
    /// When it was looked, by this machine's clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: SystemTime,
    /// How long it all took, in milliseconds.
    #[serde(rename = "took_ms", serialize_with = "milliseconds")]
    pub took: Duration,
    /// Every check in order.
    pub checks: Vec<Check>,
    /// What nobody can see from here.
    pub not_visible: Vec<String>,
}

fn rfc3339<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&moment(*at))
}

/// A moment in UTC, to the second.
#[must_use]
pub fn moment(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at).replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(&Rfc3339).unwrap_or_default()
}

impl Verdict {
    /// By the first check that failed, or else the first one with a warning; `sound` says what works if there is neither.
    #[must_use]
    pub fn of(checks: &[Check], sound: impl FnOnce() -> String) -> Self {
        let first = |status| checks.iter().find(|check| check.status == status);
        let (state, check) = match (first(Status::Fail), first(Status::Warn)) {
            (Some(check), _) => (State::Broken, check),
            (None, Some(check)) => (State::Warnings, check),
            (None, None) => return Self { state: State::Sound, link: None, what: sound(), causes: Vec::new() },
        };
        Self { state, link: Some(check.link), what: check.seen.clone(), causes: check.causes.clone() }
    }
}
