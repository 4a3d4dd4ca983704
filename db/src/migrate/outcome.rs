//! The outcome of a migration: its report, or why it stopped.

use std::fmt;

use crate::error::Error;

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationReport {
    /// Whether the database was missing and was created.
    pub created_database: bool,
    /// The scripts that were applied, in order.
    pub applied: Vec<&'static str>,
    /// Number of scripts that had been applied before.
    pub already_applied: usize,
    /// Whether readers see the last committed row instead of waiting for a writer: READ_COMMITTED_SNAPSHOT.
    pub snapshot_reads: bool,
    /// The login that was added to the role `bookstore_app`.
    pub granted: Option<String>,
    /// The roles of that login that `bookstore_app` does not restrict.
    pub privileged_roles: Vec<PrivilegedRole>,
    /// The login that needs no grant, because it is a sysadmin or owns the database: it has all permissions and cannot
    /// be in a role.
    pub needs_no_grant: Option<String>,
}

/// A role that lets a login write every column, `CreatedBy` included, whatever `bookstore_app` allows.
///
/// The replaced demo put its gMSA into sysadmin. `Display` prints the role's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivilegedRole {
    /// `sysadmin`: all permissions on the server.
    Sysadmin,
    /// `db_owner`: all permissions in the database.
    DatabaseOwner,
    /// `db_datawriter`: may write all tables of the database.
    DataWriter,
}

impl PrivilegedRole {
    /// All roles, with their columns in `admin/privileged_roles.sql`.
    pub(super) const ALL: [(Self, &str); 3] =
        [(Self::Sysadmin, "Sysadmin"), (Self::DatabaseOwner, "DatabaseOwner"), (Self::DataWriter, "DataWriter")];

    /// Returns the statement that removes the login from the role.
    pub fn revoke_statement(self, login: &str) -> String {
        let kind = if self == Self::Sysadmin { "SERVER ROLE" } else { "ROLE" };
        format!("ALTER {kind} {self} DROP MEMBER [{}]", bracketed(login))
    }
}

/// A name as it stands between brackets in T-SQL.
fn bracketed(name: &str) -> String {
    name.replace(']', "]]")
}

impl fmt::Display for PrivilegedRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sysadmin => "sysadmin",
            Self::DatabaseOwner => "db_owner",
            Self::DataWriter => "db_datawriter",
        })
    }
}

/// Why a migration stopped. Scripts that were applied before stay applied; a script that failed was rolled back.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MigrationError {
    /// The connection string names no database.
    #[error("the connection string names no database; write Database=Bookstore")]
    NoDatabase,
    /// The database cannot be connected to, nor created.
    #[error(transparent)]
    Connection(#[from] Error),
    /// Another migration holds the lock.
    #[error("another migration has held the lock for {0} s; find its session in sys.dm_tran_locks, or run this again")]
    Locked(i32),
    /// The text of a script differs from the text that was applied.
    #[error("{name} was applied with another text; restore that text, and add a new script instead")]
    ScriptChanged {
        /// The script.
        name: &'static str,
    },
    /// SQL Server cannot look up the account in its domain: 15401, known failure 21 of `docs/gmsa-facts.md`.
    #[error(
        "SQL Server cannot look up {account} in its domain: {message} (error {number}); either SQL Server's machine \
         does not reach the domain – in a container: give the pod of SQL Server its own gMSA with \
         gmsaCredentialSpecName – or the account does not exist: the name of a gMSA ends in $"
    )]
    AccountNotFound {
        /// The account.
        account: String,
        /// SQL Server's error number.
        number: u32,
        /// The server's message.
        message: String,
    },
    /// No login has this name.
    #[error(
        "there is no login {0} on this server; create it: CREATE LOGIN [{name}] WITH PASSWORD = '<password>'; a Windows \
         account is written DOMAIN\\account", name = bracketed(.0)
    )]
    LoginMissing(String),
    /// The name is not that of a login, and no role can contain it: `dbo`, `guest`, `sys`.
    #[error(
        "{0} is a special principal of SQL Server, which cannot be in a role; give --grant a login, such as DOMAIN\\account$"
    )]
    SpecialPrincipal(String),
    /// The login has a user in this database whose name is not that of the login.
    #[error(
        "{login} is the user {user} of this database, which --grant does not change; run: ALTER ROLE bookstore_app ADD \
         MEMBER [{name}]", name = bracketed(.user)
    )]
    OtherUser {
        /// The login.
        login: String,
        /// Its user.
        user: String,
    },
    /// The server rejected a script or a statement.
    #[error("{step} failed: {error}")]
    Step {
        /// A script, or a statement of `sql/admin`.
        step: &'static str,
        /// The error.
        error: Error,
    },
}
