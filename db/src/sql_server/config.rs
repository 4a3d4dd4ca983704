//! The settings of a connection string in the driver's own terms.

use tiberius::{AuthMethod, Config, EncryptionLevel};

use super::spn::Spn;
use crate::connection_string::{ApplicationIntent, Encrypt, Login, SqlServerSettings};
use crate::error::Error;

/// What the driver is to do on a stream that is open already.
///
/// `host` is what the server's certificate is checked for. With an SPN the driver's own host and port carry that name, since it
/// builds the name of the service from them; the stream goes to the server all the same.
pub(super) fn config(host: &str, port: u16, spn: Option<&Spn>, settings: &SqlServerSettings) -> Result<Config, Error> {
    let mut config = Config::new();
    config.host(spn.map_or(host, |spn| &spn.host));
    config.port(spn.map_or(port, |spn| spn.port));
    config.hostname_in_certificate(settings.host_name_in_certificate.as_deref().unwrap_or(host));
    config.authentication(authentication(&settings.login)?);
    config.encryption(match settings.encrypt {
        Encrypt::Optional => EncryptionLevel::Off,
        Encrypt::Mandatory => EncryptionLevel::Required,
        Encrypt::Strict => EncryptionLevel::Strict,
    });
    trust(&mut config, settings)?;
    config.application_name(&settings.application_name);
    config.readonly(settings.application_intent == ApplicationIntent::ReadOnly);
    config.packet_size(settings.packet_size);
    // `connect` bounds the handshake itself, over both servers of a redirect.
    config.handshake_timeout(None);
    // And the connection each statement: `connection.rs`.
    config.command_timeout(None);
    if let Some(database) = &settings.database {
        config.database(database);
    }
    if let Some(workstation) = &settings.workstation_id {
        config.client_name(workstation);
    }
    Ok(config)
}

/// How the driver logs in.
///
/// # Errors
/// [`Error::LoginModeMissing`] if this build cannot: without it the driver would try a SQL login with an empty name.
pub(crate) fn authentication(login: &Login) -> Result<AuthMethod, Error> {
    match login {
        Login::Sql { user, password } => Ok(AuthMethod::sql_server(user, password.expose())),
        #[cfg(any(windows, feature = "kerberos"))]
        Login::Integrated => Ok(AuthMethod::Integrated),
        #[cfg(not(any(windows, feature = "kerberos")))]
        Login::Integrated => Err(Error::LoginModeMissing),
    }
}

/// The driver takes the named certificate for a further authority and checks the host's name all the same; SqlClient compares it
/// with the server's own. Either way it is a closer check than none, so it wins over TrustServerCertificate. Encrypt=Strict always checks.
fn trust(config: &mut Config, settings: &SqlServerSettings) -> Result<(), Error> {
    match &settings.server_certificate {
        Some(file) => {
            let certificate = std::fs::read(file)
                .map_err(|error| Error::Tls(format!("ServerCertificate={} cannot be read: {error}", file.display())))?;
            config.trust_cert_ca_bundle(certificate);
        }
        None if settings.trust_server_certificate && settings.encrypt != Encrypt::Strict => config.trust_cert(),
        None => {}
    }
    Ok(())
}
