//! Clocks: row 10.

use crate::doctor::report::{Audience, Cause};
use crate::doctor::run::Answer;

/// Kerberos allows so much between two clocks.
const KERBEROS_TOLERANCE: time::Duration = time::Duration::minutes(5);
/// From here on a clock is on its way out of that.
const DRIFT: time::Duration = time::Duration::minutes(2);

/// How far the clock is ahead of a controller's.
pub(in crate::doctor) fn clock(ahead: Option<time::Duration>) -> Answer {
    let Some(ahead) = ahead else {
        return Answer::not_possible(
            "no controller told its time; a ticket's own error would tell of a clock that is off",
        );
    };
    let seen = format!("this clock is {} a domain controller's", apart(ahead));
    if ahead.abs() > KERBEROS_TOLERANCE {
        return Answer::fail(format!("{seen}; Kerberos allows 5 minutes"), vec![skew(Some(ahead))]);
    }
    if ahead.abs() > DRIFT { Answer::warn(seen, vec![skew(Some(ahead))]) } else { Answer::pass(seen) }
}

/// Clocks that differ.
pub(in crate::doctor) fn skew(ahead: Option<time::Duration>) -> Cause {
    let what = match ahead {
        Some(ahead) => format!("the clock of this machine is {} the domain's", apart(ahead)),
        None => "the clocks of this machine and of the domain differ by more than 5 minutes".to_owned(),
    };
    Cause::row(10, what).fix(
        Audience::Cluster,
        "set the clock of the node, which a container shares, and see that it stays synchronised",
        if cfg!(windows) { "w32tm /resync /rediscover" } else { "chronyc makestep && chronyc tracking" },
    )
}

/// How far the clock is ahead of SQL Server's: rows would be dated by another time than the log's.
pub(in crate::doctor) fn server_clock(ahead: time::Duration) -> Answer {
    let seen = format!("this clock is {} SQL Server's", apart(ahead));
    if ahead.abs() <= DRIFT {
        return Answer::pass(seen);
    }
    let what = "the clocks of this machine and of SQL Server's differ; one of them is not synchronised, and Kerberos allows 5 minutes";
    Answer::warn(
        seen,
        vec![Cause::row(10, what).fix(Audience::Cluster, "synchronise both", "chronyc tracking\nw32tm /query /status")],
    )
}

/// `2 s ahead of`.
fn apart(ahead: time::Duration) -> String {
    let seconds = ahead.whole_seconds();
    match (seconds.unsigned_abs(), seconds < 0) {
        (0..=2, _) => "within 2 s of".to_owned(),
        (apart @ 0..120, behind) => {
            format!("{apart} s {} ", if behind { "behind" } else { "ahead of" }).trim_end().to_owned()
        }
        (apart, behind) => format!("{} min {}", (apart + 30) / 60, if behind { "behind" } else { "ahead of" }),
    }
}
