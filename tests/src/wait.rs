//! Waiting for something to happen, with a limit.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long a test waits for what should happen soon. Only a test that fails waits this long, and no slow machine makes
/// it fail.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The pause between two probes.
const PAUSE: Duration = Duration::from_millis(10);

/// What a probe returns: whether it happened, or a value, or a description of the state in which it has not happened.
pub trait Probed {
    /// What [`eventually`] returns.
    type Value;

    /// The value, or a description for the panic.
    ///
    /// # Errors
    /// If it has not happened yet.
    fn value(self) -> Result<Self::Value, String>;
}

impl Probed for bool {
    type Value = ();

    fn value(self) -> Result<(), String> {
        if self { Ok(()) } else { Err(String::new()) }
    }
}

impl<T, E: Display> Probed for Result<T, E> {
    type Value = T;

    fn value(self) -> Result<T, String> {
        self.map_err(|state| format!("; last seen:\n{state}"))
    }
}

/// Repeats `probe` until `what` has happened, and returns its value.
///
/// # Panics
/// If no probe that began within the limit succeeded: with what was waited for, and what the last probe saw.
pub async fn eventually<P: Probed>(what: &str, limit: Duration, mut probe: impl AsyncFnMut() -> P) -> P::Value {
    let began = Instant::now();
    loop {
        let has_time = began.elapsed() < limit;
        match probe().await.value() {
            Ok(value) => return value,
            Err(state) => assert!(has_time, "not within {limit:?}: {what}{state}"),
        }
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn eventually_returns_the_first_value() {
        let mut probes = 0;
        let third = async || {
            probes += 1;
            if probes == 3 { Ok("third") } else { Err("not yet") }
        };
        assert_eq!(eventually("the third probe", PATIENCE, third).await, "third");
    }

    #[tokio::test]
    #[should_panic(expected = "not within 30ms: the server starts; last seen:\nno listener")]
    async fn eventually_panics_with_the_last_state() {
        eventually("the server starts", Duration::from_millis(30), async || Err::<(), _>("no listener")).await;
    }
}
