//! The lower limit: the same statements from a bare tiberius connection, in a loop.

use std::time::{Duration, Instant};

use bookstore_db::connection_string::{Encrypt, Login, SqlServerSettings};
use tiberius::numeric::Numeric;
use tiberius::{AuthMethod, Client, Config, EncryptionLevel, ToSql};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

use crate::load::Load;

const LIST: &str = include_str!("../../db/sql/queries/list.sql");
const CREATE: &str = include_str!("../../db/sql/queries/create.sql");

type Connection = Client<Compat<TcpStream>>;

/// Opens a connection by a SQL login, with the driver's defaults.
pub(crate) async fn connect(settings: &SqlServerSettings) -> Connection {
    let Login::Sql { user, password } = &settings.login else {
        panic!("bench needs a SQL login: User ID and Password")
    };
    let mut config = Config::new();
    config.host(&settings.server.host);
    config.authentication(AuthMethod::sql_server(user, password.expose()));
    config.database(settings.database.as_deref().expect("bench needs Database in the connection string"));
    config.encryption(if settings.encrypt == Encrypt::Optional {
        EncryptionLevel::Off
    } else {
        EncryptionLevel::Required
    });
    match &settings.server_certificate {
        Some(file) => config.trust_cert_ca(file.display()),
        None => config.trust_cert(),
    }
    let address = (settings.server.host.as_str(), settings.server.port.unwrap_or(1433));
    let stream = TcpStream::connect(address).await.expect("the server listens");
    Client::connect(config, stream.compat_write()).await.expect("the login succeeds")
}

/// Reads a page of the list on one connection, again and again. The first read, in a new session, is not measured.
pub(crate) async fn list(settings: &SqlServerSettings, page_size: i64, seconds: u64) -> Load {
    let mut client = connect(settings).await;
    read_page(&mut client, page_size).await;
    let (began, mut times) = (Instant::now(), Vec::new());
    while began.elapsed() < Duration::from_secs(seconds) {
        let started = Instant::now();
        read_page(&mut client, page_size).await;
        times.push(started.elapsed());
    }
    Load::of_times(times, began.elapsed().as_secs_f64())
}

async fn read_page(client: &mut Connection, page_size: i64) {
    let response = client.query(LIST, &[&0_i64, &page_size]).await.expect("a response");
    response.into_results().await.expect("rows");
}

/// Inserts books on `connections` connections, one statement per book. The first of each, in a new session, is not
/// measured.
pub(crate) async fn inserts(settings: &SqlServerSettings, connections: u32, seconds: u64) -> Load {
    let mut clients = Vec::new();
    for _ in 0..connections {
        let mut client = connect(settings).await;
        insert(&mut client).await;
        clients.push(client);
    }
    let (began, mut tasks) = (Instant::now(), JoinSet::new());
    for mut client in clients {
        tasks.spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < Duration::from_secs(seconds) {
                let started = Instant::now();
                insert(&mut client).await;
                times.push(started.elapsed());
            }
            times
        });
    }
    let times = tasks.join_all().await.concat();
    Load::of_times(times, began.elapsed().as_secs_f64())
}

async fn insert(client: &mut Connection) {
    let (price, id) = (Numeric::new_with_scale(990, 2), uuid::Uuid::new_v4());
    let book: &[&dyn ToSql] = &[&"Bare", &"Jane", &"Austen", &12_i32, &price, &"English", &"Murray", &id];
    client.query(CREATE, book).await.expect("a response").into_results().await.expect("the row");
}
