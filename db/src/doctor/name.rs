//! The server by its name: what the connection string says, what this system makes of it, what the DNS says of it.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::dns;
use super::report::Link;
use super::rules::name;
use super::run::{Answer, Run, off_thread};
use crate::connection_string::SqlServerSettings;

const PATIENCE: Duration = Duration::from_secs(3);

/// How the connection string names the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Address,
    /// A name without a dot.
    Short,
    Qualified,
}

impl Form {
    pub(super) fn of(host: &str) -> Self {
        match host {
            host if host.parse::<IpAddr>().is_ok() || host.contains(':') => Self::Address,
            host if host.trim_end_matches('.').contains('.') => Self::Qualified,
            _ => Self::Short,
        }
    }
}

/// What a name came to.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) host: String,
    pub(super) form: Form,
    pub(super) addresses: Vec<IpAddr>,
    /// What a ticket is asked for, unless the string says otherwise.
    pub(super) canonical: String,
    /// Whether the DNS has the name; false if it comes from somewhere else, like the file hosts; none if the DNS did not say.
    pub(super) in_dns: Option<bool>,
}

/// Resolves the name as the driver's connection will.
pub(super) async fn check(run: &mut Run, settings: &SqlServerSettings) -> Option<Name> {
    let began = Instant::now();
    let host = settings.server.host.clone();
    let tried = format!("getaddrinfo and the DNS for {host}");
    let patience = run.at_most(PATIENCE);
    let asked = host.clone();
    let found = off_thread(patience, move || resolve(&asked)).await;
    let (addresses, canonical) = match found {
        Some(Ok(found)) => found,
        failure => {
            let words = match failure {
                Some(Err(words)) => words,
                _ => format!("no answer within {patience:?}"),
            };
            let answer = Answer::fail(format!("{host} cannot be resolved: {words}"), name::unresolved(&host));
            run.note(Link::ServerName, tried, began, answer);
            return None;
        }
    };
    let form = Form::of(&host);
    let in_dns = if form == Form::Address || is_this_machine(&addresses) {
        None
    } else {
        dns::has(&canonical, run.at_most(PATIENCE)).await
    };
    let name = Name { host, form, addresses, canonical, in_dns };
    run.note(Link::ServerName, tried, began, name::name(&name, settings));
    Some(name)
}

fn is_this_machine(addresses: &[IpAddr]) -> bool {
    addresses.iter().all(IpAddr::is_loopback)
}

fn resolve(host: &str) -> Result<(Vec<IpAddr>, String), String> {
    let found = dns_lookup::lookup_host(host).map_err(|error| error.to_string())?;
    let mut addresses: Vec<IpAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err("it has no address".to_owned());
    }
    Ok((addresses, crate::sql_server::fully_qualified(host)))
}
