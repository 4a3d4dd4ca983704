//! Evidence that several checks share. Each type is filled by the check that is named beside it.

use std::net::IpAddr;

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_db::sql_server::DEFAULT_PORT;
use bookstore_kerberos::credentials::KerberosCredentials;

/// How the connection string names the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameForm {
    Address,
    /// A name without a dot.
    Short,
    Qualified,
}

impl NameForm {
    pub(crate) fn of(host: &str) -> Self {
        match host {
            host if host.parse::<IpAddr>().is_ok() || host.contains(':') => Self::Address,
            host if host.trim_end_matches('.').contains('.') => Self::Qualified,
            _ => Self::Short,
        }
    }
}

/// The resolved name of the server (`server_name`).
#[derive(Clone, Debug)]
pub(crate) struct ServerName {
    pub(crate) host: String,
    pub(crate) form: NameForm,
    pub(crate) addresses: Vec<IpAddr>,
    /// The host of the SPN, unless the connection string names another SPN.
    pub(crate) canonical: String,
    /// Whether the DNS has the name; false if it comes from elsewhere, like the hosts file; none if the DNS did not
    /// answer.
    pub(crate) in_dns: Option<bool>,
}

/// How a DNS query is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
}

/// The reply of a name server to one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DnsReply {
    /// The records; for SRV their targets.
    Records(Vec<String>),
    /// The answer did not fit into UDP and was cut: it must be queried by TCP.
    Truncated,
    /// The name does not exist, or has no such record.
    NotFound,
    /// Another refusal, by its code.
    Refused(String),
    /// No reply, and why.
    NoReply(String),
}

/// One query with its reply.
#[derive(Clone, Debug)]
pub(crate) struct DnsAnswer {
    pub(crate) name_server: IpAddr,
    pub(crate) transport: Transport,
    pub(crate) name: String,
    pub(crate) reply: DnsReply,
}

/// The SRV records of the domain (`domain_records`).
#[derive(Clone, Debug, Default)]
pub(crate) struct DomainRecords {
    pub(crate) domain: String,
    pub(crate) answers: Vec<DnsAnswer>,
    /// The first domain controllers by name and address.
    pub(crate) controllers: Vec<(String, IpAddr)>,
}

/// A domain controller and its ports (`domain_controllers`).
#[derive(Clone, Debug)]
pub(crate) struct DomainController {
    pub(crate) host: String,
    pub(crate) address: IpAddr,
    /// Each checked port, with the error if it is not open.
    pub(crate) ports: Vec<(u16, Option<String>)>,
}

impl DomainController {
    pub(crate) fn is_open(&self, port: u16) -> bool {
        self.ports.iter().any(|(this, error)| *this == port && error.is_none())
    }
}

/// What is known about the domain when tickets are requested.
#[derive(Debug, Default)]
pub(crate) struct Domain {
    pub(crate) realm: Option<String>,
    /// The credentials in use; none on Windows, which keeps them in the logon session.
    pub(crate) credentials: Option<KerberosCredentials>,
    pub(crate) records: DomainRecords,
    pub(crate) controllers: Vec<DomainController>,
    /// How far this clock is ahead of a controller's; negative if behind (`clock`).
    pub(crate) clock_offset: Option<time::Duration>,
    pub(crate) server: Option<ServerName>,
}

impl Domain {
    /// The client, like `webgmsa$@CONTOSO.COM`.
    pub(crate) fn principal(&self) -> Option<&str> {
        self.credentials.as_ref()?.principal()
    }

    pub(crate) fn client(&self) -> &str {
        self.principal().unwrap_or("this process")
    }

    /// `x` of `x@REALM`.
    pub(crate) fn account(&self) -> &str {
        self.principal().and_then(|principal| principal.split('@').next()).unwrap_or("<account>")
    }

    /// The SPN of the login, as far as it is known before the login.
    pub(crate) fn requested_spn(&self, settings: &SqlServerSettings) -> String {
        let host = self.server.as_ref().map_or(settings.server.host.as_str(), |server| server.canonical.as_str());
        let port = settings.server.port.unwrap_or(DEFAULT_PORT);
        settings.server_spn.clone().unwrap_or_else(|| format!("MSSQLSvc/{host}:{port}"))
    }
}
