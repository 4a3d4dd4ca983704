//! The spans of this crate, by OpenTelemetry's API: one per statement, login and wait for a connection. They are recorded
//! if a tracer provider is installed and the current [`Context`] of the task is sampled. Attributes have the names of
//! OpenTelemetry's semantic conventions for database clients
//! (<https://opentelemetry.io/docs/specs/semconv/db/sql-server/>). None has a parameter, a text of the server or a
//! secret.

use std::sync::{Arc, LazyLock};

use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::{SpanBuilder, SpanId, SpanKind, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use crate::connection_string::SqlServerSettings;
use crate::error::Error;
use crate::identity::Identity;
use crate::metrics::auth_scheme_label;
use crate::sql_server::DEFAULT_PORT;
use crate::unavailable_reason::UnavailableReason;

/// `error.type` of an error that has no reason of its own, by the conventions.
const OTHER_ERROR: &str = "_OTHER";

/// The tracer of the global provider. It is created at the first sampled span, when the provider is installed.
static TRACER: LazyLock<BoxedTracer> = LazyLock::new(|| global::tracer("bookstore"));

/// Maximum number of attributes of a span.
const MAX_ATTRIBUTES: usize = 10;

/// The attributes that all spans of one database have.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseSpans(Vec<KeyValue>);

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
        let mut attributes = vec![KeyValue::new("db.system.name", "microsoft.sql_server")];
        attributes.extend(namespace.map(|namespace| KeyValue::new("db.namespace", Arc::<str>::from(namespace))));
        attributes.push(KeyValue::new("server.address", Arc::<str>::from(&*server.host)));
        attributes.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
        Self(attributes)
    }

    pub(crate) fn of_embedded_store() -> Self {
        Self(vec![KeyValue::new("db.system.name", "sqlite")])
    }

    /// The span of one attempt to run a statement, by its name in the metrics.
    pub(crate) fn statement(&self, name: &'static str, identity: Option<&Identity>) -> DatabaseSpan {
        self.query(name, operation(name), identity)
    }

    /// The span of a step of a migration, by the name of its script.
    pub(crate) fn script(&self, name: &'static str, identity: Option<&Identity>) -> DatabaseSpan {
        self.query(name, BATCH, identity)
    }

    fn query(&self, name: &'static str, operation: &'static str, identity: Option<&Identity>) -> DatabaseSpan {
        let Some(parent) = sampled_context() else { return DatabaseSpan::default() };
        let mut attributes = self.attributes();
        attributes.extend([KeyValue::new("db.operation.name", operation), KeyValue::new("db.query.summary", name)]);
        attributes.extend(identity.into_iter().flat_map(login));
        DatabaseSpan::start(name, attributes, &parent)
    }

    /// The span of a wait for a connection, with the login that it may need.
    pub(crate) fn pool_wait(&self) -> DatabaseSpan {
        self.in_current("pool wait")
    }

    /// The span of opening a connection. [`DatabaseSpan::record_login`] adds who logged in.
    pub(crate) fn login(&self) -> DatabaseSpan {
        self.in_current(LOGIN)
    }

    /// The span of opening a connection for a caller that waits for one.
    pub(crate) fn login_within(&self, wait: &DatabaseSpan) -> DatabaseSpan {
        wait.0.as_ref().map_or_else(DatabaseSpan::default, |wait| DatabaseSpan::start(LOGIN, self.attributes(), wait))
    }

    fn in_current(&self, name: &'static str) -> DatabaseSpan {
        let Some(parent) = sampled_context() else { return DatabaseSpan::default() };
        DatabaseSpan::start(name, self.attributes(), &parent)
    }

    fn attributes(&self) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(MAX_ATTRIBUTES);
        attributes.extend_from_slice(&self.0);
        attributes
    }
}

const LOGIN: &str = "login";

/// The context of the task that calls this, if it belongs to a sampled trace.
fn sampled_context() -> Option<Context> {
    Context::map_current(|context| context.span().span_context().is_sampled().then(|| context.clone()))
}

/// A span, or none. It ends when its last clone is dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct DatabaseSpan(Option<Context>);

impl DatabaseSpan {
    fn start(name: &'static str, attributes: Vec<KeyValue>, parent: &Context) -> Self {
        let span = SpanBuilder::from_name(name).with_kind(SpanKind::Client).with_attributes(attributes);
        Self(Some(parent.with_span(span.start_with_context(&*TRACER, parent))))
    }

    /// Returns the span's id, or `None` if there is no span.
    pub(crate) fn id(&self) -> Option<SpanId> {
        self.0.as_ref().map(|context| context.span().span_context().span_id())
    }

    /// Records the login of an opened connection.
    pub(crate) fn record_login(&self, identity: &Identity) {
        if let Some(context) = &self.0 {
            context.span().set_attributes(login(identity));
        }
    }

    /// Records why the span's work failed: the reason and SQL Server's number, no text.
    pub(crate) fn record_error(&self, error: &Error) {
        let Some(context) = &self.0 else { return };
        let span = context.span();
        span.set_status(Status::error(""));
        let reason = UnavailableReason::of(error).map_or(OTHER_ERROR, UnavailableReason::code);
        span.set_attribute(KeyValue::new("error.type", reason));
        if let Some(number) = error.server_number() {
            span.set_attribute(KeyValue::new("db.response.status_code", number.to_string()));
        }
    }
}

fn login(identity: &Identity) -> [KeyValue; 2] {
    [
        KeyValue::new("bookstore.db.login", identity.login.clone()),
        KeyValue::new("bookstore.db.auth_scheme", auth_scheme_label(&identity.auth_scheme)),
    ]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection_string::{ConnectionString, Target};

    #[test]
    fn address_and_namespace_are_those_of_the_connection_string() {
        let attributes_of = |server: &str| {
            let text = format!("{server};User ID=sa;Password=x");
            let Target::SqlServer(settings) = ConnectionString::parse(&text).unwrap().target else { panic!("{text}") };
            let DatabaseSpans(attributes) = DatabaseSpans::of_server(&settings);
            ["db.namespace", "server.address", "server.port"].map(|key| {
                let attribute = attributes.iter().find(|attribute| attribute.key.as_str() == key);
                attribute.map(|attribute| attribute.value.to_string()).unwrap_or_default()
            })
        };
        assert_eq!(attributes_of("Server=db;Database=Books"), ["Books", "db", "1433"]);
        assert_eq!(attributes_of("Server=db,5")[2], "5");
        assert_eq!(attributes_of("Server=db\\SQL;Database=Books"), ["SQL|Books", "db", ""]);
    }
}
