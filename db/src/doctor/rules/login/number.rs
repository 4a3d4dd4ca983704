//! A login that SQL Server refused, by the number of its error: rows 15 to 20.

use super::{broken_off, service_key, spn};
use crate::connection_string::{Login, SqlServerSettings};
use crate::doctor::name::Form;
use crate::doctor::report::{Audience, Cause, Link};
use crate::doctor::rules::kerberos::Domain;

pub(super) fn by_number(
    number: u32,
    message: &str,
    settings: &SqlServerSettings,
    domain: &Domain,
) -> (Link, Vec<Cause>) {
    let is_integrated = settings.login == Login::Integrated;
    match number {
        18456 if message.to_uppercase().contains("ANONYMOUS LOGON") => (Link::Login, anonymous(domain)),
        18456 if is_integrated => (Link::Login, no_login(message, domain)),
        // 18452 for a SQL login: "not associated with a trusted SQL Server connection".
        18452 if !is_integrated => (Link::Login, windows_only()),
        18456 if message.contains("Windows authentication only") => (Link::Login, windows_only()),
        18452 => (Link::Login, untrusted(settings, domain)),
        18456 | 18470 | 18486 | 18487 | 18488 => (Link::Login, sql_login(number, settings)),
        4060 | 4064 | 916 => (Link::Database, database(settings, domain)),
        17806 => (Link::Login, service_key("<host>:<port>")),
        _ => (Link::Login, broken_off()),
    }
}

fn anonymous(domain: &Domain) -> Vec<Cause> {
    let host = domain.name.as_ref().map_or("<host>", |name| name.canonical.as_str());
    vec![
        Cause::row(16, "the login went by NTLM as nobody: the SPN of the server's name is missing or registered twice")
            .fix(Audience::Directory, "look who has it, and register it on SQL Server's account", format!("setspn -Q MSSQLSvc/{host}:1433\nsetspn -S MSSQLSvc/{host}:1433 <DOMAIN>\\<account of SQL Server>\nsetspn -X"))
            .told_by("`setspn -Q` finds none, or more than one account"),
        Cause::row(16, "the credential spec gave this container no identity, so it has none to show to another machine")
            .fix(Audience::Cluster, "see that the pod names it and that the container has it", "nltest /sc_verify:<domain>")
            .told_by("`klist get krbtgt` in the container fails"),
    ]
}

/// The name between the quotes of "Login failed for user '…'".
fn user(message: &str) -> Option<&str> {
    message.split('\'').nth(1).filter(|user| !user.is_empty())
}

fn no_login(message: &str, domain: &Domain) -> Vec<Cause> {
    let account = user(message).or(domain.principal.as_deref()).unwrap_or("<DOMAIN>\\<account>$");
    vec![
        Cause::row(
            18,
            format!(
                "SQL Server knows who this is, {account}, and has no login of that name, nor of a group that it is in"
            ),
        )
        .fix(
            Audience::SqlServer,
            "make the login and let it use the shop's database",
            format!("CREATE LOGIN [{account}] FROM WINDOWS;\nbookstore migrate --grant '{account}'"),
        ),
    ]
}

fn windows_only() -> Vec<Cause> {
    vec![
        Cause::row(19, "SQL Server takes Windows logins only (LoginMode 1)")
            .fix(Audience::SqlServer, "allow both kinds, and restart it", "EXEC xp_instance_regwrite N'HKEY_LOCAL_MACHINE', N'Software\\Microsoft\\MSSQLServer\\MSSQLServer', N'LoginMode', REG_DWORD, 2")
            .fix(Audience::Application, "or log in as the account of the process", "Trusted_Connection=true"),
    ]
}

fn sql_login(number: u32, settings: &SqlServerSettings) -> Vec<Cause> {
    let user = match &settings.login {
        Login::Sql { user, .. } => user.as_str(),
        Login::Integrated => "<login>",
    };
    let unlock = |what: &str| Cause::row(19, format!("{what} (error {number})"));
    match number {
        18470 => vec![unlock("the login is disabled").fix(Audience::SqlServer, "enable it", format!("ALTER LOGIN [{user}] ENABLE"))],
        18486 => vec![unlock("the login is locked after wrong passwords").fix(Audience::SqlServer, "unlock it", format!("ALTER LOGIN [{user}] WITH PASSWORD = N'<password>' UNLOCK"))],
        18487 | 18488 => vec![unlock("the login's password has expired or must be changed").fix(Audience::SqlServer, "give it another", format!("ALTER LOGIN [{user}] WITH PASSWORD = N'<new password>'"))],
        _ => vec![
            Cause::row(19, format!("the password of {user} is another one"))
                .fix(Audience::Application, "write the right one; a ; or ' in it has to be quoted", "Password='<password>'")
                .told_by("SQL Server's error log has state 8 for this login"),
            Cause::row(19, format!("there is no login {user}, or it is disabled"))
                .fix(Audience::SqlServer, "make or enable it", format!("SELECT name, is_disabled FROM sys.sql_logins WHERE name = N'{user}';\nALTER LOGIN [{user}] ENABLE"))
                .told_by("the error log has state 5 (no such login) or 7 (disabled)"),
            Cause::row(19, "SQL Server takes Windows logins only (LoginMode 1)")
                .fix(Audience::SqlServer, "allow both kinds, and restart it", "SELECT SERVERPROPERTY('IsIntegratedSecurityOnly')")
                .told_by("the error log has state 58, and that property is 1"),
        ],
    }
}

fn untrusted(settings: &SqlServerSettings, domain: &Domain) -> Vec<Cause> {
    let asked = spn(domain, settings);
    let by_name = domain.name.as_ref().is_none_or(|name| name.form == Form::Qualified);
    let what = if by_name {
        "the login went by NTLM from a machine that the domain does not know: no ticket was got for the server's name"
    } else {
        "the login went by NTLM from a machine that the domain does not know: the string names an IP address or a short name"
    };
    vec![
        Cause::row(17, what)
            .fix(Audience::Application, "write the fully qualified name of the server", "Server=<host>.<domain>")
            .fix(
                Audience::Directory,
                "and register that name",
                format!("setspn -Q {asked}\nsetspn -S {asked} <DOMAIN>\\<account of SQL Server>"),
            ),
    ]
}

fn database(settings: &SqlServerSettings, domain: &Domain) -> Vec<Cause> {
    let name = settings.database.as_deref().unwrap_or("the login's default database");
    let login = match &settings.login {
        Login::Sql { user, .. } => user.clone(),
        Login::Integrated => domain.principal.clone().unwrap_or_else(|| "<DOMAIN>\\<account>$".to_owned()),
    };
    let grant = account(&login);
    vec![
        Cause::row(20, format!("the server has no database {name}"))
            .fix(
                Audience::Application,
                "make it, with a login that may; or write the name that it has",
                "bookstore migrate --seed",
            )
            .told_by("sa can not open it either: SELECT name FROM sys.databases"),
        Cause::row(20, format!("{grant} is no user of the database {name}"))
            .fix(Audience::SqlServer, "let it in", format!("bookstore migrate --grant '{grant}'"))
            .told_by("sa can open it"),
    ]
}

/// `DOMAIN\web$` of `web$@DOMAIN.LOCAL`, as far as a realm tells a domain.
fn account(login: &str) -> String {
    match login.split_once('@') {
        Some((name, realm)) => format!("{}\\{name}", realm.split('.').next().unwrap_or(realm)),
        None => login.to_owned(),
    }
}
