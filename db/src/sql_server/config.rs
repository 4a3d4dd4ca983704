//! Conversion of connection settings to the driver's configuration.

use tiberius::{AuthMethod, Config, EncryptionLevel};

use bookstore_kerberos::spn::Spn;

use crate::connection_string::{ApplicationIntent, Encrypt, Login, SqlServerSettings};
use crate::error::Error;
use crate::files::require_regular;

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
    config.packet_size(settings.packet_size);
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
