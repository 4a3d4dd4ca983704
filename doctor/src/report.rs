//! The result of a run: each check, and one verdict.

mod cause;
mod link;

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub use cause::{Audience, Cause, Fix};
pub use link::Link;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The link works.
    Passed,
    /// The link works, but needs attention.
    Warning,
    /// The link does not work.
    Failed,
    /// The setup does not have this link, or another check covers it.
    NotApplicable,
    /// The link was not checked: it depends on a failed one, or did not reveal its state.
    Skipped,
}

/// The test of one link.
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
    /// The causes that fit, if it did not pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// How long it took, in milliseconds.
    #[serde(rename = "took_ms", serialize_with = "milliseconds")]
    pub took: Duration,
}

fn milliseconds<S: Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}

/// The verdict in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Every link was checked and works.
    Healthy,
    /// Nothing failed, but a link has a warning or was not checked.
    Warnings,
    /// A link failed.
    Failed,
}

impl State {
    /// The exit code: 0 healthy, 1 warnings, 2 failed.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Healthy => 0,
            Self::Warnings => 1,
            Self::Failed => 2,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Healthy => "healthy",
            Self::Warnings => "warnings",
            Self::Failed => "failed",
        })
    }
}

/// The first link that failed, or else the first one with a warning, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Healthy, warnings or failed.
    pub state: State,
    /// The link; none if all are healthy.
    pub link: Option<Link>,
    /// What was seen there; the login if all are healthy.
    pub what: String,
    /// How many checks ended in each status.
    pub coverage: String,
    /// The causes that fit.
    pub causes: Vec<Cause>,
}

/// A run of the doctor. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The result.
    pub verdict: Verdict,
    /// The connection string, its password hidden; empty if it could not be parsed.
    pub connection_string: String,
    /// When the run ended, by this machine's clock.
    #[serde(serialize_with = "rfc3339")]
    pub at: SystemTime,
    /// The id of the run's trace, as 32 hexadecimal digits; none if the program sends no traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// How long the run took, in milliseconds.
    #[serde(rename = "took_ms", serialize_with = "milliseconds")]
    pub took: Duration,
    /// Every check in order.
    pub checks: Vec<Check>,
    /// What cannot be seen from this process.
    pub not_visible: Vec<String>,
}

impl Report {
    /// Whether the login, or the key or password for it, was refused: repeating that may lock the account.
    #[must_use]
    pub fn is_login_refused(&self) -> bool {
        self.verdict.state == State::Failed
            && matches!(self.verdict.link, Some(Link::TicketGrantingTicket | Link::ServiceTicket | Link::Login))
    }
}

fn rfc3339<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format_utc(*at))
}

/// Formats a time in UTC, to the second.
#[must_use]
pub fn format_utc(at: SystemTime) -> String {
    let at = OffsetDateTime::from(at).replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(&Rfc3339).unwrap_or_default()
}

impl Verdict {
    /// The verdict of the checks, by the first that failed, or else the first with a warning, or else the first that
    /// was not run.
    #[must_use]
    pub fn of(checks: &[Check]) -> Self {
        let first = |status| checks.iter().find(|check| check.status == status);
        let coverage = coverage(checks);
        let (state, check) = match first(Status::Failed) {
            Some(check) => (State::Failed, check),
            None => match first(Status::Warning).or_else(|| first(Status::Skipped)) {
                Some(check) => (State::Warnings, check),
                None => {
                    let (link, causes) = (None, Vec::new());
                    return Self { state: State::Healthy, link, what: login(checks), coverage, causes };
                }
            },
        };
        Self { state, link: Some(check.link), what: check.seen.clone(), coverage, causes: check.causes.clone() }
    }
}

/// `12 checks passed, 1 failed, 6 skipped`
fn coverage(checks: &[Check]) -> String {
    let count = |status| checks.iter().filter(|check| check.status == status).count();
    let passed = count(Status::Passed);
    let others = [
        (Status::Warning, "with a warning"),
        (Status::Failed, "failed"),
        (Status::NotApplicable, "not applicable"),
        (Status::Skipped, "skipped"),
    ];
    let others = others.map(|(status, text)| (count(status), text)).into_iter().filter(|(count, _)| *count > 0);
    let others: String = others.map(|(count, text)| format!(", {count} {text}")).collect();
    let checks = if passed == 1 { "check" } else { "checks" };
    format!("{passed} {checks} passed{others}")
}

/// `CONTOSO\web$ at db (16.0.1000), KERBEROS, as reported by the server`
fn login(checks: &[Check]) -> String {
    let links = [Link::Login, Link::AuthScheme, Link::EmbeddedStore];
    let seen = links.iter().filter_map(|link| checks.iter().find(|check| check.link == *link));
    seen.map(|check| check.seen.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(statuses: &[Status]) -> Verdict {
        let links = [Link::Process, Link::ServerName, Link::Login];
        let check = |(link, status): (Link, &Status)| Check {
            link,
            status: *status,
            tried: String::new(),
            seen: link.name().to_owned(),
            causes: Vec::new(),
            took: Duration::ZERO,
        };
        Verdict::of(&links.into_iter().zip(statuses).map(check).collect::<Vec<_>>())
    }

    #[test]
    fn healthy_needs_every_link_checked() {
        let healthy = verdict(&[Status::Passed, Status::NotApplicable, Status::Passed]);
        assert_eq!((healthy.state, healthy.link, healthy.what.as_str()), (State::Healthy, None, "login"));
        assert_eq!(healthy.coverage, "2 checks passed, 1 not applicable");
        let skipped = verdict(&[Status::Passed, Status::Skipped, Status::Passed]);
        assert_eq!((skipped.state, skipped.link), (State::Warnings, Some(Link::ServerName)));
        assert_eq!(skipped.coverage, "2 checks passed, 1 skipped");
    }

    #[test]
    fn failure_decides_before_an_earlier_warning() {
        let failed = verdict(&[Status::Warning, Status::Skipped, Status::Failed]);
        assert_eq!((failed.state, failed.link), (State::Failed, Some(Link::Login)));
        assert_eq!(failed.coverage, "0 checks passed, 1 with a warning, 1 failed, 1 skipped");
    }
}
