//! The spans of this crate, for a program that exports them as traces: one per statement, login and wait for a
//! connection. Attributes have the names of OpenTelemetry's semantic conventions for database clients
//! (<https://opentelemetry.io/docs/specs/semconv/db/sql-server/>). None has a parameter, a text of the server or a
//! secret.

use tracing::field::Empty;
use tracing::{Span, debug_span};

use crate::connection_string::SqlServerSettings;
use crate::error::Error;
use crate::identity::Identity;
use crate::metrics::auth_scheme_label;
use crate::sql_server::DEFAULT_PORT;
use crate::unavailable_reason::UnavailableReason;

/// The target of all spans of this crate. A log that does not want them leaves it out.
pub const TARGET: &str = "bookstore_db::spans";

/// `error.type` of an error that has no reason of its own, by the conventions.
const OTHER_ERROR: &str = "_OTHER";

/// The attributes that all spans of one database have.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseSpans {
    system: &'static str,
    /// The database, after the instance if there is one.
    namespace: Option<String>,
    address: Option<String>,
    /// The conventions want a number of 64 bits.
    port: Option<i64>,
}

impl DatabaseSpans {
    pub(crate) fn of_server(settings: &SqlServerSettings) -> Self {
        let server = &settings.server;
        let namespace = match (&server.instance, &settings.database) {
            (Some(instance), Some(database)) => Some(format!("{instance}|{database}")),
            (None, database) => database.clone(),
            (instance, None) => instance.clone(),
        };
        // SQL Server Browser reports the port of an instance at each login.
        let port = server.port.or(server.instance.is_none().then_some(DEFAULT_PORT));
        let address = Some(server.host.clone());
        Self { system: "microsoft.sql_server", namespace, address, port: port.map(i64::from) }
    }

    pub(crate) fn of_embedded_store() -> Self {
        Self { system: "sqlite", namespace: None, address: None, port: None }
    }

    /// The span of one attempt to run a statement, by its name in the metrics.
    pub(crate) fn statement(&self, name: &'static str, identity: Option<&Identity>) -> Span {
        self.query(name, operation(name), identity)
    }

    /// The span of a step of a migration, by the name of its script.
    pub(crate) fn script(&self, name: &'static str, identity: Option<&Identity>) -> Span {
        self.query(name, BATCH, identity)
    }

    fn query(&self, name: &'static str, operation: &'static str, identity: Option<&Identity>) -> Span {
        debug_span!(
            target: TARGET,
            "statement",
            otel.name = name,
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = self.system,
            db.namespace = self.namespace,
            db.operation.name = operation,
            db.query.summary = name,
            db.response.status_code = Empty,
            server.address = self.address,
            server.port = self.port,
            bookstore.db.login = identity.map(|identity| &*identity.login),
            bookstore.db.auth_scheme = identity.map(|identity| auth_scheme_label(&identity.auth_scheme)),
            "error.type" = Empty,
        )
    }

    /// The span of a wait for a connection, with the login that it may need.
    pub(crate) fn pool_wait(&self) -> Span {
        debug_span!(
            target: TARGET,
            "pool wait",
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = self.system,
            db.namespace = self.namespace,
            server.address = self.address,
            server.port = self.port,
            db.response.status_code = Empty,
            "error.type" = Empty,
        )
    }

    /// The span of opening a connection. [`record_login`] adds who logged in.
    pub(crate) fn login(&self) -> Span {
        debug_span!(
            target: TARGET,
            "login",
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = self.system,
            db.namespace = self.namespace,
            server.address = self.address,
            server.port = self.port,
            bookstore.db.login = Empty,
            bookstore.db.auth_scheme = Empty,
            db.response.status_code = Empty,
            "error.type" = Empty,
        )
    }
}

/// Several statements, by the conventions.
const BATCH: &str = "BATCH";

/// What a statement does, in SQL's words.
fn operation(statement: &str) -> &'static str {
    match statement {
        "create" => "INSERT",
        "edit" => "UPDATE",
        "delete" => "DELETE",
        "reset_demo" => BATCH,
        _ => "SELECT",
    }
}

/// Records the login of an opened connection.
pub(crate) fn record_login(span: &Span, identity: &Identity) {
    span.record("bookstore.db.login", &*identity.login);
    span.record("bookstore.db.auth_scheme", auth_scheme_label(&identity.auth_scheme));
}

/// Records why the span's work failed: the reason and SQL Server's number, no text.
pub(crate) fn record_error(span: &Span, error: &Error) {
    if span.is_disabled() {
        return;
    }
    span.record("otel.status_code", "error");
    span.record("error.type", UnavailableReason::of(error).map_or(OTHER_ERROR, UnavailableReason::code));
    if let Some(number) = error.server_number() {
        span.record("db.response.status_code", number.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection_string::{ConnectionString, Target};

    fn spans(text: &str) -> DatabaseSpans {
        let Target::SqlServer(settings) = ConnectionString::parse(text).unwrap().target else { panic!("{text}") };
        DatabaseSpans::of_server(&settings)
    }

    #[test]
    fn address_and_namespace_are_those_of_the_connection_string() {
        let spans_of = |server: &str| {
            let DatabaseSpans { namespace, address, port, .. } = spans(&format!("{server};User ID=sa;Password=x"));
            (namespace.unwrap_or_default(), address.unwrap_or_default(), port)
        };
        assert_eq!(spans_of("Server=db;Database=Books"), ("Books".into(), "db".into(), Some(1433)));
        assert_eq!(spans_of("Server=db,5").2, Some(5));
        assert_eq!(spans_of("Server=db\\SQL;Database=Books"), ("SQL|Books".into(), "db".into(), None));
    }
}
