//! Metrics of the shop's state, which are read when they are scraped.

use std::sync::{Mutex, PoisonError};

use bookstore_db::credentials::Credentials;
use bookstore_db::metrics::auth_scheme_label;
use metrics::{describe_gauge, gauge};
use metrics_process::Collector;
use time::OffsetDateTime;

use crate::build_info;
use crate::state::AppState;
use crate::state::readiness::DatabaseState;

const DB_UP: &str = "db_up";
const READY: &str = "bookstore_ready";
const LOGIN: &str = "db_login_info";
const POOL_SIZE: &str = "db_pool_connections";
const POOL_IDLE: &str = "db_pool_idle_connections";
const POOL_MAX: &str = "db_pool_max_connections";
const POOL_WAITING: &str = "db_pool_waiting_requests";
const STORE_GENERATION: &str = "db_store_generation";
const SWITCH_FAILING: &str = "db_switch_failing";
const TICKET_EXPIRY: &str = "db_ticket_expiry_timestamp_seconds";
const KEY_ADDED: &str = "db_keytab_key_added_timestamp_seconds";
const CERTIFICATE_EXPIRY: &str = "db_server_certificate_expiry_timestamp_seconds";
const WAITING_FOR_READ: &str = "http_requests_waiting_for_read";
const BUILD: &str = "bookstore_build_info";

/// Sets the help texts, and the metrics that never change. Call it after the recorder is installed.
pub(super) fn describe() {
    describe_gauge!(DB_UP, "1 if the last statement reached the database, 0 if it did not or none was sent yet");
    describe_gauge!(READY, "1 while /readyz answers 200");
    describe_gauge!(LOGIN, "1 for the login in use, 0 for an earlier one, by login and auth scheme");
    describe_gauge!(POOL_SIZE, "Open database connections");
    describe_gauge!(POOL_IDLE, "Open database connections that are not in use");
    describe_gauge!(POOL_MAX, "Most database connections that may be open");
    describe_gauge!(POOL_WAITING, "Requests that wait for a database connection");
    describe_gauge!(STORE_GENERATION, "Number of the current connection string: 1 at the start, plus 1 per switch");
    describe_gauge!(SWITCH_FAILING, "1 while the connection string in the watched file does not work");
    describe_gauge!(TICKET_EXPIRY, "When the Kerberos ticket of the login ends; NaN without one");
    describe_gauge!(KEY_ADDED, "When the newest key of the client keytab was added; NaN without one");
    describe_gauge!(CERTIFICATE_EXPIRY, "When the server's certificate ends; NaN if logins do not check it");
    describe_gauge!(WAITING_FOR_READ, "Requests that wait for a shared read that has not started");
    describe_gauge!(BUILD, "Always 1; the labels have version, commit, target and features");
    let labels = [
        ("version", build_info::VERSION.to_owned()),
        ("commit", build_info::COMMIT.to_owned()),
        ("target", build_info::target()),
        ("features", build_info::features()),
    ];
    gauge!(BUILD, &labels).set(1.0);
}

/// Reads the state into the gauges.
pub(super) async fn set(state: &AppState) {
    let switch = &state.switch;
    let store = switch.current();
    let (pool, login) = (store.pool(), store.login_state());
    gauge!(DB_UP).set(from_bool(DatabaseState::of(&login) == DatabaseState::Available));
    gauge!(READY).set(from_bool(state.readiness.check().is_ok()));
    gauge!(POOL_SIZE).set(pool.size);
    gauge!(POOL_IDLE).set(pool.idle);
    gauge!(POOL_MAX).set(pool.max);
    gauge!(POOL_WAITING).set(pool.waiting);
    gauge!(STORE_GENERATION).set(store.generation() as f64);
    gauge!(SWITCH_FAILING).set(from_bool(switch.last_failure().is_some()));
    gauge!(WAITING_FOR_READ).set(state.pages.waiting() as f64);
    gauge!(CERTIFICATE_EXPIRY).set(from_time(state.server_certificate.expiry()));
    let credentials = match store.credentials().await {
        Credentials::Kerberos(credentials) => Some(credentials),
        Credentials::NotNeeded | Credentials::Password { .. } | Credentials::WindowsLogon { .. } => None,
    };
    gauge!(TICKET_EXPIRY).set(from_time(credentials.as_ref().and_then(|found| found.tickets_end())));
    gauge!(KEY_ADDED).set(from_time(credentials.as_ref().and_then(|found| found.newest_key_added())));
    if let Some(identity) = login.identity {
        set_login(identity.login.clone(), auth_scheme_label(&identity.auth_scheme));
    }
    Collector::default().collect();
}

/// Sets the metric of the login in use to 1 and that of the one before to 0: the recorder removes no series.
fn set_login(login: String, auth_scheme: &'static str) {
    static LAST: Mutex<Option<(String, &str)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let current = Some((login, auth_scheme));
    if *last != current
        && let Some((login, auth_scheme)) = std::mem::replace(&mut *last, current)
    {
        gauge!(LOGIN, "login" => login, "auth_scheme" => auth_scheme).set(0.0);
    }
    if let Some((login, auth_scheme)) = &*last {
        gauge!(LOGIN, "login" => login.clone(), "auth_scheme" => *auth_scheme).set(1.0);
    }
}

fn from_bool(value: bool) -> f64 {
    if value { 1.0 } else { 0.0 }
}

/// Seconds since 1970, or NaN, which fulfils no condition of an alert.
fn from_time(time: Option<OffsetDateTime>) -> f64 {
    time.map_or(f64::NAN, |time| time.unix_timestamp() as f64)
}
