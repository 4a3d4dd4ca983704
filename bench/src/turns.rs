//! Measures programs that are compared in turns, so that noise of the machine affects all of them.

use crate::load::{Load, load};
use crate::process::Process;
use crate::report::Round;
use crate::shop::Shop;

/// An address of a running program.
pub(crate) struct Subject<'a> {
    /// Its name in the report.
    pub(crate) what: String,
    pub(crate) url: String,
    pub(crate) process: &'a Process,
    /// The program, if it is a shop, whose statements are counted.
    pub(crate) shop: Option<&'a Shop>,
}

impl<'a> Subject<'a> {
    pub(crate) fn of_shop(what: &str, shop: &'a Shop, path: &str) -> Self {
        Self { what: what.to_owned(), url: shop.url(path), process: &shop.process, shop: Some(shop) }
    }
}

/// Measures each subject `rounds` times, and returns the rounds of each. The first one of a round is the last of the next.
pub(crate) async fn in_turns<const N: usize>(
    subjects: &[Subject<'_>; N],
    connections: u32,
    rounds: u32,
    seconds: u64,
) -> [Vec<Round>; N] {
    let mut results = [const { Vec::new() }; N];
    for number in 0..rounds {
        for position in 0..N {
            let index = if number % 2 == 0 { position } else { N - 1 - position };
            let subject = &subjects[index];
            let load = load(subject.url.clone(), connections, seconds);
            results[index].push(round(subject.process, subject.shop, load).await);
        }
    }
    results
}

/// Measures a process, and the statements of the shop, while a load runs.
pub(crate) async fn round(process: &Process, shop: Option<&Shop>, load: impl Future<Output = Load>) -> Round {
    let (cpu, before) = (process.cpu(), statements(shop).await);
    let load = load.await;
    let statements = statements(shop).await.zip(before).map(|(after, before)| after - before);
    Round { load, cpu: process.cpu() - cpu, statements }
}

async fn statements(shop: Option<&Shop>) -> Option<f64> {
    Some(shop?.queries().await)
}
