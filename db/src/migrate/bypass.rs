//! The roles that go around `bookstore_app`.

use std::fmt;

/// A role that lets a login write what only the database should, CreatedBy included, whatever `bookstore_app` allows. The old demo
/// made its gMSA a sysadmin. `Display` names the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bypass {
    /// May do everything on the server.
    Sysadmin,
    /// May do everything in the database.
    DatabaseOwner,
    /// May write every table of the database.
    DataWriter,
}

impl Bypass {
    pub(super) const ALL: [(Self, &str); 3] =
        [(Self::Sysadmin, "Sysadmin"), (Self::DatabaseOwner, "DatabaseOwner"), (Self::DataWriter, "DataWriter")];

    /// The statement that takes the login out of the role.
    pub fn remedy(self, login: &str) -> String {
        let kind = if self == Self::Sysadmin { "SERVER ROLE" } else { "ROLE" };
        format!("ALTER {kind} {self} DROP MEMBER [{}]", login.replace(']', "]]"))
    }
}

impl fmt::Display for Bypass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sysadmin => "sysadmin",
            Self::DatabaseOwner => "db_owner",
            Self::DataWriter => "db_datawriter",
        })
    }
}
