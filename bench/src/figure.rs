//! A figure over several rounds.

use serde::Serialize;

/// The median of the rounds, and their range, which shows the noise of the machine.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Figure {
    /// Of at least one round.
    pub(crate) fn of(rounds: impl IntoIterator<Item = f64>) -> Self {
        let mut rounds: Vec<f64> = rounds.into_iter().collect();
        rounds.sort_by(f64::total_cmp);
        let [min, max] = [rounds.first(), rounds.last()].map(|value| *value.expect("a round"));
        Self { median: rounds[rounds.len() / 2], min, max }
    }
}
