//! Conversion of assignments to settings: engine, login, options.

use std::time::Duration;

use super::assignments::Assignments;
use super::error::{ParseError, Warning};
use super::keywords::Keyword;
use super::login_doubt::LoginDoubt;
use super::rules;
use super::server::ServerAddress;
use super::settings::{
    ApplicationIntent, EmbeddedLogin, EmbeddedSettings, Encrypt, Login, Password, PoolBlockingPeriod,
    SqlServerSettings, Target,
};

/// The data source of the embedded store.
pub(super) const EMBEDDED: &str = "(embedded)";

/// The file of the embedded store without `AttachDbFilename`.
const DEFAULT_FILE: &str = "bookstore.db";

/// SqlClient's limit for a password and for each name in a login packet, in UTF-16 code units (MS-TDS 2.2.6.4).
const MAX_NAME: usize = 128;

/// SqlClient's numbers are signed 32-bit integers.
const MAX_NUMBER: u32 = i32::MAX as u32;

const ENCRYPT: &[(&str, Encrypt)] = &[
    ("Mandatory", Encrypt::Mandatory),
    ("Optional", Encrypt::Optional),
    ("Strict", Encrypt::Strict),
    ("true", Encrypt::Mandatory),
    ("false", Encrypt::Optional),
    ("yes", Encrypt::Mandatory),
    ("no", Encrypt::Optional),
];

const BLOCKING_PERIOD: &[(&str, PoolBlockingPeriod)] = &[
    ("Auto", PoolBlockingPeriod::Auto),
    ("AlwaysBlock", PoolBlockingPeriod::AlwaysBlock),
    ("NeverBlock", PoolBlockingPeriod::NeverBlock),
];

/// SqlClient accepts more, but a server does not: it has at most 32,767 user connections.
/// <https://learn.microsoft.com/sql/database-engine/configure-windows/configure-the-user-connections-server-configuration-option>
const MAX_CONNECTIONS: u32 = 32_767;

const INTENT: &[(&str, ApplicationIntent)] =
    &[("ReadWrite", ApplicationIntent::ReadWrite), ("ReadOnly", ApplicationIntent::ReadOnly)];

pub(super) const ENTRA: &str = "logins of Microsoft Entra ID (Azure Active Directory) are not supported; write \
                                Integrated Security=true for Kerberos, or User ID=… and Password=… for a SQL login";

const INTEGRATED: &[(&str, bool)] = &[("true", true), ("false", false), ("yes", true), ("no", false), ("sspi", true)];

/// Converts assignments to settings. Every value is checked, also one that has no effect.
pub(super) fn interpret(assignments: &Assignments) -> Result<(Target, Vec<Warning>), ParseError> {
    refuse_entra(assignments)?;
    let source = assignments.text(Keyword::DataSource).ok_or(ParseError::MissingServer)?;
    let login = login(assignments)?;
    let mut warnings = login_warnings(assignments, &login);
    let target = if source.trim().eq_ignore_ascii_case(EMBEDDED) {
        embedded(assignments, login, &mut warnings)?
    } else {
        sql_server(assignments, login, &mut warnings)?
    };
    warnings.extend(rules::check(assignments)?);
    warnings.extend(assignments.invisible_characters());
    Ok((target, warnings))
}

/// Refuses the logins of Microsoft Entra ID before anything else is asked of a string that is not meant for this shop.
fn refuse_entra(assignments: &Assignments) -> Result<(), ParseError> {
    let method: String =
        assignments.text(Keyword::Authentication).into_iter().flat_map(str::split_whitespace).collect();
    let is_entra = method.to_ascii_lowercase().starts_with("activedirectory");
    let refused = || ParseError::Refused { keyword: assignments.name(Keyword::Authentication), reason: ENTRA };
    if is_entra { Err(refused()) } else { Ok(()) }
}

fn login(assignments: &Assignments) -> Result<Login, ParseError> {
    let user = assignments.short_text(Keyword::UserId, MAX_NAME)?;
    let password = assignments.short_text(Keyword::Password, MAX_NAME)?;
    if assignments.choice(Keyword::IntegratedSecurity, INTEGRATED)?.unwrap_or(false) {
        if assignments.has(Keyword::Authentication) {
            let reason = "it cannot be combined with Integrated Security=true; remove one of the two";
            return Err(ParseError::Refused { keyword: assignments.name(Keyword::Authentication), reason });
        }
        return Ok(Login::Integrated);
    }
    let user = user.ok_or(ParseError::MissingLogin)?;
    Ok(Login::Sql { user, password: Password::new(password.unwrap_or_default()) })
}

fn login_warnings(assignments: &Assignments, login: &Login) -> Vec<Warning> {
    let ignored = |keyword: Keyword| Warning::LoginIgnored { keyword: assignments.name(keyword) };
    match login {
        Login::Integrated => {
            let given = [Keyword::UserId, Keyword::Password].into_iter().filter(|keyword| assignments.has(*keyword));
            given.map(ignored).collect()
        }
        Login::Sql { .. } => Vec::new(),
    }
}

fn embedded(assignments: &Assignments, login: Login, warnings: &mut Vec<Warning>) -> Result<Target, ParseError> {
    let localhost = ServerAddress { host: "localhost".to_owned(), port: None, instance: None };
    options(assignments, SqlServerSettings::new(localhost, login.clone()))?;

    let file = assignments.text(Keyword::AttachDbFilename).unwrap_or(DEFAULT_FILE);
    if file.starts_with('|') {
        let reason = "|DataDirectory| is not supported; write the path of the file";
        return Err(ParseError::Refused { keyword: assignments.name(Keyword::AttachDbFilename), reason });
    }
    if file.starts_with(':') || file.to_ascii_lowercase().starts_with("file:") {
        let reason =
            "the embedded store needs a file, so that its books are there after a restart; write the path of one";
        return Err(ParseError::Refused { keyword: assignments.name(Keyword::AttachDbFilename), reason });
    }
    let has_no_effect = |keyword: &Keyword| match keyword {
        Keyword::DataSource | Keyword::AttachDbFilename | Keyword::UserId | Keyword::IntegratedSecurity => false,
        Keyword::Password => login != Login::Integrated,
        keyword => !rules::has_rule(*keyword),
    };
    warnings.extend(assignments.keywords().filter(has_no_effect).map(|keyword| Warning::NoEffect {
        keyword: assignments.name(keyword),
        reason: "the embedded store is a file without connections and logins",
    }));
    let login = match login {
        Login::Sql { user, .. } => EmbeddedLogin::User(user),
        Login::Integrated => EmbeddedLogin::Integrated,
    };
    Ok(Target::Embedded(EmbeddedSettings { file: file.into(), login }))
}

fn sql_server(assignments: &Assignments, login: Login, warnings: &mut Vec<Warning>) -> Result<Target, ParseError> {
    if assignments.has(Keyword::AttachDbFilename) {
        let reason =
            "attaching files is not supported for SQL Server; write Initial Catalog=… instead, or Server=(embedded)";
        return Err(ParseError::Refused { keyword: assignments.name(Keyword::AttachDbFilename), reason });
    }
    if matches!(login, Login::Sql { .. }) && !assignments.has(Keyword::Password) {
        warnings.push(Warning::EmptyPassword);
    }
    warnings.extend(login.doubts().into_iter().map(|doubt| match doubt {
        LoginDoubt::WindowsAccount => Warning::WindowsAccount { keyword: assignments.name(Keyword::UserId) },
        LoginDoubt::UserPlaceholder(form) => Warning::Placeholder { keyword: assignments.name(Keyword::UserId), form },
        LoginDoubt::PasswordPlaceholder(form) => {
            Warning::Placeholder { keyword: assignments.name(Keyword::Password), form }
        }
    }));
    let server = ServerAddress::read(assignments, warnings)?;
    let settings = options(assignments, SqlServerSettings::new(server, login))?;
    if settings.encrypt == Encrypt::Strict && settings.trust_server_certificate {
        warnings.push(Warning::NoEffect {
            keyword: assignments.name(Keyword::TrustServerCertificate),
            reason: "Encrypt=Strict always checks the certificate",
        });
    }
    Ok(Target::SqlServer(Box::new(settings)))
}

/// Returns the settings of all options; server and login are those of `defaults`.
fn options(assignments: &Assignments, defaults: SqlServerSettings) -> Result<SqlServerSettings, ParseError> {
    let a = assignments;
    let name = |keyword| a.short_text(keyword, MAX_NAME);
    let text = |keyword| a.text(keyword).map(str::to_owned);
    let settings = SqlServerSettings {
        database: name(Keyword::InitialCatalog)?,
        encrypt: a.choice(Keyword::Encrypt, ENCRYPT)?.unwrap_or(defaults.encrypt),
        trust_server_certificate: a
            .switch(Keyword::TrustServerCertificate)?
            .unwrap_or(defaults.trust_server_certificate),
        host_name_in_certificate: text(Keyword::HostNameInCertificate),
        server_certificate: a.text(Keyword::ServerCertificate).map(Into::into),
        server_spn: text(Keyword::ServerSpn),
        application_name: name(Keyword::ApplicationName)?.unwrap_or(defaults.application_name),
        workstation_id: name(Keyword::WorkstationId)?,
        application_intent: a.choice(Keyword::ApplicationIntent, INTENT)?.unwrap_or(defaults.application_intent),
        multi_subnet_failover: a.switch(Keyword::MultiSubnetFailover)?.unwrap_or(defaults.multi_subnet_failover),
        connect_timeout: limit(a, Keyword::ConnectTimeout, defaults.connect_timeout)?,
        command_timeout: limit(a, Keyword::CommandTimeout, defaults.command_timeout)?,
        packet_size: a.number(Keyword::PacketSize, 512..=32768)?.unwrap_or(defaults.packet_size),
        pooling: a.switch(Keyword::Pooling)?.unwrap_or(defaults.pooling),
        pool_blocking_period: a
            .choice(Keyword::PoolBlockingPeriod, BLOCKING_PERIOD)?
            .unwrap_or(defaults.pool_blocking_period),
        max_pool_size: a.number(Keyword::MaxPoolSize, 1..=MAX_CONNECTIONS)?.unwrap_or(defaults.max_pool_size),
        min_pool_size: a.number(Keyword::MinPoolSize, 0..=MAX_CONNECTIONS)?.unwrap_or(defaults.min_pool_size),
        load_balance_timeout: limit(a, Keyword::LoadBalanceTimeout, defaults.load_balance_timeout)?,
        idle_timeout: limit(a, Keyword::ConnectionIdleTimeout, defaults.idle_timeout)?,
        connect_retry_count: a.number(Keyword::ConnectRetryCount, 0..=255)?.unwrap_or(defaults.connect_retry_count),
        connect_retry_interval: a
            .number(Keyword::ConnectRetryInterval, 1..=60)?
            .map_or(defaults.connect_retry_interval, seconds),
        server: defaults.server,
        login: defaults.login,
    };
    if settings.min_pool_size > settings.max_pool_size {
        return Err(ParseError::PoolSizes { min: settings.min_pool_size, max: settings.max_pool_size });
    }
    Ok(settings)
}

/// Returns a limit in whole seconds; 0 means no limit.
fn limit(a: &Assignments, keyword: Keyword, default: Option<Duration>) -> Result<Option<Duration>, ParseError> {
    Ok(match a.number(keyword, 0..=MAX_NUMBER)? {
        None => default,
        Some(0) => None,
        Some(number) => Some(seconds(number)),
    })
}

fn seconds(number: u32) -> Duration {
    Duration::from_secs(number.into())
}
