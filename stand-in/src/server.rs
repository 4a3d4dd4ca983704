//! The public handle: configures, starts and stops a stand-in.

use crate::counters::Counters;
use crate::engine::ReadCommitted;
use crate::faults::Faults;
use crate::session::listener::ListenerTasks;
use crate::session::server_state::{KerberosDomain, LoginDetails, ServerState};
use crate::store::app_locks::AppLocks;
use crate::store::{MASTER, Store};
use crate::wire::certificates::Certificates;
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// `@@SERVERNAME` and the server name in error messages.
const SERVER_NAME: &str = "STANDIN";

/// Settings of a stand-in before it starts. Created by [`StandIn::builder`].
pub struct Builder {
    logins: BTreeMap<String, (String, bool)>,
    databases: Vec<String>,
    names: Vec<String>,
    certificate_days: Option<u16>,
    address: SocketAddr,
    data: Option<PathBuf>,
    domain: Option<KerberosDomain>,
    utc_offset: i32,
}

impl Builder {
    /// Adds a SQL login. `sa` is a member of sysadmin. Any other login needs a user in each database, and permissions.
    #[must_use]
    pub fn login(mut self, name: &str, password: &str) -> Self {
        self.logins.insert(name.to_owned(), (password.to_owned(), name.eq_ignore_ascii_case("sa")));
        self
    }

    /// Adds a database. Connection strings name the first one.
    #[must_use]
    pub fn database(mut self, name: &str) -> Self {
        self.databases.push(name.to_owned());
        self
    }

    /// Adds a host name to the certificate, which has localhost, 127.0.0.1 and ::1.
    #[must_use]
    pub fn certificate_name(mut self, name: &str) -> Self {
        self.names.push(name.to_owned());
        self
    }

    /// Lets the certificate end in this many days. The default is in the year 4096.
    #[must_use]
    pub fn certificate_days(mut self, days: u16) -> Self {
        self.certificate_days = Some(days);
        self
    }

    /// Sets the address to listen on. The default is a free port of 127.0.0.1.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Keeps the data in this directory. The default is a temporary directory, deleted with the [`StandIn`].
    #[must_use]
    pub fn data(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data = Some(directory.into());
        self
    }

    /// Sets the server's time zone, in minutes east of UTC. The default is UTC.
    #[must_use]
    pub fn utc_offset(mut self, minutes: i32) -> Self {
        self.utc_offset = minutes;
        self
    }

    /// Accepts integrated logins of this Kerberos realm: `name@REALM` becomes the Windows account `NETBIOS\name`.
    ///
    /// The service's keys come from the process's keytab (`KRB5_KTNAME`), read at each login. Without the feature
    /// `kerberos`, the stand-in refuses all integrated logins (18452).
    #[must_use]
    pub fn domain(mut self, realm: &str, netbios: &str) -> Self {
        self.domain = Some(KerberosDomain { realm: realm.to_owned(), netbios: netbios.to_owned() });
        self
    }

    /// Starts the stand-in and returns once it listens.
    ///
    /// # Errors
    /// When the address is in use, or the data directory cannot be written.
    pub async fn start(self) -> io::Result<StandIn> {
        let listener = TcpListener::bind(self.address).await?;
        let address = listener.local_addr()?;
        let store = Store::open(self.data.as_deref())?;
        for (name, (password, sysadmin)) in &self.logins {
            store.add_login(name, password, *sysadmin)?;
        }
        self.databases.iter().try_for_each(|database| store.add_database(database).map(drop))?;
        let certificates = Certificates::new(&self.names, self.certificate_days)?;
        let files = TempDir::with_prefix("stand-in-ca-")?;
        std::fs::write(files.path().join("ca.pem"), &certificates.authority)?;
        std::fs::write(files.path().join("intermediate.pem"), &certificates.intermediate)?;
        std::fs::write(files.path().join("server.pem"), &certificates.own)?;
        let server = Arc::new(ServerState {
            store: Arc::new(store),
            locks: Arc::new(AppLocks::default()),
            certificates,
            faults: Faults::default(),
            counters: Counters::default(),
            name: SERVER_NAME.to_owned(),
            utc_offset: self.utc_offset,
            domain: self.domain,
            last_login: Mutex::new(None),
            sessions: Default::default(),
            contention: Mutex::new(None),
        });
        let tasks = ListenerTasks::start(listener, Arc::clone(&server));
        let database = self.databases.first().map_or(MASTER, String::as_str).to_owned();
        Ok(StandIn {
            address,
            ca_file: files.path().join("ca.pem"),
            _files: files,
            server,
            logins: self.logins,
            database,
            tasks,
        })
    }
}

/// A running stand-in. Dropping it closes its connections and deletes its data, unless [`Builder::data`] was set.
pub struct StandIn {
    address: SocketAddr,
    ca_file: PathBuf,
    _files: TempDir,
    server: Arc<ServerState>,
    logins: BTreeMap<String, (String, bool)>,
    database: String,
    tasks: ListenerTasks,
}

impl StandIn {
    /// Starts with no logins, only the database master, and a free port of 127.0.0.1.
    pub fn builder() -> Builder {
        Builder {
            logins: BTreeMap::new(),
            databases: Vec::new(),
            names: ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec(),
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            certificate_days: None,
            data: None,
            domain: None,
            utc_offset: 0,
        }
    }

    /// The address it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The PEM file of the certificate authority that signed its certificate. Beside it are `server.pem`, that
    /// certificate, and `intermediate.pem`, the authority of
    /// [`WrongCertificate::ByIntermediate`](crate::WrongCertificate).
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// An ADO.NET connection string for a login of the builder, to the first database. An unknown login gets an empty
    /// password.
    pub fn connection_string(&self, login: &str) -> String {
        let password = self.logins.get(login).map_or("", |(password, _)| password);
        let (port, database, ca) = (self.address.port(), quoted(&self.database), self.ca_file.display());
        format!(
            "Server=tcp:localhost,{port};Database={database};User Id={};Password={};Encrypt=Mandatory;\
             ServerCertificate={}",
            quoted(login),
            quoted(password),
            quoted(&ca.to_string()),
        )
    }

    /// The faults of this stand-in. They can be changed at any time.
    pub fn faults(&self) -> &Faults {
        &self.server.faults
    }

    /// Starts contention mode for sessions that log in from now on: their transactions run side by side and wait for
    /// each other's rows and keys, with lock time-outs (1222), deadlocks (1205) and duplicate keys (2601, 2627).
    ///
    /// Create the schema before: these sessions run no DDL inside a transaction.
    pub fn contend(&self, reads: ReadCommitted) {
        *self.server.contention.lock().unwrap_or_else(PoisonError::into_inner) = Some(reads);
    }

    /// How many sessions wait for another session's rows or keys, in contention mode.
    pub fn waiting_sessions(&self) -> usize {
        self.server.store.waiting_sessions()
    }

    /// The counters of this stand-in.
    pub fn counters(&self) -> &Counters {
        &self.server.counters
    }

    /// What the client of the latest login sent, whether or not the login succeeded. `None` before the first login.
    pub fn last_login(&self) -> Option<LoginDetails> {
        self.server.last_login.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops listening and closes all connections. The data stay.
    pub async fn stop(&mut self) {
        self.tasks.stop().await;
    }

    /// Listens again at the same address.
    ///
    /// # Errors
    /// When another process listens on the address.
    pub async fn restart(&mut self) -> io::Result<()> {
        self.tasks.stop().await;
        let listener = TcpListener::bind(self.address).await?;
        self.tasks = ListenerTasks::start(listener, Arc::clone(&self.server));
        Ok(())
    }
}

/// Quotes a value of a connection string if necessary.
fn quoted(value: &str) -> String {
    let plain = !value.contains([';', '=', '\'', '"']) && value.trim() == value;
    if plain { value.to_owned() } else { format!("\"{}\"", value.replace('"', "\"\"")) }
}
