//! A connection to a domain controller that has told who asks.

use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry};

use super::{DirectoryError, Server};

/// Longest wait for the connection, in which DNS counts too, and for each answer.
const ANSWER: Duration = Duration::from_secs(10);

pub(super) struct Session {
    ldap: Ldap,
    pub(super) host: String,
}

impl Session {
    pub(super) async fn open(server: &Server) -> Result<Self, DirectoryError> {
        let Server { host, port } = server;
        let settings = LdapConnSettings::new().set_conn_timeout(ANSWER);
        let connected = LdapConnAsync::with_settings(settings, &format!("ldap://{host}:{port}")).await;
        let (connection, ldap) = connected.map_err(|error| failed(host, "connecting", &error))?;
        // Its own error is told to whoever waits for an answer.
        tokio::spawn(async move { drop(connection.drive().await) });
        let mut session = Self { ldap, host: host.clone() };
        let bound = session.ldap.with_timeout(ANSWER).sasl_gssapi_bind(host).await;
        bound.and_then(ldap3::LdapResult::success).map_err(|error| failed(host, "logging in by Kerberos", &error))?;
        Ok(session)
    }

    /// The entries that fit, without referrals to other servers.
    pub(super) async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[&'static str],
    ) -> Result<Vec<Entry>, DirectoryError> {
        let found = self.ldap.with_timeout(ANSWER).search(base, scope, filter, attributes).await;
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

/// What the directory says of one object.
pub(super) struct Entry(SearchEntry);

impl Entry {
    pub(super) fn texts(&self, attribute: &str) -> &[String] {
        self.0.attrs.get(attribute).map_or(&[], Vec::as_slice)
    }

    pub(super) fn text(&self, attribute: &str) -> Option<&str> {
        self.texts(attribute).first().map(String::as_str)
    }

    /// A value that is no text, though by chance it may look like some.
    pub(super) fn bytes(&self, attribute: &str) -> Option<&[u8]> {
        let binary = self.0.bin_attrs.get(attribute).and_then(|values| values.first());
        binary.map(Vec::as_slice).or_else(|| self.text(attribute).map(str::as_bytes))
    }
}
