//! Which service principal names the connection string needs, to be handed to whoever registers them.

use super::name::Form;
use crate::connection_string::SqlServerSettings;
use crate::sql_server::{DEFAULT_PORT, fully_qualified};

/// The names, the one that is asked for first: full and short name, with the port and in the form of a named instance. Asks the DNS, and
/// blocks meanwhile.
/// <https://learn.microsoft.com/sql/database-engine/configure-windows/register-a-service-principal-name-for-kerberos-connections>
#[must_use]
pub fn names_to_register(settings: &SqlServerSettings) -> Vec<String> {
    let server = &settings.server;
    let full = fully_qualified(&server.host);
    let mut hosts = vec![full.clone()];
    if Form::of(&full) == Form::Qualified {
        hosts.extend(full.split('.').next().map(str::to_owned));
    }
    let mut names: Vec<String> = settings.server_spn.iter().cloned().collect();
    for host in hosts {
        match (&server.instance, server.port) {
            (Some(instance), _) => {
                names.extend([format!("MSSQLSvc/{host}:<port of {instance}>"), format!("MSSQLSvc/{host}:{instance}")])
            }
            (None, port) => {
                let port = port.unwrap_or(DEFAULT_PORT);
                names.push(format!("MSSQLSvc/{host}:{port}"));
                if port == DEFAULT_PORT {
                    names.push(format!("MSSQLSvc/{host}"));
                }
            }
        }
    }
    let mut seen = Vec::new();
    names.retain(|name| {
        !seen.contains(name) && {
            seen.push(name.clone());
            true
        }
    });
    names
}
