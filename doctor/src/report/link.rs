//! The links that the doctor checks, and their names.

use serde::Serialize;

/// The links between this process and a database row, in the order of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// The connection string and the settings around it.
    ConnectionString,
    /// This process: account, system, build.
    Process,
    /// The server's name.
    ServerName,
    /// How the domain controllers are found.
    DomainRecords,
    /// Whether the domain controllers answer.
    DomainControllers,
    /// This clock compared with a domain controller's.
    Clock,
    /// The port of SQL Server.
    ServerPort,
    /// Ticket cache, keytab, logon session.
    Credentials,
    /// The ticket with which all other tickets are requested.
    TicketGrantingTicket,
    /// The ticket for SQL Server.
    ServiceTicket,
    /// The first exchange of TDS.
    Prelogin,
    /// Encryption and the server's certificate.
    Tls,
    /// The login itself.
    Login,
    /// How the server authenticated the login.
    AuthScheme,
    /// The database of the connection string.
    Database,
    /// This clock compared with the server's.
    ServerClock,
    /// Whether readers wait for writers: READ_COMMITTED_SNAPSHOT.
    SnapshotReads,
    /// The tables.
    Schema,
    /// What the login may do with the tables.
    Permissions,
    /// INSERT, UPDATE and DELETE, rolled back.
    Write,
    /// The embedded store.
    EmbeddedStore,
}

impl Link {
    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ConnectionString => "connection string",
            Self::Process => "process",
            Self::ServerName => "server name",
            Self::DomainRecords => "domain DNS records",
            Self::DomainControllers => "domain controllers",
            Self::Clock => "clock",
            Self::ServerPort => "server port",
            Self::Credentials => "credentials",
            Self::TicketGrantingTicket => "ticket-granting ticket",
            Self::ServiceTicket => "service ticket",
            Self::Prelogin => "prelogin",
            Self::Tls => "encryption",
            Self::Login => "login",
            Self::AuthScheme => "auth scheme",
            Self::Database => "database",
            Self::ServerClock => "server clock",
            Self::SnapshotReads => "snapshot reads",
            Self::Schema => "schema",
            Self::Permissions => "permissions",
            Self::Write => "write",
            Self::EmbeddedStore => "embedded store",
        }
    }
}
