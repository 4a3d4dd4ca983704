//! When the system says that the program is to end: SIGTERM and SIGINT on Unix; Ctrl-C, Ctrl-Break, the closing of the console and the
//! shutdown of the machine or container on Windows.

use tokio::sync::mpsc;

/// Two futures: the first signal asks for an orderly end, the second for an end at once.
pub(crate) struct Signals<First, Second> {
    pub(crate) first: First,
    pub(crate) second: Second,
}

/// Listens from now on; the system's own handling of these signals ends.
///
/// # Errors
/// The system refused to register a handler.
pub(crate) fn signals() -> std::io::Result<Signals<impl Future<Output = ()>, impl Future<Output = ()>>> {
    let mut arrivals = arrivals()?;
    let (first_sender, first) = tokio::sync::oneshot::channel();
    let (second_sender, second) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        for sender in [first_sender, second_sender] {
            if let Some(name) = arrivals.recv().await {
                tracing::info!(signal = name, "asked to end");
                // Nobody waits any more: the program is ending anyway.
                let _ = sender.send(());
            }
        }
    });
    Ok(Signals { first: heard(first), second: heard(second) })
}

async fn heard(signal: tokio::sync::oneshot::Receiver<()>) {
    if signal.await.is_err() {
        // The listening task is gone without a signal, so none will come.
        std::future::pending::<()>().await;
    }
}

/// Forwards each arrival of a signal under its name.
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

/// tokio keeps the handlers of close and shutdown from returning, so Windows waits its own grace time before it ends the process.
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
