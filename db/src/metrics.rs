//! The numbers that this crate records, for whichever recorder the program has installed.

use metrics::{counter, describe_counter};

const QUERIES: &str = "db_queries_total";
const RETRIES: &str = "db_retries_total";
const LOGINS: &str = "db_logins_total";
const LOGIN_FAILURES: &str = "db_login_failures_total";
const SWITCHES: &str = "db_switches_total";

/// Gives the numbers their help texts. Call it once the recorder is installed.
pub fn describe() {
    describe_counter!(QUERIES, "Statements sent to the database, by name; one that is sent again counts again");
    describe_counter!(RETRIES, "Statements sent again after an error that passes, by name");
    describe_counter!(LOGINS, "Logins to SQL Server that succeeded, by auth scheme");
    describe_counter!(LOGIN_FAILURES, "Logins to SQL Server that failed");
    describe_counter!(
        SWITCHES,
        "Tries to make another connection string current while running, by outcome: done or failed"
    );
}

pub(crate) fn query(statement: &'static str) {
    counter!(QUERIES, "query" => statement).increment(1);
}

pub(crate) fn retry(statement: &'static str) {
    counter!(RETRIES, "query" => statement).increment(1);
}

pub(crate) fn login(auth_scheme: String) {
    counter!(LOGINS, "auth_scheme" => auth_scheme).increment(1);
}

pub(crate) fn login_failure() {
    counter!(LOGIN_FAILURES).increment(1);
}

pub(crate) fn switch(outcome: &'static str) {
    counter!(SWITCHES, "outcome" => outcome).increment(1);
}
