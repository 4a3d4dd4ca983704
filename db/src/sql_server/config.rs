//! Conversion of connection settings to the driver's configuration.

use tiberius::{AuthMethod, Config, EncryptionLevel};

use bookstore_kerberos::spn::Spn;

use crate::connection_string::{ApplicationIntent, Encrypt, Login, SqlServerSettings};
use crate::error::Error;
use crate::files::require_regular;

/// The largest packet in bytes, and that of an encrypted connection:
/// <https://learn.microsoft.com/sql/database-engine/configure-windows/configure-the-network-packet-size-server-configuration-option>.
/// SqlClient's keyword allows more.
const LARGEST_PACKET: u32 = 32_767;
const LARGEST_ENCRYPTED_PACKET: u32 = 16_383;

/// Creates the driver's configuration for a stream that is already open.
///
/// `host` is the name that the server's certificate must have. With an SPN the driver's host and port are those of the
/// SPN, because the driver builds the service name from them; the stream still goes to the server.
pub(super) fn config(host: &str, port: u16, spn: Option<&Spn>, settings: &SqlServerSettings) -> Result<Config, Error> {
    let mut config = Config::new();
    config.host(spn.map_or(host, |spn| &spn.host));
    config.port(spn.map_or(port, |spn| spn.port));
    config.hostname_in_certificate(settings.host_name_in_certificate.as_deref().unwrap_or(host));
    config.authentication(auth_method(&settings.login)?);
    config.encryption(match settings.encrypt {
        Encrypt::Optional => EncryptionLevel::Off,
        Encrypt::Mandatory => EncryptionLevel::Required,
        Encrypt::Strict => EncryptionLevel::Strict,
    });
    set_trust(&mut config, settings)?;
    config.application_name(&settings.application_name);
    config.readonly(settings.application_intent == ApplicationIntent::ReadOnly);
    let largest = if settings.encrypt == Encrypt::Optional { LARGEST_PACKET } else { LARGEST_ENCRYPTED_PACKET };
    config.packet_size(settings.packet_size.min(largest));
    // `connect.rs` limits the whole login, including a redirect.
    config.handshake_timeout(None);
    // `connection.rs` limits each statement.
    config.command_timeout(None);
    if let Some(database) = &settings.database {
        config.database(database);
    }
    if let Some(workstation) = &settings.workstation_id {
        config.client_name(workstation);
    }
    Ok(config)
}

/// Returns the driver's authentication method for a login.
///
/// # Errors
/// [`Error::IntegratedLoginUnsupported`] if this build does not support it. The driver would try a SQL login with an
/// empty name.
pub fn auth_method(login: &Login) -> Result<AuthMethod, Error> {
    match login {
        Login::Sql { user, password } => Ok(AuthMethod::sql_server(user, password.expose())),
        #[cfg(any(windows, feature = "kerberos"))]
        Login::Integrated => Ok(AuthMethod::Integrated),
        #[cfg(not(any(windows, feature = "kerberos")))]
        Login::Integrated => Err(Error::IntegratedLoginUnsupported),
    }
}

/// Sets which certificates are trusted.
///
/// The driver adds ServerCertificate to the trusted CAs and still checks the host's name; SqlClient compares it with
/// the server's certificate. Both are stricter than TrustServerCertificate, so ServerCertificate wins. Encrypt=Strict
/// always checks.
fn set_trust(config: &mut Config, settings: &SqlServerSettings) -> Result<(), Error> {
    match &settings.server_certificate {
        Some(file) => {
            let certificate = require_regular(file).and_then(|()| std::fs::read(file)).map_err(|error| {
                Error::CertificateRefused(format!("ServerCertificate={} cannot be read: {error}", file.display()))
            })?;
            config.trust_cert_ca_bundle(certificate);
        }
        None if settings.trust_server_certificate && settings.encrypt != Encrypt::Strict => config.trust_cert(),
        None => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection_string::{ConnectionString, Target};

    #[test]
    fn encrypted_connection_requests_packets_of_at_most_16383_bytes() {
        for (encrypt, requested, expected) in [
            ("Mandatory", 32_768, 16_383),
            ("Strict", 16_384, 16_383),
            ("Mandatory", 8000, 8000),
            ("Optional", 32_768, 32_767),
        ] {
            let text = format!("Server=db;User Id=a;Password=b;Encrypt={encrypt};Packet Size={requested}");
            let Target::SqlServer(settings) = ConnectionString::parse(&text).unwrap().target else { panic!("{text}") };
            assert_eq!(config("db", 1433, None, &settings).unwrap().get_packet_size(), Some(expected), "{text}");
        }
    }
}
