//! The server: a listener, its connections, and the handle that tests hold.

use super::counters::Counters;
use super::faults::{Fault, Faults, Stage};
use super::handshake::{SeenLogin, shake_hands};
use super::integrated::Domain;
use super::locks::Locks;
use super::session;
use super::store::{MASTER, Store};
use super::tls::Certificates;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A client has this long to log in, as in SQL Server.
const LOGIN_TIME: Duration = Duration::from_secs(60);
/// `@@SERVERNAME`.
const SERVER_NAME: &str = "STANDIN";

/// What all connections of a server share.
pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) locks: Arc<Locks>,
    pub(crate) certificates: Certificates,
    pub(crate) faults: Faults,
    pub(crate) counters: Counters,
    pub(crate) name: String,
    pub(crate) domain: Option<Domain>,
    pub(crate) last_login: Mutex<Option<SeenLogin>>,
    sessions: AtomicU16,
}

impl Shared {
    /// A number for a new session; those up to 50 are SQL Server's own.
    pub(crate) fn next_session(&self) -> u16 {
        51 + self.sessions.fetch_add(1, Ordering::SeqCst) % 32_000
    }
}

/// Settings of a server that is not started yet.
pub struct Builder {
    logins: BTreeMap<String, (String, bool)>,
    databases: Vec<String>,
    names: Vec<String>,
    address: SocketAddr,
    data: Option<PathBuf>,
    domain: Option<Domain>,
}

impl Builder {
    /// Adds a SQL login. `sa` is a member of sysadmin; any other needs a user in each database and permissions there.
    #[must_use]
    pub fn login(mut self, name: &str, password: &str) -> Self {
        self.logins.insert(name.to_owned(), (password.to_owned(), name.eq_ignore_ascii_case("sa")));
        self
    }

    /// Adds a database. The first one is that of the connection strings.
    #[must_use]
    pub fn database(mut self, name: &str) -> Self {
        self.databases.push(name.to_owned());
        self
    }

    /// Adds a name to the certificate, beside localhost, 127.0.0.1 and ::1.
    #[must_use]
    pub fn certificate_name(mut self, name: &str) -> Self {
        self.names.push(name.to_owned());
        self
    }

    /// Listens here instead of at a free port of 127.0.0.1.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Keeps the data in this directory instead of one that goes away with the server.
    #[must_use]
    pub fn data(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data = Some(directory.into());
        self
    }

    /// Takes integrated logins of this Kerberos realm: `name@REALM` is the Windows account `NETBIOS\name`.
    ///
    /// The service's keys are those of the process's keytab (`KRB5_KTNAME`), read anew at each login. A build without the
    /// feature `kerberos` refuses all integrated logins.
    #[must_use]
    pub fn domain(mut self, realm: &str, netbios: &str) -> Self {
        self.domain = Some(Domain { realm: realm.to_owned(), netbios: netbios.to_owned() });
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// When the address cannot be bound, or the data directory not be used.
    pub async fn start(self) -> io::Result<StandIn> {
        let listener = TcpListener::bind(self.address).await?;
        let address = listener.local_addr()?;
        let store = Store::open(self.data.as_deref())?;
        for (name, (password, sysadmin)) in &self.logins {
            store.add_login(name, password, *sysadmin)?;
        }
        self.databases.iter().try_for_each(|database| store.add_database(database).map(drop))?;
        let certificates = Certificates::new(&self.names)?;
        let files = TempDir::with_prefix("stand-in-ca-")?;
        std::fs::write(files.path().join("ca.pem"), &certificates.authority)?;
        let shared = Arc::new(Shared {
            store: Arc::new(store),
            locks: Arc::new(Locks::default()),
            certificates,
            faults: Faults::default(),
            counters: Counters::default(),
            name: SERVER_NAME.to_owned(),
            domain: self.domain,
            last_login: Mutex::new(None),
            sessions: AtomicU16::new(0),
        });
        let running = Running::start(listener, Arc::clone(&shared));
        let database = self.databases.first().map_or(MASTER, String::as_str).to_owned();
        Ok(StandIn {
            address,
            ca_file: files.path().join("ca.pem"),
            _files: files,
            shared,
            logins: self.logins,
            database,
            running,
        })
    }
}

/// A running SQL Server stand-in. Dropping it closes its connections and, unless kept elsewhere, forgets its data.
pub struct StandIn {
    address: SocketAddr,
    ca_file: PathBuf,
    _files: TempDir,
    shared: Arc<Shared>,
    logins: BTreeMap<String, (String, bool)>,
    database: String,
    running: Running,
}

impl StandIn {
    /// A server without logins and databases other than master, at a free port of 127.0.0.1.
    pub fn builder() -> Builder {
        Builder {
            logins: BTreeMap::new(),
            databases: Vec::new(),
            names: ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec(),
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            data: None,
            domain: None,
        }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The PEM file of the authority that signs its certificates.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// An ADO.NET connection string to the first database, with the password of one of the builder's logins. A name that
    /// is none of them gets an empty password.
    pub fn connection_string(&self, login: &str) -> String {
        let password = self.logins.get(login).map_or("", |(password, _)| password);
        let (port, database, ca) = (self.address.port(), quoted(&self.database), self.ca_file.display());
        format!(
            "Server=tcp:localhost,{port};Database={database};User Id={};Password={};Encrypt=Mandatory;ServerCertificate={}",
            quoted(login),
            quoted(password),
            quoted(&ca.to_string()),
        )
    }

    /// The faults, to be changed at any time.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The counters.
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// What the latest login told of its client, whether it was let in or not.
    pub fn last_login(&self) -> Option<SeenLogin> {
        self.shared.last_login.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops listening and closes all connections: the server is away. The data stay.
    pub async fn stop(&mut self) {
        self.running.stop().await;
    }

    /// Listens again at the same address.
    ///
    /// # Errors
    /// When the address has been taken meanwhile.
    pub async fn restart(&mut self) -> io::Result<()> {
        self.running.stop().await;
        let listener = TcpListener::bind(self.address).await?;
        self.running = Running::start(listener, Arc::clone(&self.shared));
        Ok(())
    }
}

/// A value of a connection string, in quotes where it needs them.
fn quoted(value: &str) -> String {
    let plain = !value.contains([';', '=', '\'', '"']) && value.trim() == value;
    if plain { value.to_owned() } else { format!("\"{}\"", value.replace('"', "\"\"")) }
}

/// The tasks of a server.
struct Running {
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    fn start(listener: TcpListener, shared: Arc<Shared>) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(stop.clone().run_until_cancelled_owned(accept(listener, shared, stop.clone(), tasks.clone())));
        Self { stop, tasks }
    }

    async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stop: CancellationToken, tasks: TaskTracker) {
    loop {
        // A connection that broke before it was accepted is its client's matter.
        let Ok((tcp, _)) = listener.accept().await else { continue };
        if shared.faults.strike(Stage::Connection, "") == Some(Fault::RefuseConnection) {
            drop(tcp.set_zero_linger());
            continue;
        }
        let shared = Arc::clone(&shared);
        let client = async move {
            let _open = shared.counters.connection();
            // A client that breaks the protocol loses its connection; there is nobody else to tell.
            drop(serve(&shared, tcp).await);
        };
        tasks.spawn(stop.clone().run_until_cancelled_owned(client));
    }
}

async fn serve(shared: &Arc<Shared>, tcp: TcpStream) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    match tokio::time::timeout(LOGIN_TIME, shake_hands(shared, tcp)).await?? {
        Some(session) => session::serve(shared, session).await,
        None => Ok(()),
    }
}
