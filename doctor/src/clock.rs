//! Compares this clock with a domain controller's and with SQL Server's. Known failure 10.

use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime};

use ldap3::{LdapConnAsync, LdapConnSettings, Scope, SearchEntry};
use time::PrimitiveDateTime;
use time::macros::format_description;
use tokio::time::timeout;

use crate::domain_controllers::LDAP;
use crate::evidence::DomainController;
use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run};

const TIME_LIMIT: Duration = Duration::from_secs(2);
/// The difference that Kerberos allows.
const KERBEROS_TOLERANCE: time::Duration = time::Duration::minutes(5);
/// A clock with this difference is not synchronized.
const DRIFT: time::Duration = time::Duration::minutes(2);

/// Returns how far this clock is ahead of a domain controller's; negative if behind. A controller reports its time to
/// everybody, in whole seconds, in its rootDSE.
pub(crate) async fn check(run: &mut Run, controllers: &[DomainController]) -> Option<time::Duration> {
    let started = Instant::now();
    let (tried, offset) = match controllers.iter().find(|controller| controller.is_open(LDAP)) {
        Some(controller) => {
            let address = SocketAddr::new(controller.address, LDAP);
            let time =
                timeout(run.at_most(TIME_LIMIT), current_time(address)).await.ok().and_then(Result::ok).flatten();
            let offset = time.map(|theirs| time::OffsetDateTime::from(SystemTime::now()) - theirs.assume_utc());
            (format!("currentTime in the rootDSE of {}", controller.host), offset)
        }
        None => ("currentTime in a domain controller's rootDSE".to_owned(), None),
    };
    let outcome = match offset {
        Some(offset) => domain_outcome(offset),
        None => Outcome::skipped(
            "no domain controller reported its time; if the clock is wrong, the ticket's error shows it",
        ),
    };
    run.record(Link::Clock, tried, started, outcome);
    offset
}

async fn current_time(address: SocketAddr) -> Result<Option<PrimitiveDateTime>, ldap3::LdapError> {
    let settings = LdapConnSettings::new().set_conn_timeout(TIME_LIMIT);
    let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &format!("ldap://{address}")).await?;
    let driver = tokio::spawn(connection.drive());
    let found = ldap.search("", Scope::Base, "(objectClass=*)", vec!["currentTime"]).await?.success();
    driver.abort();
    let (entries, _) = found?;
    let text = entries.into_iter().next().and_then(|entry| {
        SearchEntry::construct(entry).attrs.remove("currentTime").and_then(|values| values.into_iter().next())
    });
    let seconds = text.as_deref().and_then(|text| text.get(..14));
    let form = format_description!("[year][month][day][hour][minute][second]");
    Ok(seconds.and_then(|seconds| PrimitiveDateTime::parse(seconds, form).ok()))
}

fn domain_outcome(offset: time::Duration) -> Outcome {
    let seen = format!("this clock is {} a domain controller's", describe(offset));
    if offset.abs() > KERBEROS_TOLERANCE {
        return Outcome::failed(format!("{seen}; Kerberos allows 5 minutes"), vec![skew(Some(offset))]);
    }
    if offset.abs() > DRIFT { Outcome::warning(seen, vec![skew(Some(offset))]) } else { Outcome::passed(seen) }
}

/// The outcome for this offset from SQL Server's clock: rows would be dated by another time than the logs.
pub(crate) fn server_outcome(offset: time::Duration) -> Outcome {
    let seen = format!("this clock is {} SQL Server's", describe(offset));
    if offset.abs() <= DRIFT {
        return Outcome::passed(seen);
    }
    let what = "the clocks of this machine and of SQL Server differ; one of them is not synchronized, and Kerberos \
    allows 5 minutes";
    let fix = "chronyc tracking\nw32tm /query /status";
    Outcome::warning(seen, vec![Cause::known(10, what).fix(Audience::Cluster, "synchronize both", fix)])
}

/// The cause of a ticket that was refused for clock skew.
pub(crate) fn skew(offset: Option<time::Duration>) -> Cause {
    let what = match offset {
        Some(offset) => format!("the clock of this machine is {} the domain's", describe(offset)),
        None => "the clocks of this machine and of the domain differ by more than 5 minutes".to_owned(),
    };
    Cause::known(10, what).fix(
        Audience::Cluster,
        "set the clock of the node, which a container shares, and check that it stays synchronized",
        if cfg!(windows) { "w32tm /resync /rediscover" } else { "chronyc makestep && chronyc tracking" },
    )
}

/// `2 s ahead of`.
fn describe(offset: time::Duration) -> String {
    let seconds = offset.whole_seconds();
    let direction = if seconds < 0 { "behind" } else { "ahead of" };
    match seconds.unsigned_abs() {
        0..=2 => "within 2 s of".to_owned(),
        distance @ 3..120 => format!("{distance} s {direction}"),
        distance => format!("{} min {direction}", (distance + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Status;

    #[test]
    fn five_minutes_fail_and_two_warn() {
        for (seconds, status, text) in [
            (1, Status::Passed, "within 2 s of"),
            (-45, Status::Passed, "45 s behind"),
            (150, Status::Warning, "3 min ahead of"),
            (-600, Status::Failed, "10 min behind"),
        ] {
            let outcome = domain_outcome(time::Duration::seconds(seconds));
            assert_eq!(outcome.status, status, "{seconds}");
            assert!(outcome.seen.contains(text), "{}", outcome.seen);
        }
    }
}
