//! A login that failed or that is not what it should be: rows 13 and 15 to 20, and SSPI's statuses.

use super::kerberos::{self, Domain};
use super::network;
use crate::connection_string::{Login, SqlServerSettings};
use crate::doctor::name::Form;
use crate::doctor::report::{Audience, Cause, Link};
use crate::doctor::run::Answer;
use crate::error::Error;
use crate::identity::{AuthScheme, Identity};
use crate::kerberos::{KerberosError, KerberosFault};

/// What a failed login comes to: which link, what was seen, what it fits.
pub(in crate::doctor) fn failed(error: &Error, settings: &SqlServerSettings, domain: &Domain) -> (Link, Answer) {
    let seen = error.to_string();
    let (link, causes) = match error {
        Error::LoginFailed { number, message, .. } => by_number(*number, message, settings, domain),
        Error::Kerberos(error) => {
            return (Link::Login, Answer::fail(kerberos::seen(error), ticket_refused(error, domain)));
        }
        Error::Tls(_) => (Link::Tls, vec![Cause::row(25, "the certificate was not accepted")]),
        Error::LoginModeMissing => (
            Link::Process,
            vec![Cause::other("this build cannot log in by Kerberos").fix(
                Audience::Application,
                "use a build that can",
                "cargo build --release --features kerberos",
            )],
        ),
        Error::BadSpn(_) => (
            Link::ConnectionString,
            vec![Cause::row(14, "Server SPN has a form that no ticket can be asked for").fix(
                Audience::Application,
                "write it so",
                "Server SPN=MSSQLSvc/<host>.<domain>:1433",
            )],
        ),
        other => (Link::Login, sspi(&other.to_string(), settings, domain).unwrap_or_else(broken_off)),
    };
    (link, Answer::fail(seen, causes))
}

fn broken_off() -> Vec<Cause> {
    vec![Cause::other("the server ended the connection during the login, or did not answer in time").fix(
        Audience::SqlServer,
        "its error log says why, at this minute",
        "EXEC sys.xp_readerrorlog 0, 1, N'Login'",
    )]
}

fn by_number(number: u32, message: &str, settings: &SqlServerSettings, domain: &Domain) -> (Link, Vec<Cause>) {
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

fn spn(domain: &Domain, settings: &SqlServerSettings) -> String {
    let host = domain.name.as_ref().map_or(settings.server.host.as_str(), |name| name.canonical.as_str());
    settings.server_spn.clone().unwrap_or_else(|| format!("MSSQLSvc/{host}:{}", settings.server.port.unwrap_or(1433)))
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

/// The server did not take the ticket that the directory gave.
fn ticket_refused(error: &KerberosError, domain: &Domain) -> Vec<Cause> {
    if error.fault == KerberosFault::WrongKey { service_key(&error.spn) } else { kerberos::logon(error, domain) }
}

fn service_key(spn: &str) -> Vec<Cause> {
    vec![
        Cause::row(15, format!("{spn} is registered on another account than the one that SQL Server runs as"))
            .fix(Audience::Directory, "see which account has it, and move it", format!("setspn -Q {spn}\nsetspn -D {spn} <wrong account>\nsetspn -S {spn} <account of SQL Server>"))
            .told_by(format!("`setspn -Q {spn}` names another account than SQL Server's service")),
        Cause::row(32, "SQL Server's key is older than its account's password: its keytab (Linux) or what it has cached")
            .fix(Audience::SqlServer, "write its keytab anew and restart it; on Windows restart the service", "/opt/mssql/bin/mssql-conf set network.kerberoskeytabfile /var/opt/mssql/secrets/mssql.keytab && systemctl restart mssql-server")
            .told_by("the version of the key (`klist -kte mssql.keytab`) is below the account's msDS-KeyVersionNumber"),
    ]
}

/// A login that works, by how it was proved. `required`: only Kerberos is good enough.
pub(in crate::doctor) fn scheme(
    identity: &Identity,
    settings: &SqlServerSettings,
    domain: &Domain,
    required: bool,
) -> Answer {
    let scheme = &identity.auth_scheme;
    let seen = format!("{scheme}, by the server's own word");
    if settings.login != Login::Integrated || *scheme == AuthScheme::Kerberos {
        return Answer::pass(seen);
    }
    let asked = identity.spn.clone().unwrap_or_else(|| spn(domain, settings));
    let form = domain.name.as_ref().map(|name| name.form);
    let by_other_name = domain.name.as_ref().is_some_and(|name| name.in_dns == Some(false))
        || matches!(form, Some(Form::Address | Form::Short));
    let mut causes = Vec::new();
    if by_other_name {
        causes.push(
            Cause::row(27, format!("the string names the server as {}, which has no SPN", settings.server.host))
                .fix(Audience::Application, "write the fully qualified name", "Server=<host>.<domain>")
                .told_by("the fully qualified name gives KERBEROS"),
        );
    }
    causes.push(
        Cause::row(13, format!("{asked} is not registered, so the login fell back to NTLM, which proves no server"))
            .fix(
                Audience::Directory,
                "register it on the account that SQL Server runs as",
                format!("setspn -Q {asked}\nsetspn -S {asked} <DOMAIN>\\<account of SQL Server>"),
            )
            .told_by(format!("`setspn -Q {asked}` finds nothing, and `klist get {asked}` in the container fails")),
    );
    causes.push(
        Cause::row(
            13,
            "the client spoke NTLM though the name is registered: it reached no domain controller for a ticket",
        )
        .fix(Audience::Cluster, "open ports 53 and 88 to the domain controllers", "nltest /dsgetdc:<domain>")
        .told_by(format!("`klist get {asked}` in the container works")),
    );
    if required {
        let seen = format!("{seen}, and BOOKSTORE_REQUIRE_KERBEROS is set");
        return Answer::fail(seen, causes);
    }
    Answer::warn(seen, causes)
}

/// SSPI's status in the words of an error, as `db/winauth` writes it: `SEC_E_NO_CREDENTIALS (0x8009030E)`.
/// <https://learn.microsoft.com/windows/win32/secauthn/sspi-status-codes>
fn sspi(words: &str, settings: &SqlServerSettings, domain: &Domain) -> Option<Vec<Cause>> {
    let at = words.find("0x8009")?;
    let status = u32::from_str_radix(words.get(at + 2..at + 10)?, 16).ok()?;
    let asked = spn(domain, settings);
    Some(match status {
        0x8009_030E => windows_credentials(),
        0x8009_0311 => vec![Cause::row(2, "this container reaches no domain controller").fix(
            Audience::Cluster,
            "forward the domain's zone in CoreDNS; open 53, 88, 389 and 445",
            "nltest /dsgetdc:<domain>\nnslookup -type=srv _ldap._tcp.dc._msdcs.<domain>",
        )],
        0x8009_0303 => vec![Cause::row(14, format!("{asked} is registered on no account")).fix(
            Audience::Directory,
            "register it",
            format!("setspn -Q {asked}\nsetspn -S {asked} <DOMAIN>\\<account of SQL Server>"),
        )],
        0x8009_0322 => service_key(&asked),
        0x8009_0324 => vec![network::skew(domain.ahead)],
        0x8009_030C => vec![
            Cause::row(
                26,
                "the domain refused the account: disabled, or its password rolled and the container has the old one",
            )
            .fix(
                Audience::Directory,
                "look at the account",
                "Get-ADServiceAccount <gmsa> -Properties Enabled, PasswordLastSet",
            )
            .fix(Audience::Cluster, "and start the container anew", "kubectl delete pod <pod>"),
        ],
        0x8009_0331 | 0x8009_0342 => {
            vec![Cause::row(24, "client, directory and SQL Server's account share no encryption type").fix(
                Audience::Directory,
                "allow AES on the account of SQL Server",
                "Set-ADUser <account> -Replace @{'msDS-SupportedEncryptionTypes'=24}",
            )]
        }
        0x8009_0305 | 0x8009_0302 => {
            vec![Cause::row(31, "this image lacks a part of integrated login: nanoserver since April 2024").fix(
                Audience::Application,
                "base the image on servercore",
                "FROM mcr.microsoft.com/windows/servercore:ltsc2022",
            )]
        }
        _ => return None,
    })
}

fn windows_credentials() -> Vec<Cause> {
    vec![
        Cause::row(11, "this process runs under a local account that the credential spec does not reach")
            .fix(
                Audience::Application,
                "run as NETWORK SERVICE in the image or the pod",
                "runAsUserName: \"NT AUTHORITY\\\\NETWORK SERVICE\"",
            )
            .told_by("`whoami` in the container says something else"),
        Cause::row(1, "the credential spec did not reach the container")
            .fix(
                Audience::Cluster,
                "name it in the pod, and let its service account use it",
                "kubectl describe pod <pod>\nnltest /sc_verify:<domain>",
            )
            .told_by("`nltest /sc_verify:<domain>` in the container says 1722 or 1787"),
        Cause::row(
            9,
            "the host got no password of the gMSA: KDS key, group, or a ticket from before it was put in the group",
        )
        .fix(Audience::Directory, "test it on the host", "Test-ADServiceAccount <gmsa>")
        .told_by("that says False; not visible from here"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection_string::{ConnectionString, Target};

    fn rows(words: &str) -> Vec<Option<u8>> {
        let text = "Server=db.contoso.com;Integrated Security=true";
        let Target::SqlServer(settings) = ConnectionString::parse(text).unwrap().target else { panic!("{text}") };
        let error = Error::Unavailable(words.to_owned());
        let (_, answer) = failed(&error, &settings, &Domain::default());
        answer.causes.iter().map(|cause| cause.row).collect()
    }

    #[test]
    fn each_status_of_sspi_has_its_row() {
        for (status, row) in [
            ("0x8009030E", 11),
            ("0x80090311", 2),
            ("0x80090303", 14),
            ("0x80090322", 15),
            ("0x80090324", 10),
            ("0x8009030C", 26),
            ("0x80090331", 24),
            ("0x80090305", 31),
        ] {
            let found =
                rows(&format!("the integrated login to db broke off: no ticket (SEC_E_NAME, {status}); do something"));
            assert_eq!(found.first(), Some(&Some(row)), "{status}");
        }
    }

    #[test]
    fn without_credentials_on_windows_the_spec_and_the_host_are_named_beside_the_account() {
        assert_eq!(rows("(SEC_E_NO_CREDENTIALS, 0x8009030E)"), [Some(11), Some(1), Some(9)]);
    }

    #[test]
    fn what_no_row_knows_is_not_guessed_at() {
        for words in ["the server hung up", "(0x800903FF)", "0x8009", "0x8009é"] {
            assert_eq!(rows(words), [None], "{words}");
        }
    }
}
