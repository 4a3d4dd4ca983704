//! Traces of commands that use the database and end.

use crate::traces::OpenSpan;

/// `error.type` of a command, by the conventions. The span of the statement that failed has the reason.
const OTHER_ERROR: &str = "_OTHER";

/// Runs a command in a trace of its own, if it is sampled.
///
/// # Errors
/// Those of the command.
pub(super) async fn in_trace<T, E>(name: &'static str, command: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let span = OpenSpan::root(name);
    let result = span.context().run(command).await;
    if result.is_err() {
        span.fail(OTHER_ERROR);
    }
    result
}
