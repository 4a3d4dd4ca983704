//! One-line summary of a target: the login, the server and the database.

use std::fmt;

use super::settings::{EmbeddedLogin, Login, Target};

/// Prints a line like `SQL login sa at db.contoso.com,1433, database Bookstore`. Contains no secret.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(settings) => {
                write!(f, "embedded store {}, where nobody logs in and rows are created by ", settings.file.display())?;
                match &settings.login {
                    EmbeddedLogin::User(user) => f.write_str(user),
                    EmbeddedLogin::Integrated => f.write_str("the account of this process"),
                }
            }
            Self::SqlServer(settings) => {
                match &settings.login {
                    Login::Sql { user, .. } => write!(f, "SQL login {user}")?,
                    Login::Integrated => f.write_str("integrated login of the account of this process")?,
                }
                write!(f, " at {}", settings.server)?;
                match &settings.database {
                    Some(database) => write!(f, ", database {database}"),
                    None => f.write_str(", the login's default database"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::connection_string::ConnectionString;

    #[test]
    fn summary_names_login_server_and_database_without_secrets() {
        for (text, summary) in [
            (
                "Server=db,1433;Database=Bookstore;User Id=sa;Password=hunter2",
                "SQL login sa at db,1433, database Bookstore",
            ),
            (
                "Server=containersql-bookstore-service; Database = Bookstore; Trusted_Connection=true;",
                "integrated login of the account of this process at containersql-bookstore-service, database Bookstore",
            ),
            ("Server=db;User Id=sa;Password=hunter2", "SQL login sa at db, the login's default database"),
            (
                "Server=(embedded);AttachDbFilename=b.db;User Id=sa",
                "embedded store b.db, where nobody logs in and rows are created by sa",
            ),
        ] {
            assert_eq!(text.parse::<ConnectionString>().unwrap().target.to_string(), summary);
        }
    }
}
