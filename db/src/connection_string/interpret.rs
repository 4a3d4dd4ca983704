//! From assignments to settings: which engine, which login, which options.

use std::time::Duration;

use super::{
    ApplicationIntent, ConnectionString, EmbeddedLogin, EmbeddedSettings, Encrypt, Login, ParseError, Password,
    ServerAddress, SqlServerSettings, Target, Warning, assignments::Assignments, keywords::Keyword, rules,
};

/// The data source that is a file on this machine.
pub(super) const EMBEDDED: &str = "(embedded)";

/// The file of the embedded store when `AttachDbFilename` names none.
const DEFAULT_FILE: &str = "bookstore.db";

/// SqlClient's limit on each name in a login packet, and on the password, in UTF-16 code units (MS-TDS 2.2.6.4).
const MAX_NAME: usize = 128;

/// SqlClient's numbers are 32-bit and signed.
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

const INTENT: &[(&str, ApplicationIntent)] =
    &[("ReadWrite", ApplicationIntent::ReadWrite), ("ReadOnly", ApplicationIntent::ReadOnly)];

const INTEGRATED: &[(&str, bool)] = &[("true", true), ("false", false), ("yes", true), ("no", false), ("sspi", true)];

/// Works out what the assignments ask for. Every value is checked, also where nothing uses it.
pub(super) fn interpret(assignments: &Assignments) -> Result<ConnectionString, ParseError> {
    let source = assignments.text(Keyword::DataSource).ok_or(ParseError::MissingServer)?;
    let login = login(assignments)?;
    let mut warnings = login_warnings(assignments, &login);
    let target = if source.trim().eq_ignore_ascii_case(EMBEDDED) {
        embedded(assignments, login, &mut warnings)?
    } else {
        sql_server(assignments, login, &mut warnings)?
    };
    warnings.extend(rules::check(assignments)?);
    Ok(ConnectionString { target, warnings })
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
        let reason = "|DataDirectory| is not known here; write the path of the file";
        return Err(ParseError::Refused { keyword: assignments.name(Keyword::AttachDbFilename), reason });
    }
    let is_moot = |keyword: &Keyword| match keyword {
        Keyword::DataSource | Keyword::AttachDbFilename | Keyword::UserId | Keyword::IntegratedSecurity => false,
        Keyword::Password => login != Login::Integrated,
        keyword => !rules::cover(*keyword),
    };
    warnings.extend(assignments.keywords().filter(is_moot).map(|keyword| Warning::WithoutEffect {
        keyword: assignments.name(keyword),
        reason: "the embedded store is a file, to which nobody connects or logs in",
    }));
    let login = match login {
        Login::Sql { user, .. } => EmbeddedLogin::User(user),
        Login::Integrated => EmbeddedLogin::Integrated,
    };
    Ok(Target::Embedded(EmbeddedSettings { file: file.into(), login }))
}

fn sql_server(assignments: &Assignments, login: Login, warnings: &mut Vec<Warning>) -> Result<Target, ParseError> {
    if assignments.has(Keyword::AttachDbFilename) {
        let reason = "a SQL Server is not asked to attach files here; remove it and write Initial Catalog=…, or Server=(embedded)";
        return Err(ParseError::Refused { keyword: assignments.name(Keyword::AttachDbFilename), reason });
    }
    if matches!(login, Login::Sql { .. }) && !assignments.has(Keyword::Password) {
        warnings.push(Warning::EmptyPassword);
    }
    let server = ServerAddress::read(assignments, warnings)?;
    let settings = options(assignments, SqlServerSettings::new(server, login))?;
    if settings.encrypt == Encrypt::Strict && settings.trust_server_certificate {
        warnings.push(Warning::WithoutEffect {
            keyword: assignments.name(Keyword::TrustServerCertificate),
            reason: "Encrypt=Strict always checks the certificate",
        });
    }
    Ok(Target::SqlServer(Box::new(settings)))
}

/// Everything but the server and the login, on top of the defaults.
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
        packet_size: a.number(Keyword::PacketSize, 512..=32767)?.unwrap_or(defaults.packet_size),
        pooling: a.switch(Keyword::Pooling)?.unwrap_or(defaults.pooling),
        max_pool_size: a.number(Keyword::MaxPoolSize, 1..=MAX_NUMBER)?.unwrap_or(defaults.max_pool_size),
        min_pool_size: a.number(Keyword::MinPoolSize, 0..=MAX_NUMBER)?.unwrap_or(defaults.min_pool_size),
        load_balance_timeout: limit(a, Keyword::LoadBalanceTimeout, defaults.load_balance_timeout)?,
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

/// Whole seconds, of which 0 is no limit.
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
