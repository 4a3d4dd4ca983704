//! The link and the causes that fit an error of SQL Server during a login, by its number. Known failures 15 to 20.
//! <https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-18456-database-engine-error>

use bookstore_db::connection_string::{Login, LoginDoubt, SqlServerSettings};
use bookstore_db::error::ServerError;

use crate::connection_string;
use crate::evidence::{Domain, NameForm};
use crate::report::{Audience, Cause, Link};
use crate::spn_causes::{register, wrong_service_key};

/// The link and the causes of an error that the server reported.
pub(super) fn explain(error: &ServerError, settings: &SqlServerSettings, domain: &Domain) -> (Link, Vec<Cause>) {
    match error.number {
        911 => (Link::Database, vec![missing_database(settings)]),
        916 => (Link::Database, vec![missing_user(settings, domain)]),
        4060 | 4062 | 4064 => (Link::Database, closed_database(settings, domain)),
        904 | 921 | 922 | 927 => (Link::Database, vec![database_starting(settings)]),
        4221 | 40143 | 40197 | 40540 | 40613 | 42108 | 42109 => (Link::Database, vec![failing_over(settings)]),
        6005 | 17142 | 18401 | 18451 => (Link::Login, vec![server_starting()]),
        17806 => (Link::Login, wrong_service_key(&domain.requested_spn(settings))),
        18452 | 18456 | 18470 | 18486..=18488 => (Link::Login, refused(error, settings, domain)),
        number => (Link::Login, vec![unknown(number)]),
    }
}

/// The causes of a refused account.
fn refused(error: &ServerError, settings: &SqlServerSettings, domain: &Domain) -> Vec<Cause> {
    let login = match &settings.login {
        Login::Sql { user, .. } => Some(user.as_str()),
        Login::Integrated => None,
    };
    match (error.number, login) {
        (18456, _) if error.message.to_uppercase().contains("ANONYMOUS LOGON") => anonymous(domain, settings),
        (18456, None) => vec![no_windows_login(&error.message, domain)],
        // For a SQL login 18452 is "not associated with a trusted SQL Server connection".
        (18452, Some(_)) => vec![windows_logins_only()],
        (18452, None) => vec![untrusted_domain(settings, domain)],
        (18456, Some(_)) if error.message.contains("Windows authentication only") => vec![windows_logins_only()],
        (18456, Some(user)) => [doubts(&settings.login), sql_login(error.number, user)].concat(),
        (number, login) => sql_login(number, login.unwrap_or("<login>")),
    }
}

fn unknown(number: u32) -> Cause {
    Cause::other(format!("error {number} is none of the known failures of a login")).fix(
        Audience::SqlServer,
        "look it up, and read the server's error log, at this minute",
        format!("SELECT text FROM sys.messages WHERE language_id = 1033 AND message_id = {number}"),
    )
}

fn anonymous(domain: &Domain, settings: &SqlServerSettings) -> Vec<Cause> {
    let spn = domain.requested_spn(settings);
    vec![
        Cause::known(16, "the login used NTLM without an identity: the server's SPN is missing or registered twice")
            .fix(
                Audience::Directory,
                "check who has it, and register it on SQL Server's account",
                format!("{}\nsetspn -X", register(&spn)),
            )
            .distinguish_by("`setspn -Q` finds no account, or more than one"),
        Cause::known(16, "the credential spec gave this container no identity to show to another machine")
            .fix(
                Audience::Cluster,
                "check that the pod names it and that the container has it",
                "nltest /sc_verify:<domain>",
            )
            .distinguish_by("`klist get krbtgt` in the container fails"),
    ]
}

fn no_windows_login(message: &str, domain: &Domain) -> Cause {
    // "Login failed for user 'CONTOSO\web$'."
    let reported = message.split('\'').nth(1).filter(|user| !user.is_empty());
    let account = reported.or(domain.principal()).unwrap_or("<DOMAIN>\\<account>$");
    let what = format!("SQL Server authenticated {account}, but has no login for this account or a group of it");
    Cause::known(18, what).fix(
        Audience::SqlServer,
        "create the login and let it use the shop's database",
        format!("CREATE LOGIN [{account}] FROM WINDOWS;\nbookstore migrate --grant '{account}'"),
    )
}

fn windows_logins_only() -> Cause {
    Cause::known(19, "SQL Server accepts Windows logins only (LoginMode 1)")
        .fix(
            Audience::SqlServer,
            "allow SQL logins too, and restart it",
            "EXEC xp_instance_regwrite N'HKEY_LOCAL_MACHINE', N'Software\\Microsoft\\MSSQLServer\\MSSQLServer', \
             N'LoginMode', REG_DWORD, 2",
        )
        .fix(Audience::Application, "or log in as the account of the process", "Trusted_Connection=true")
}

fn sql_login(number: u32, user: &str) -> Vec<Cause> {
    let one = |what: &str, action: &str, command: String| {
        vec![Cause::known(19, format!("{what} (error {number})")).fix(Audience::SqlServer, action, command)]
    };
    match number {
        18470 => one("the login is disabled", "enable it", format!("ALTER LOGIN [{user}] ENABLE")),
        18486 => one(
            "the login is locked after wrong passwords",
            "unlock it",
            format!("ALTER LOGIN [{user}] WITH PASSWORD = N'<password>' UNLOCK"),
        ),
        18487 | 18488 => one(
            "the login's password has expired or must be changed",
            "set a new one",
            format!("ALTER LOGIN [{user}] WITH PASSWORD = N'<new password>'"),
        ),
        _ => vec![
            Cause::known(19, format!("the password of {user} is wrong"))
                .fix(Audience::Application, "write the right one; quote a ; or ' in it", "Password='<password>'")
                .distinguish_by("SQL Server's error log has state 8 for this login"),
            Cause::known(19, format!("the login {user} does not exist or is disabled"))
                .fix(
                    Audience::SqlServer,
                    "create or enable it",
                    format!(
                        "SELECT name, is_disabled FROM sys.sql_logins WHERE name = N'{user}';\n\
                         ALTER LOGIN [{user}] ENABLE"
                    ),
                )
                .distinguish_by("the error log has state 5 (it does not exist) or 7 (it is disabled)"),
            windows_logins_only()
                .distinguish_by("the error log has state 58, and SERVERPROPERTY('IsIntegratedSecurityOnly') is 1"),
        ],
    }
}

/// Mistakes that the connection string itself shows. They are likelier than any other cause of a refused SQL login.
fn doubts(login: &Login) -> Vec<Cause> {
    let cause = |doubt| match doubt {
        LoginDoubt::WindowsAccount => connection_string::windows_account_by_password()
            .distinguish_by("SELECT name FROM sys.sql_logins has no such name"),
        LoginDoubt::UserPlaceholder(form) => placeholder("User ID", form),
        LoginDoubt::PasswordPlaceholder(form) => placeholder("Password", form),
    };
    login.doubts().into_iter().map(cause).collect()
}

fn placeholder(keyword: &str, form: &str) -> Cause {
    connection_string::placeholder(keyword, form)
        .distinguish_by("the connection string has it, where the shop starts: in its environment or file")
}

fn untrusted_domain(settings: &SqlServerSettings, domain: &Domain) -> Cause {
    let is_qualified = domain.server.as_ref().is_none_or(|server| server.form == NameForm::Qualified);
    let why = if is_qualified {
        "the client got no ticket for the server's name"
    } else {
        "the connection string names an IP address or a short name"
    };
    Cause::known(17, format!("the login used NTLM from a machine that the domain does not know: {why}"))
        .fix(Audience::Application, "write the fully qualified name of the server", "Server=<host>.<domain>")
        .fix(Audience::Directory, "and register that name", register(&domain.requested_spn(settings)))
}

/// `DOMAIN\web$` for `web$@DOMAIN.LOCAL`, if the domain is named like the first part of the realm.
fn windows_account(principal: &str) -> String {
    match principal.split_once('@') {
        Some((name, realm)) => format!("{}\\{name}", realm.split('.').next().unwrap_or(realm)),
        None => principal.to_owned(),
    }
}

/// The database that the login asks for.
fn database_name(settings: &SqlServerSettings) -> &str {
    settings.database.as_deref().unwrap_or("that is the login's default")
}

/// The server does not say which of the two it is.
fn closed_database(settings: &SqlServerSettings, domain: &Domain) -> Vec<Cause> {
    vec![
        missing_database(settings).distinguish_by("sa cannot open it either: SELECT name FROM sys.databases"),
        missing_user(settings, domain).distinguish_by("sa can open it"),
    ]
}

fn missing_database(settings: &SqlServerSettings) -> Cause {
    let cause = Cause::known(20, format!("the server has no database {}", database_name(settings)));
    match &settings.database {
        Some(_) => cause.fix(
            Audience::Application,
            "create it, with a login that may; or correct the name",
            "bookstore migrate --seed",
        ),
        None => cause.fix(Audience::Application, "name the database", "Database=Bookstore"),
    }
}

fn missing_user(settings: &SqlServerSettings, domain: &Domain) -> Cause {
    let login = match &settings.login {
        Login::Sql { user, .. } => user.clone(),
        Login::Integrated => domain.principal().map_or("<DOMAIN>\\<account>$".to_owned(), windows_account),
    };
    Cause::known(20, format!("{login} is not a user of the database {}", database_name(settings))).fix(
        Audience::SqlServer,
        "create the user",
        format!("bookstore migrate --grant '{login}'"),
    )
}

fn database_starting(settings: &SqlServerSettings) -> Cause {
    let name = database_name(settings);
    Cause::known(28, format!("the database {name} is being recovered, restored or upgraded, and opens after that")).fix(
        Audience::SqlServer,
        "wait, and watch its state; a restore that was left open ends by RESTORE DATABASE … WITH RECOVERY",
        "SELECT name, state_desc FROM sys.databases",
    )
}

fn failing_over(settings: &SqlServerSettings) -> Cause {
    let name = database_name(settings);
    Cause::known(28, format!("the database {name} fails over, resumes or is moved, and accepts logins after that")).fix(
        Audience::SqlServer,
        "wait a minute; if it stays, check the state of the database and of its replicas",
        "SELECT name, state_desc FROM sys.databases",
    )
}

fn server_starting() -> Cause {
    Cause::known(28, "the server is starting, paused or shutting down, and accepts no logins").fix(
        Audience::SqlServer,
        "wait, and read in its error log what it does; continue the service if it is paused",
        "EXEC sys.xp_readerrorlog 0, 1, N'Recovery'",
    )
}

#[cfg(test)]
mod tests {
    use bookstore_db::connection_string::{ConnectionString, Target};

    use super::*;

    fn explained(number: u32, text: &str) -> (Link, Vec<Cause>) {
        let Target::SqlServer(settings) = ConnectionString::parse(text).unwrap().target else { panic!("{text}") };
        explain(&ServerError { number, ..ServerError::default() }, &settings, &Domain::default())
    }

    #[test]
    fn missing_database_is_recognized_by_each_of_its_numbers() {
        let text = "Server=db;Database=Books;User ID=a;Password=b";
        // Babelfish's 911 has one cause; SQL Server's other numbers stand for a missing user, too.
        for (number, count) in [(911, 1), (4060, 2), (4062, 2), (4064, 2)] {
            let (link, causes) = explained(number, text);
            assert_eq!((link, causes.len()), (Link::Database, count), "{number}");
            assert_eq!(causes[0].what, "the server has no database Books", "{number}");
            assert_eq!(causes[0].known_failure, Some(20));
        }
        let (_, causes) = explained(4064, "Server=db;User ID=a;Password=b");
        assert_eq!(causes[0].fixes[0].command, "Database=Bookstore");
        let (_, causes) = explained(916, text);
        assert_eq!(causes[0].what, "a is not a user of the database Books");
    }

    #[test]
    fn starting_server_and_starting_database_are_distinguished() {
        for (number, link, part) in [
            (18401, Link::Login, "the server is starting"),
            (6005, Link::Login, "shutting down"),
            (922, Link::Database, "is being recovered"),
            (927, Link::Database, "restored"),
            (40613, Link::Database, "fails over"),
        ] {
            let (found, causes) = explained(number, "Server=db;Database=Books;Integrated Security=true");
            assert_eq!((found, causes.len()), (link, 1), "{number}");
            assert!(causes[0].what.contains(part), "{number}: {}", causes[0].what);
        }
    }

    #[test]
    fn unknown_number_is_named_and_not_taken_for_a_closed_connection() {
        let (link, causes) = explained(40615, "Server=db;User ID=a;Password=b");
        assert_eq!((link, causes[0].known_failure), (Link::Login, None));
        assert!(causes[0].what.contains("error 40615"), "{}", causes[0].what);
    }
}
