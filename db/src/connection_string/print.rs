//! Printing of settings as a canonical connection string: canonical keywords, defaults left out.

use std::{fmt::Display, time::Duration};

use super::grammar::quote;
use super::interpret::EMBEDDED;
use super::keywords::Keyword;
use super::settings::{ApplicationIntent, EmbeddedLogin, EmbeddedSettings, Encrypt, Login, SqlServerSettings, Target};

/// What stands for a password that is not printed, in a string that is to be copied. A string that still has it causes
/// a warning: see `login_doubt.rs`.
pub(super) const PLACEHOLDER: &str = "<password>";

/// Whether a password is printed, or `***`, or a placeholder.
#[derive(Clone, Copy)]
pub(super) enum Secrets {
    Exposed,
    Hidden,
    Placeholder,
}

/// Prints a target as a connection string.
pub(super) fn canonical(target: &Target, secrets: Secrets) -> String {
    let mut printer = Printer(Vec::new());
    match target {
        Target::Embedded(settings) => printer.embedded(settings),
        Target::SqlServer(settings) => printer.sql_server(settings, secrets),
    }
    printer.0.join(";")
}

/// The pairs so far.
struct Printer(Vec<String>);

impl Printer {
    fn pair(&mut self, keyword: Keyword, value: impl Display) {
        self.0.push(format!("{}={}", keyword.name(), quote(&value.to_string())));
    }

    fn given(&mut self, keyword: Keyword, value: Option<impl Display>) {
        if let Some(value) = value {
            self.pair(keyword, value);
        }
    }

    fn changed<T: PartialEq>(&mut self, keyword: Keyword, value: &T, default: &T, show: impl Fn(&T) -> String) {
        self.given(keyword, (value != default).then(|| show(value)));
    }

    fn embedded(&mut self, settings: &EmbeddedSettings) {
        self.pair(Keyword::DataSource, EMBEDDED);
        self.pair(Keyword::AttachDbFilename, settings.file.display());
        match &settings.login {
            EmbeddedLogin::User(user) => self.pair(Keyword::UserId, user),
            EmbeddedLogin::Integrated => self.pair(Keyword::IntegratedSecurity, true),
        }
    }

    fn sql_server(&mut self, s: &SqlServerSettings, secrets: Secrets) {
        self.pair(Keyword::DataSource, &s.server);
        self.given(Keyword::InitialCatalog, s.database.as_ref());
        self.login(&s.login, secrets);

        let d = SqlServerSettings::new(s.server.clone(), Login::Integrated);
        self.changed(Keyword::Encrypt, &s.encrypt, &d.encrypt, encrypt);
        let trust = &s.trust_server_certificate;
        self.changed(Keyword::TrustServerCertificate, trust, &d.trust_server_certificate, bool::to_string);
        self.given(Keyword::HostNameInCertificate, s.host_name_in_certificate.as_ref());
        self.given(Keyword::ServerCertificate, s.server_certificate.as_ref().map(|file| file.display()));
        self.given(Keyword::ServerSpn, s.server_spn.as_ref());
        self.changed(Keyword::ApplicationName, &s.application_name, &d.application_name, String::clone);
        self.given(Keyword::WorkstationId, s.workstation_id.as_ref());
        self.changed(Keyword::ApplicationIntent, &s.application_intent, &d.application_intent, intent);
        self.changed(Keyword::MultiSubnetFailover, &s.multi_subnet_failover, &d.multi_subnet_failover, bool::to_string);
        self.changed(Keyword::ConnectTimeout, &s.connect_timeout, &d.connect_timeout, limit);
        self.changed(Keyword::CommandTimeout, &s.command_timeout, &d.command_timeout, limit);
        self.changed(Keyword::PacketSize, &s.packet_size, &d.packet_size, u32::to_string);
        self.changed(Keyword::Pooling, &s.pooling, &d.pooling, bool::to_string);
        let blocking = &s.pool_blocking_period;
        self.changed(Keyword::PoolBlockingPeriod, blocking, &d.pool_blocking_period, |period| format!("{period:?}"));
        self.changed(Keyword::MaxPoolSize, &s.max_pool_size, &d.max_pool_size, u32::to_string);
        self.changed(Keyword::MinPoolSize, &s.min_pool_size, &d.min_pool_size, u32::to_string);
        self.changed(Keyword::LoadBalanceTimeout, &s.load_balance_timeout, &d.load_balance_timeout, limit);
        self.changed(Keyword::ConnectionIdleTimeout, &s.idle_timeout, &d.idle_timeout, limit);
        self.changed(Keyword::ConnectRetryCount, &s.connect_retry_count, &d.connect_retry_count, u32::to_string);
        let interval = &s.connect_retry_interval;
        self.changed(Keyword::ConnectRetryInterval, interval, &d.connect_retry_interval, |t| t.as_secs().to_string());
    }

    fn login(&mut self, login: &Login, secrets: Secrets) {
        match login {
            Login::Integrated => self.pair(Keyword::IntegratedSecurity, true),
            Login::Sql { user, password } => {
                self.pair(Keyword::UserId, user);
                match secrets {
                    Secrets::Exposed => self.pair(Keyword::Password, password.expose()),
                    Secrets::Hidden => self.pair(Keyword::Password, password),
                    Secrets::Placeholder => self.pair(Keyword::Password, PLACEHOLDER),
                }
            }
        }
    }
}

fn encrypt(encrypt: &Encrypt) -> String {
    match encrypt {
        Encrypt::Optional => "Optional",
        Encrypt::Mandatory => "Mandatory",
        Encrypt::Strict => "Strict",
    }
    .to_owned()
}

fn intent(intent: &ApplicationIntent) -> String {
    match intent {
        ApplicationIntent::ReadWrite => "ReadWrite",
        ApplicationIntent::ReadOnly => "ReadOnly",
    }
    .to_owned()
}

/// Prints whole seconds; 0 means no limit.
fn limit(limit: &Option<Duration>) -> String {
    limit.map_or(0, |limit| limit.as_secs()).to_string()
}
