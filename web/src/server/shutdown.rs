//! Signals to stop: SIGTERM and SIGINT on Unix; Ctrl-C, Ctrl-Break, the closing of the console and the shutdown of the
//! machine or container on Windows.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// Signals that arrive within this time are one: a terminal and a supervisor may both send one.
const SAME: Duration = Duration::from_millis(250);

/// Two futures: the first signal requests an orderly shutdown, the second an immediate one.
pub(crate) struct Signals<First, Second> {
    pub(crate) first: First,
    pub(crate) second: Second,
}

/// Registers handlers, which replace the system's own.
///
/// # Errors
/// The system refused to register a handler.
pub(crate) fn signals() -> std::io::Result<Signals<impl Future<Output = ()>, impl Future<Output = ()>>> {
    let mut arrivals = arrivals()?;
    let (first_sender, first) = tokio::sync::oneshot::channel();
    let (second_sender, second) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let Some(name) = arrivals.recv().await else { return };
        tracing::info!(signal = name, "received");
        let first_at = Instant::now();
        // The receivers are gone if the program is ending anyway.
        let _ = first_sender.send(());
        while let Some(name) = arrivals.recv().await {
            if first_at.elapsed() >= SAME {
                tracing::info!(signal = name, "received again");
                let _ = second_sender.send(());
                return;
            }
        }
    });
    Ok(Signals { first: received(first), second: received(second) })
}

async fn received(signal: tokio::sync::oneshot::Receiver<()>) {
    if signal.await.is_err() {
        // The task ended without a signal, so none will come.
        std::future::pending::<()>().await;
    }
}

/// Sends the name of each signal that arrives.
macro_rules! forward {
    ($sender:ident, $($name:literal => $signal:expr),+ $(,)?) => {
        $({
            let mut signal = $signal?;
            let sender = $sender.clone();
            tokio::spawn(async move {
                while signal.recv().await.is_some() && sender.send($name).await.is_ok() {}
            });
        })+
    };
}

#[cfg(unix)]
fn arrivals() -> std::io::Result<mpsc::Receiver<&'static str>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (sender, arrivals) = mpsc::channel(1);
    forward!(sender, "SIGTERM" => signal(SignalKind::terminate()), "SIGINT" => signal(SignalKind::interrupt()));
    Ok(arrivals)
}

/// tokio's handlers of close and shutdown do not return, so Windows waits for its grace period before it ends the
/// process.
#[cfg(windows)]
fn arrivals() -> std::io::Result<mpsc::Receiver<&'static str>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

    let (sender, arrivals) = mpsc::channel(1);
    forward!(
        sender,
        "CTRL_C" => ctrl_c(),
        "CTRL_BREAK" => ctrl_break(),
        "CTRL_CLOSE" => ctrl_close(),
        "CTRL_SHUTDOWN" => ctrl_shutdown(),
    );
    Ok(arrivals)
}
