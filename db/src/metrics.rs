//! The metrics of this crate, recorded with the recorder that the program installs.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_histogram, histogram};

use crate::auth_scheme::AuthScheme;
use crate::error::Error;
use crate::unavailable_reason::UnavailableReason;

const QUERIES: &str = "db_queries_total";
const QUERY_SECONDS: &str = "db_query_duration_seconds";
const RETRIES: &str = "db_retries_total";
const LOGINS: &str = "db_logins_total";
const LOGIN_FAILURES: &str = "db_login_failures_total";
const LOGIN_SECONDS: &str = "db_login_duration_seconds";
const POOL_WAIT_SECONDS: &str = "db_pool_wait_duration_seconds";
const POOL_TIMEOUTS: &str = "db_pool_timeouts_total";
const CANCELLED: &str = "db_cancelled_statements_total";
const SWITCHES: &str = "db_switches_total";

/// The values of the label `query`: the statements of `sql/queries`.
const STATEMENTS: [&str; 11] =
    ["changes", "compare", "create", "delete", "edit", "export", "get", "list", "ping", "reset_demo", "search"];
/// The value of the labels `auth_scheme` and `reason` for what has no value of its own.
const OTHER: &str = "other";

/// Registers the help texts of the metrics, and sets the counters to 0: a counter that appears with its first event has
/// no increase that an alert could see. Call it after the recorder is installed.
pub fn describe() {
    describe_counter!(QUERIES, "Statements sent to the database, by name; a retry counts again");
    describe_histogram!(QUERY_SECONDS, "Time from a statement to the end of its reply, by name");
    describe_counter!(RETRIES, "Statements sent again after a transient error, by name");
    describe_counter!(LOGINS, "Logins to SQL Server that succeeded, by auth scheme");
    describe_counter!(
        LOGIN_FAILURES,
        "Logins to SQL Server that failed or were refused by the login policy, by reason"
    );
    describe_histogram!(LOGIN_SECONDS, "Time to open a connection to SQL Server, by result: success or failure");
    describe_histogram!(
        POOL_WAIT_SECONDS,
        "Time that a statement waits for a connection, with a login if it needs one"
    );
    describe_counter!(POOL_TIMEOUTS, "Statements that were given up, because all connections stayed in use");
    describe_counter!(
        CANCELLED,
        "Statements whose caller went away or stopped waiting, by outcome: finished, stopped or lost"
    );
    describe_counter!(
        SWITCHES,
        "Attempts to switch to another connection string while running, by outcome: done or failed"
    );
    for statement in STATEMENTS {
        counter!(QUERIES, "query" => statement).absolute(0);
        counter!(RETRIES, "query" => statement).absolute(0);
    }
    for scheme in [AuthScheme::Kerberos, AuthScheme::Ntlm, AuthScheme::Sql] {
        counter!(LOGINS, "auth_scheme" => auth_scheme_label(&scheme)).absolute(0);
    }
    for reason in UnavailableReason::ALL {
        counter!(LOGIN_FAILURES, "reason" => reason.code()).absolute(0);
    }
    for outcome in ["finished", "stopped", "lost"] {
        counter!(CANCELLED, "outcome" => outcome).absolute(0);
    }
    for outcome in ["done", "failed"] {
        counter!(SWITCHES, "outcome" => outcome).absolute(0);
    }
    counter!(POOL_TIMEOUTS).absolute(0);
}

/// The value of the label `auth_scheme`: a server may report any text.
pub fn auth_scheme_label(scheme: &AuthScheme) -> &'static str {
    match scheme {
        AuthScheme::Sql => "SQL",
        AuthScheme::Kerberos => "KERBEROS",
        AuthScheme::Ntlm => "NTLM",
        AuthScheme::Embedded => "EMBEDDED",
        AuthScheme::Other(_) => OTHER,
    }
}

pub(crate) fn query(statement: &'static str) {
    counter!(QUERIES, "query" => statement).increment(1);
}

pub(crate) fn query_time(statement: &'static str, time: Duration) {
    histogram!(QUERY_SECONDS, "query" => statement).record(time);
}

pub(crate) fn retry(statement: &'static str) {
    counter!(RETRIES, "query" => statement).increment(1);
}

pub(crate) fn login(auth_scheme: &AuthScheme, time: Duration) {
    counter!(LOGINS, "auth_scheme" => auth_scheme_label(auth_scheme)).increment(1);
    histogram!(LOGIN_SECONDS, "result" => "success").record(time);
}

pub(crate) fn login_failure(error: &Error, time: Duration) {
    let reason = UnavailableReason::of(error).map_or(OTHER, UnavailableReason::code);
    counter!(LOGIN_FAILURES, "reason" => reason).increment(1);
    histogram!(LOGIN_SECONDS, "result" => "failure").record(time);
}

pub(crate) fn pool_wait(time: Duration) {
    histogram!(POOL_WAIT_SECONDS).record(time);
}

pub(crate) fn pool_timeout() {
    counter!(POOL_TIMEOUTS).increment(1);
}

pub(crate) fn cancelled(outcome: &'static str) {
    counter!(CANCELLED, "outcome" => outcome).increment(1);
}

pub(crate) fn switch(outcome: &'static str) {
    counter!(SWITCHES, "outcome" => outcome).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_of_all_statements_start_at_zero() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/queries");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut names: Vec<_> = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        // Part of each login, part of the batches of a list, and forms of the statement `list`.
        names.retain(|name| !["creators", "identity", "search_count"].contains(&name.as_str()));
        names.retain(|name| !name.starts_with("list_"));
        names.sort();
        assert_eq!(names, STATEMENTS);
    }
}
