//! An authenticated connection to a domain controller.

use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry};

use super::DirectoryError;
use super::server::Server;

/// The longest wait for the connection, DNS included, and for each answer.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Session {
    ldap: Ldap,
    pub(crate) host: String,
}

impl Session {
    pub(crate) async fn open(server: &Server) -> Result<Self, DirectoryError> {
        let Server { host, port } = server;
        let settings = LdapConnSettings::new().set_conn_timeout(TIMEOUT);
        let connected = LdapConnAsync::with_settings(settings, &format!("ldap://{host}:{port}")).await;
        let (connection, ldap) = connected.map_err(|error| failed(host, "connecting", &error))?;
        // The caller that waits for an answer gets the connection's error.
        tokio::spawn(async move { drop(connection.drive().await) });
        let mut session = Self { ldap, host: host.clone() };
        let bound = session.ldap.with_timeout(TIMEOUT).sasl_gssapi_bind(host).await;
        bound.and_then(ldap3::LdapResult::success).map_err(|error| failed(host, "logging in by Kerberos", &error))?;
        Ok(session)
    }

    /// The matching entries, without referrals to other servers.
    pub(crate) async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&'static str],
    ) -> Result<Vec<Entry>, DirectoryError> {
        let found = self.ldap.with_timeout(TIMEOUT).search(base, scope, filter, attributes).await;
        let found = found.and_then(ldap3::SearchResult::success);
        let (entries, _) = found.map_err(|error| failed(&self.host, "reading", &error))?;
        Ok(entries
            .into_iter()
            .filter(|entry| !entry.is_ref())
            .map(|entry| Entry(SearchEntry::construct(entry)))
            .collect())
    }
}

fn failed(host: &str, step: &'static str, error: &LdapError) -> DirectoryError {
    DirectoryError::Ldap { host: host.to_owned(), step, error: error.to_string() }
}

/// One object of the directory.
pub(crate) struct Entry(SearchEntry);

impl Entry {
    pub(crate) fn texts(&self, attribute: &str) -> &[String] {
        self.0.attrs.get(attribute).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn text(&self, attribute: &str) -> Option<&str> {
        self.texts(attribute).first().map(String::as_str)
    }

    /// A binary value, also if its bytes happen to be valid text.
    pub(crate) fn bytes(&self, attribute: &str) -> Option<&[u8]> {
        let binary = self.0.bin_attrs.get(attribute).and_then(|values| values.first());
        binary.map(Vec::as_slice).or_else(|| self.text(attribute).map(str::as_bytes))
    }
}
