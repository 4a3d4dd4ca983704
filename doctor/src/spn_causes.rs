//! The causes that blame the registration of an SPN, which the checks of tickets, login and auth scheme share. Known
//! failures 14, 15, 17, 27 and 32.

use crate::evidence::{Domain, NameForm};
use crate::report::{Audience, Cause};

/// The causes of an SPN that the directory does not know. `registered` are other SPNs of the server for which it issues
/// tickets.
pub(crate) fn unknown_service(spn: &str, registered: &[String], domain: &Domain) -> Vec<Cause> {
    let alias = match domain.server.as_ref().map(|server| (server.form, server)) {
        Some((NameForm::Address, server)) => Some((
            17,
            format!("the connection string names the IP address {}, but services are registered by name", server.host),
        )),
        Some((NameForm::Short, server)) if !server.canonical.contains('.') => Some((
            27,
            format!("the connection string names {}, a short name or an alias, which has no SPN", server.host),
        )),
        Some((_, server)) if server.in_dns == Some(false) => Some((
            27,
            format!("the connection string names {}, an alias from the hosts file, which has no SPN", server.host),
        )),
        _ => None,
    };
    let is_alias = alias.is_some();
    let (known_failure, what) = alias.unwrap_or_else(|| (14, format!("{spn} is not registered on any account")));
    let mut cause = Cause::known(known_failure, what);
    if let Some(other) = registered.iter().find(|name| name.contains(':')) {
        let host = other.trim_start_matches("MSSQLSvc/").replace(':', ",");
        let fix = format!("write the registered name: {other} exists");
        cause = cause.fix(Audience::Application, fix, format!("Server={host}"));
    } else if is_alias {
        let fix = "write the fully qualified name of the server";
        cause = cause.fix(Audience::Application, fix, "Server=<host>.<domain>");
    }
    let mut action = "check who has the name, then register it on the account that SQL Server runs as".to_owned();
    if let Some(other) = registered.iter().find(|name| !name.contains(':')) {
        action = format!("{other} exists, but the requested name has a port; {action}");
    }
    cause = cause.fix(Audience::Directory, action, register(spn));
    if is_alias || !registered.is_empty() {
        return vec![cause];
    }
    let twice = format!("{spn} is registered twice, and Active Directory issues no ticket for such a name");
    vec![
        cause.distinguish_by(format!("`setspn -Q {spn}` finds nothing")),
        Cause::known(15, twice)
            .fix(
                Audience::Directory,
                "remove it from the account that SQL Server does not run as",
                format!("setspn -X\nsetspn -D {spn} <wrong account>"),
            )
            .distinguish_by(format!("`setspn -Q {spn}` finds two accounts")),
    ]
}

/// The cause of an SPN that is on no account.
pub(crate) fn not_registered(spn: &str) -> Cause {
    Cause::known(14, format!("{spn} is not registered on any account"))
        .fix(Audience::Directory, "register it on the account that SQL Server runs as", register(spn))
        .distinguish_by(format!("`setspn -Q {spn}` finds nothing"))
}

/// The commands that check and register an SPN.
pub(crate) fn register(spn: &str) -> String {
    format!("setspn -Q {spn}\nsetspn -S {spn} <DOMAIN>\\<account of SQL Server>")
}

/// The causes of a ticket that the server cannot decrypt.
pub(crate) fn wrong_service_key(spn: &str) -> Vec<Cause> {
    vec![
        Cause::known(15, format!("{spn} is registered on another account than the one that SQL Server runs as"))
            .fix(
                Audience::Directory,
                "find the account that has it, and move it",
                format!("setspn -Q {spn}\nsetspn -D {spn} <wrong account>\nsetspn -S {spn} <account of SQL Server>"),
            )
            .distinguish_by(format!("`setspn -Q {spn}` names another account than SQL Server's service")),
        Cause::known(32, "SQL Server's key is older than its account's password: in its keytab (Linux) or its cache")
            .fix(
                Audience::SqlServer,
                "write its keytab again and restart it; on Windows restart the service",
                "/opt/mssql/bin/mssql-conf set network.kerberoskeytabfile /var/opt/mssql/secrets/mssql.keytab && \
                 systemctl restart mssql-server",
            )
            .distinguish_by(
                "the key's version (`klist -kte mssql.keytab`) is below the account's msDS-KeyVersionNumber",
            ),
    ]
}
