//! Checks the server's name: its addresses, its canonical name and whether the DNS has it. Known failures 17, 27 and
//! 28.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use bookstore_db::connection_string::{Login, SqlServerSettings};

use crate::dns;
use crate::evidence::{NameForm, ServerName};
use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run, run_blocking};

const TIME_LIMIT: Duration = Duration::from_secs(3);

/// Resolves the name as the driver's connection will.
pub(crate) async fn check(run: &mut Run, settings: &SqlServerSettings) -> Option<ServerName> {
    let started = Instant::now();
    let host = settings.server.host.clone();
    let tried = format!("getaddrinfo and the DNS for {host}");
    let limit = run.at_most(TIME_LIMIT);
    let name = host.clone();
    let resolved = run_blocking(limit, move || resolve(&name)).await;
    let (addresses, canonical) = match resolved.unwrap_or_else(|| Err(format!("no answer within {limit:?}"))) {
        Ok(resolved) => resolved,
        Err(error) => {
            let outcome = Outcome::failed(format!("{host} cannot be resolved: {error}"), unresolved(&host));
            run.record(Link::ServerName, tried, started, outcome);
            return None;
        }
    };
    let form = NameForm::of(&host);
    let in_dns = if form == NameForm::Address || addresses.iter().all(IpAddr::is_loopback) {
        None
    } else {
        dns::has_address(&canonical, run.at_most(TIME_LIMIT)).await
    };
    let server = ServerName { host, form, addresses, canonical, in_dns };
    run.record(Link::ServerName, tried, started, outcome(&server, settings));
    Some(server)
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
    Ok((addresses, bookstore_kerberos::spn::fully_qualified(host)))
}

/// The other names of the server: as typed, canonical, with the realm, by reverse look-up.
#[cfg(all(unix, feature = "kerberos"))]
pub(crate) async fn all_names(run: &Run, server: &ServerName, realm: Option<&str>) -> Vec<String> {
    const REVERSE_TIME_LIMIT: Duration = Duration::from_secs(1);
    let mut names = vec![server.host.clone(), server.canonical.clone()];
    if let (NameForm::Short, Some(realm)) = (server.form, realm) {
        names.push(format!("{}.{}", server.host, realm.to_lowercase()));
    }
    if let Some(address) = server.addresses.first().copied() {
        let limit = run.at_most(REVERSE_TIME_LIMIT);
        let reverse = run_blocking(limit, move || dns_lookup::lookup_addr(&address).ok()).await;
        names.extend(reverse.flatten());
    }
    names.retain(|name| NameForm::of(name) != NameForm::Address);
    names.dedup();
    names
}

fn outcome(server: &ServerName, settings: &SqlServerSettings) -> Outcome {
    let ServerName { host, canonical, .. } = server;
    let addresses: Vec<_> = server.addresses.iter().map(IpAddr::to_string).collect();
    let addresses = addresses.join(", ");
    let seen = if server.form == NameForm::Address {
        format!("{host} is an IP address")
    } else if canonical.eq_ignore_ascii_case(host) {
        format!("{host} is {addresses}")
    } else {
        format!("{host} is {canonical}, {addresses}")
    };
    let builds_spn_from_name = settings.login == Login::Integrated && settings.server_spn.is_none();
    if !builds_spn_from_name {
        return Outcome::passed(seen);
    }
    let warning = |seen: String, known_failure, what: String| {
        let fix = "write the fully qualified name for which the SPN is registered, or name the SPN";
        let text = "Server=<host>.<domain>\nServer SPN=MSSQLSvc/<host>.<domain>:1433";
        Outcome::warning(seen, vec![Cause::known(known_failure, what).fix(Audience::Application, fix, text)])
    };
    if server.form == NameForm::Address {
        let what = "the connection string names an IP address, but services are registered by name, so Kerberos has \
        no SPN to use";
        return warning(seen, 17, what.to_owned());
    }
    if !canonical.contains('.') {
        let what = format!("{host} is a short name without a full name in the DNS, so the SPN has the short name");
        return warning(format!("{seen}; a short name"), 27, what);
    }
    if server.in_dns == Some(false) {
        let what = format!(
            "{canonical} is not in the DNS but, for example, in the hosts file: an alias, which rarely has an SPN"
        );
        return warning(format!("{seen}; not from the DNS"), 27, what);
    }
    Outcome::passed(seen)
}

fn unresolved(host: &str) -> Vec<Cause> {
    let zone = host.split_once('.').map_or("<zone>", |(_, zone)| zone);
    vec![
        Cause::known(28, format!("{host} is not in the DNS that this process uses"))
            .fix(
                Audience::Application,
                "write the server's actual name; in a cluster that is <service>.<namespace>.svc.cluster.local",
                "Server=<host that resolves>",
            )
            .distinguish_by(format!("`nslookup {host}` on another machine finds nothing either")),
        Cause::known(28, "the DNS that this process uses does not forward that zone, or does not answer")
            .fix(
                Audience::Cluster,
                "forward the zone to the DNS server that has it, in CoreDNS",
                format!("{zone} {{\n    forward . <address of the domain's DNS>\n}}"),
            )
            .distinguish_by(format!("`nslookup {host} <address of the domain's DNS>` finds it")),
    ]
}
