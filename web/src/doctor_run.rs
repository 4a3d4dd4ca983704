//! A run of the doctor in a trace of its own.

use bookstore_db::connection_string::ConnectionString;
use bookstore_db::login_policy::LoginPolicy;
use bookstore_doctor::report::{Report, State};
use bookstore_doctor::{WriteCheck, diagnose};

use crate::traces::OpenSpan;

/// Runs all checks. The report carries the id of the trace, if traces are on and this one is sampled.
pub(crate) async fn run(string: &ConnectionString, policy: LoginPolicy, write: WriteCheck) -> Report {
    let span = OpenSpan::root("doctor");
    let report = span.context().run(diagnose(string, policy, write)).await;
    let failed = report.verdict.link.filter(|_| report.verdict.state == State::Failed);
    if let Some(link) = failed {
        span.fail(link.name());
    }
    Report { trace_id: span.context().trace_id().map(|id| id.to_string()), ..report }
}
