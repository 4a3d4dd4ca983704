//! The limit below: the same statements from a bare tiberius connection, in a loop.

use std::time::{Duration, Instant};

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_tests::sql::connect;
use tiberius::ToSql;
use tiberius::numeric::Numeric;
use tokio::task::JoinSet;

const LIST: &str = include_str!("../../db/sql/queries/list.sql");
const CREATE: &str = include_str!("../../db/sql/queries/create.sql");

/// The median of the list's statement on one connection, in milliseconds.
pub(crate) async fn list_p50(settings: &SqlServerSettings, seconds: u64) -> f64 {
    let mut client = connect(settings).await.expect("a connection");
    let (began, mut times) = (Instant::now(), Vec::new());
    while began.elapsed() < Duration::from_secs(seconds) {
        let asked = Instant::now();
        let answer = client.query(LIST, &[&0_i64, &20_i64]).await.expect("an answer");
        answer.into_results().await.expect("rows");
        times.push(asked.elapsed());
    }
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// Books made a second, each by a statement of its own, on so many connections.
pub(crate) async fn inserts(settings: &SqlServerSettings, connections: u32, seconds: u64) -> f64 {
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let mut client = connect(settings).await.expect("a connection");
        tasks.spawn(async move {
            let (began, mut made) = (Instant::now(), 0_u32);
            while began.elapsed() < Duration::from_secs(seconds) {
                let (price, id) = (Numeric::new_with_scale(990, 2), uuid::Uuid::new_v4());
                let book: &[&dyn ToSql] = &[&"Bare", &"Jane", &"Austen", &12_i32, &price, &"English", &"Murray", &id];
                client.query(CREATE, book).await.expect("an answer").into_results().await.expect("the row");
                made += 1;
            }
            f64::from(made) / began.elapsed().as_secs_f64()
        });
    }
    tasks.join_all().await.iter().sum()
}
