//! The ticket for SQL Server, by the Kerberos library's codes: rows 14, 15, 17, 24 and 27.

use super::kerberos::{Domain, encryption, logon};
use crate::doctor::name::{Form, Name};
use crate::doctor::report::{Audience, Cause};
use crate::kerberos::{KerberosError, KerberosFault};
use crate::sql_server::Spn;

/// Names under which the server could be registered as well.
pub(in crate::doctor) fn candidates(spn: &Spn, names: &[String]) -> Vec<String> {
    let mut hosts: Vec<&str> = vec![&spn.host];
    hosts.extend(names.iter().map(String::as_str));
    let short: Vec<_> = names
        .iter()
        .filter(|name| Form::of(name) == Form::Qualified)
        .filter_map(|name| name.split('.').next())
        .collect();
    hosts.extend(short);
    let mut candidates = Vec::new();
    for host in hosts {
        for candidate in [format!("MSSQLSvc/{host}:{}", spn.port), format!("MSSQLSvc/{host}")] {
            if candidate != spn.to_string() && !candidates.contains(&candidate) {
                candidates.push(candidate);
            }
        }
    }
    candidates.truncate(8);
    candidates
}

/// No ticket for SQL Server. `registered` are other names of it that the directory gives tickets for.
pub(in crate::doctor) fn causes(
    error: &KerberosError,
    spn: &Spn,
    registered: &[String],
    domain: &Domain,
) -> Vec<Cause> {
    match error.fault {
        KerberosFault::UnknownService => unknown_service(spn, registered, domain.name.as_ref()),
        KerberosFault::EncryptionType => encryption("<account of SQL Server>"),
        KerberosFault::WrongKey => vec![Cause::row(15, format!("the ticket for {spn} cannot be opened"))],
        _ => logon(error, domain),
    }
}

fn register(spn: &Spn) -> (Audience, &'static str, String) {
    let to = "look who has the name, then register it on the account that SQL Server runs as";
    (Audience::Directory, to, format!("setspn -Q {spn}\nsetspn -S {spn} <DOMAIN>\\<account of SQL Server>"))
}

fn unknown_service(spn: &Spn, registered: &[String], name: Option<&Name>) -> Vec<Cause> {
    let (by, to, command) = register(spn);
    let (row, what) = match name.map(|name| (name.form, name)) {
        Some((Form::Address, name)) => {
            (17, format!("the string names the IP address {}, and services are registered by name", name.host))
        }
        Some((Form::Short, name)) if !name.canonical.contains('.') => {
            (27, format!("the string names {}, a short name or an alias, which has no SPN", name.host))
        }
        Some((_, name)) if name.in_dns == Some(false) => {
            (27, format!("the string names {}, an alias from the hosts file, which has no SPN", name.host))
        }
        _ => (14, format!("{spn} is registered on no account")),
    };
    let usable: Vec<_> = registered.iter().filter(|name| name.contains(':')).collect();
    let mut cause = Cause::row(row, what);
    if let Some(other) = usable.first() {
        let host = other.trim_start_matches("MSSQLSvc/").replace(':', ",");
        cause = cause.fix(
            Audience::Application,
            format!("write the name that is registered: {other} exists"),
            format!("Server={host}"),
        );
    } else if row != 14 {
        cause =
            cause.fix(Audience::Application, "write the fully qualified name of the server", "Server=<host>.<domain>");
    }
    let mut to = to.to_owned();
    if let Some(other) = registered.iter().find(|name| !name.contains(':')) {
        to = format!("{other} exists, but the port belongs to the name that is asked for; {to}");
    }
    let mut causes = vec![cause.fix(by, to, command)];
    if row == 14 && registered.is_empty() {
        let spn = spn.to_string();
        causes[0].told_by = Some(format!("`setspn -Q {spn}` finds nothing"));
        causes.push(
            Cause::row(15, format!("{spn} is registered twice, and Active Directory gives no ticket for such a name"))
                .fix(
                    Audience::Directory,
                    "remove it from the account that SQL Server does not run as",
                    format!("setspn -X\nsetspn -D {spn} <wrong account>"),
                )
                .told_by(format!("`setspn -Q {spn}` finds two accounts")),
        );
    }
    causes
}
