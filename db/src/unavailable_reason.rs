//! Why the database cannot serve a request: the one list that pages, the API, the log, the metrics and readiness share.

use std::fmt;

use crate::error::Error;

/// The reason of an error that is not the request's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnavailableReason {
    /// No connection to the server: its name, port or network, or the connection was lost.
    Unreachable,
    /// The server or the database is starting, restoring or failing over.
    Starting,
    /// The server refused the login.
    LoginRefused,
    /// There is no Kerberos ticket that the server accepts.
    NoTicket,
    /// The server's certificate was refused.
    CertificateRefused,
    /// TLS failed for another reason.
    NotEncrypted,
    /// The login policy refuses a login that is not by Kerberos, such as NTLM.
    KerberosRequired,
    /// This build does not support the connection string.
    Unsupported,
    /// The shop itself failed within the login.
    ProgramFault,
    /// The database has no schema, or an older one.
    NoSchema,
    /// A statement took longer than Command Timeout.
    TimedOut,
    /// Another session holds a lock.
    Locked,
    /// The server lacks resources.
    Overloaded,
    /// The disk or the log of the database is full, so that nothing can be written.
    StorageFull,
    /// All connections of the pool are in use.
    AllConnectionsBusy,
}

impl UnavailableReason {
    /// All reasons.
    pub const ALL: [Self; 15] = [
        Self::Unreachable,
        Self::Starting,
        Self::LoginRefused,
        Self::NoTicket,
        Self::CertificateRefused,
        Self::NotEncrypted,
        Self::KerberosRequired,
        Self::Unsupported,
        Self::ProgramFault,
        Self::NoSchema,
        Self::TimedOut,
        Self::Locked,
        Self::Overloaded,
        Self::StorageFull,
        Self::AllConnectionsBusy,
    ];

    /// The reason of an error; `None` for an answer of the database, such as a conflict, a missing permission or an
    /// error of a statement.
    pub fn of(error: &Error) -> Option<Self> {
        Some(match error {
            Error::Unavailable(_) => Self::Unreachable,
            Error::Starting(_) => Self::Starting,
            Error::LoginFailed(_) => Self::LoginRefused,
            Error::Kerberos(_) => Self::NoTicket,
            Error::CertificateRefused(_) => Self::CertificateRefused,
            Error::Tls(_) => Self::NotEncrypted,
            Error::KerberosRequired(_) => Self::KerberosRequired,
            Error::IntegratedLoginUnsupported | Error::InvalidSpn(_) => Self::Unsupported,
            Error::LoginPanicked(_) => Self::ProgramFault,
            Error::SchemaMissing(_) => Self::NoSchema,
            Error::TimedOut(_) => Self::TimedOut,
            Error::Locked(_) => Self::Locked,
            Error::Overloaded(_) => Self::Overloaded,
            Error::StorageFull { .. } => Self::StorageFull,
            Error::Busy(_) => Self::AllConnectionsBusy,
            Error::NotFound(_)
            | Error::Conflict(_)
            | Error::DuplicateRequest(_)
            | Error::PermissionDenied(_)
            | Error::Server(_)
            | Error::Database(_) => return None,
        })
    }

    /// The reason as one word for programs: in problem+json, the log and the metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Starting => "starting",
            Self::LoginRefused => "login-refused",
            Self::NoTicket => "no-ticket",
            Self::CertificateRefused => "certificate-refused",
            Self::NotEncrypted => "not-encrypted",
            Self::KerberosRequired => "kerberos-required",
            Self::Unsupported => "unsupported",
            Self::ProgramFault => "program-fault",
            Self::NoSchema => "no-schema",
            Self::TimedOut => "timed-out",
            Self::Locked => "locked",
            Self::Overloaded => "overloaded",
            Self::StorageFull => "storage-full",
            Self::AllConnectionsBusy => "all-connections-busy",
        }
    }

    /// Whether the shop continues without anybody's action once the server is back.
    pub fn recovers_automatically(self) -> bool {
        matches!(self, Self::Unreachable | Self::Starting)
    }
}

/// Prints the reason as a sentence without names: the database's own text may contain some.
impl fmt::Display for UnavailableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "the database server is unreachable",
            Self::Starting => "the database is starting",
            Self::LoginRefused => "the database refused the login",
            Self::NoTicket => "there is no Kerberos ticket for the database",
            Self::CertificateRefused => "the certificate of the database server was refused",
            Self::NotEncrypted => "no encrypted connection to the database server is possible",
            Self::KerberosRequired => "the login does not use Kerberos, which is required",
            Self::Unsupported => "this build does not support the connection string",
            Self::ProgramFault => "the shop itself failed within the login",
            Self::NoSchema => "the database has no schema, or an older one",
            Self::TimedOut => "the database did not answer in time",
            Self::Locked => "another session locks the books",
            Self::Overloaded => "the database server is overloaded",
            Self::StorageFull => "the database has no space left",
            Self::AllConnectionsBusy => "all database connections are in use",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_code_and_text() {
        for (n, reason) in UnavailableReason::ALL.into_iter().enumerate() {
            for other in &UnavailableReason::ALL[..n] {
                assert!(reason.code() != other.code() && reason.to_string() != other.to_string(), "{reason:?}");
            }
        }
    }

    #[test]
    fn only_an_unreachable_or_starting_server_recovers_automatically() {
        let recovering = UnavailableReason::ALL.into_iter().filter(|reason| reason.recovers_automatically());
        assert_eq!(recovering.collect::<Vec<_>>(), [UnavailableReason::Unreachable, UnavailableReason::Starting]);
    }
}
