//! The equivalent connection string, built from the settings of another format.
//!
//! It contains the values of known settings only. Other text may be the rest of a password with an unquoted `;`.

use crate::connection_string::assignments::Assignments;
use crate::connection_string::error::ParseError;
use crate::connection_string::grammar::quote;
use crate::connection_string::interpret::{ENTRA, interpret};
use crate::connection_string::keywords::Keyword;
use crate::connection_string::print::PLACEHOLDER;

/// The data source of a string that names no valid one.
const NO_SERVER: &str = "<server>";

/// The settings found so far.
#[derive(Default)]
pub(super) struct Translation {
    server: Option<String>,
    port: Option<String>,
    instance: Option<String>,
    pairs: Vec<(Keyword, String)>,
    has_password: bool,
    is_entra: bool,
}

impl Translation {
    /// Adds a setting by its name in the other format. Unknown names are left out.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        if !value.trim().is_empty() {
            self.add_known(name, value.trim());
        }
    }

    /// Whether a setting has this name.
    pub(super) fn knows(name: &str) -> bool {
        Self::default().add_known(name, "true")
    }

    /// Whether a setting with this name is the user or the password.
    pub(super) fn is_login(name: &str) -> bool {
        let mut translation = Self::default();
        translation.add_known(name, "x");
        translation.has_password || translation.pairs.iter().any(|(keyword, _)| *keyword == Keyword::UserId)
    }

    fn add_known(&mut self, name: &str, value: &str) -> bool {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        match name.to_ascii_lowercase().as_str() {
            "server" | "servername" | "addr" | "address" | "networkaddress" | "datasource" | "host" => {
                self.server(value)
            }
            "port" | "portnumber" => self.port(value),
            "instance" | "instancename" => self.instance(value),
            "database" | "databasename" | "initialcatalog" => self.set(Keyword::InitialCatalog, value),
            "uid" | "user" | "userid" | "username" => self.set(Keyword::UserId, value),
            "pwd" | "password" => self.has_password = true,
            "trustedconnection" | "integratedsecurity" => {
                if matches!(switch(value), Some("true")) || value.eq_ignore_ascii_case("sspi") {
                    self.set(Keyword::IntegratedSecurity, "true");
                }
            }
            "authentication" | "fedauth" => self.is_entra |= value.to_ascii_lowercase().starts_with("activedirectory"),
            "encrypt" | "useencryptionfordata" => self.encrypt(value),
            "trustservercertificate" => self.switch(Keyword::TrustServerCertificate, value),
            "multisubnetfailover" => self.switch(Keyword::MultiSubnetFailover, value),
            "hostnameincertificate" => self.set(Keyword::HostNameInCertificate, value),
            "servercertificate" => self.set(Keyword::ServerCertificate, value),
            "serverspn" => self.set(Keyword::ServerSpn, value),
            "app" | "appname" | "applicationname" => self.set(Keyword::ApplicationName, value),
            "wsid" | "workstationid" => self.set(Keyword::WorkstationId, value),
            "applicationintent" => self.set(Keyword::ApplicationIntent, value),
            "connecttimeout" | "connectiontimeout" | "logintimeout" | "timeout" => {
                self.set(Keyword::ConnectTimeout, value)
            }
            "querytimeout" | "commandtimeout" => self.set(Keyword::CommandTimeout, value),
            "packetsize" => self.set(Keyword::PacketSize, value),
            _ => return false,
        }
        true
    }

    pub(super) fn server(&mut self, value: &str) {
        self.server = Some(value.to_owned());
    }

    pub(super) fn port(&mut self, value: &str) {
        self.port = Some(value.to_owned());
    }

    pub(super) fn instance(&mut self, value: &str) {
        self.instance = Some(value.to_owned());
    }

    fn switch(&mut self, keyword: Keyword, value: &str) {
        if let Some(value) = switch(value) {
            self.set(keyword, value);
        }
    }

    fn encrypt(&mut self, value: &str) {
        let value = match value.to_ascii_lowercase().as_str() {
            "strict" => "Strict",
            "optional" | "disable" | "danger_plaintext" => "Optional",
            value if switch(value) == Some("false") => "Optional",
            _ => "Mandatory",
        };
        self.set(Keyword::Encrypt, value);
    }

    fn set(&mut self, keyword: Keyword, value: &str) {
        self.pairs.retain(|(known, _)| *known != keyword);
        self.pairs.push((keyword, value.to_owned()));
    }

    /// Returns the error with the equivalent string.
    pub(super) fn into_error(mut self, format: &'static str) -> ParseError {
        if self.is_entra {
            return ParseError::Refused { keyword: Keyword::Authentication.name(), reason: ENTRA };
        }
        // An invalid address may be a whole login: `user:password@host`.
        let source = Some(self.data_source()).filter(|source| is_accepted(Keyword::DataSource, source));
        let source = (Keyword::DataSource, source.unwrap_or_else(|| NO_SERVER.to_owned()));
        if self.has_password {
            self.set(Keyword::Password, PLACEHOLDER);
        }
        // The order of the table of keywords: server, database, login, options.
        self.pairs.sort_by_key(|(keyword, _)| *keyword);
        let pairs = self.pairs.into_iter().filter(|(keyword, value)| is_accepted(*keyword, value));
        let pairs: Vec<_> = [source]
            .into_iter()
            .chain(pairs)
            .map(|(keyword, value)| format!("{}={}", keyword.name(), quote(&value)))
            .collect();
        ParseError::OtherFormat { format, equivalent: Some(pairs.join(";")) }
    }

    fn data_source(&self) -> String {
        let server = self.server.as_deref().unwrap_or(NO_SERVER);
        match (&self.port, &self.instance) {
            _ if server.contains([',', '\\']) => server.to_owned(),
            (Some(port), _) => format!("{server},{port}"),
            (None, Some(instance)) => format!("{server}\\{instance}"),
            (None, None) => server.to_owned(),
        }
    }
}

/// `true` or `false` for the words and numbers of other formats.
fn switch(value: &str) -> Option<&'static str> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some("true"),
        "false" | "no" | "0" => Some("false"),
        _ => None,
    }
}

/// Whether this parser accepts the value. A number of another unit or a word that only the other format knows is left
/// out.
fn is_accepted(keyword: Keyword, value: &str) -> bool {
    // A later pair overrides an earlier one with the same keyword.
    let probe = format!("Data Source=h;Trusted_Connection=yes;{}={}", keyword.name(), quote(value));
    let is_login = matches!(keyword, Keyword::UserId | Keyword::Password);
    is_login || Assignments::read(&probe).is_ok_and(|assignments| interpret(&assignments).is_ok())
}
