//! Checks how domain controllers are found: the domain's SRV records, by UDP and by TCP. Known failures 2 and 3.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hickory_resolver::proto::rr::RecordType;

use crate::dns;
use crate::evidence::{DnsAnswer, DnsReply, DomainRecords, Transport};
use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run};

const TIME_LIMIT: Duration = Duration::from_secs(2);
/// Most controllers that are checked: each costs connections.
const MAX_CONTROLLERS: usize = 3;

/// Queries the records that Windows and the Kerberos libraries use.
pub(crate) async fn check(run: &mut Run, realm: Option<&str>) -> DomainRecords {
    let started = Instant::now();
    let Some(realm) = realm else {
        let why = "the domain is unknown: neither credentials nor the server's name contain it";
        run.record(Link::DomainRecords, "", started, Outcome::skipped(why));
        return DomainRecords::default();
    };
    let domain = realm.to_ascii_lowercase();
    let names = [
        format!("_kerberos._tcp.{domain}"),
        format!("_kerberos._udp.{domain}"),
        format!("_ldap._tcp.dc._msdcs.{domain}"),
    ];
    let servers = dns::name_servers();
    let limit = run.at_most(TIME_LIMIT);
    let mut queries = Vec::new();
    for server in &servers {
        for name in &names {
            for transport in [Transport::Udp, Transport::Tcp] {
                queries.push(query(*server, transport, name.clone(), limit));
            }
        }
    }
    let answers = join_all(queries).await;
    let controllers = resolve_controllers(&answers, run.at_most(TIME_LIMIT)).await;
    let records = DomainRecords { domain, answers, controllers };
    let tried = format!("{} at {} by UDP and TCP", names.join(", "), joined(servers.iter()));
    run.record(Link::DomainRecords, tried, started, outcome(&records));
    records
}

async fn query(name_server: IpAddr, transport: Transport, name: String, limit: Duration) -> DnsAnswer {
    let reply = dns::query(name_server, transport, &name, RecordType::SRV, limit).await;
    DnsAnswer { name_server, transport, name, reply }
}

async fn resolve_controllers(answers: &[DnsAnswer], limit: Duration) -> Vec<(String, IpAddr)> {
    let mut hosts: Vec<(&str, IpAddr)> = Vec::new();
    for answer in answers {
        let DnsReply::Records(targets) = &answer.reply else { continue };
        for target in targets {
            if !hosts.iter().any(|(host, _)| host == target) {
                hosts.push((target, answer.name_server));
            }
        }
    }
    hosts.truncate(MAX_CONTROLLERS);
    let addresses = hosts.iter().map(|(host, server)| async move {
        let reply = dns::query(*server, Transport::Udp, host, RecordType::A, limit).await;
        let DnsReply::Records(addresses) = reply else { return None };
        let address = addresses.iter().find_map(|address| address.parse().ok())?;
        Some(((*host).to_owned(), address))
    });
    join_all(addresses).await.into_iter().flatten().collect()
}

fn joined<'a>(servers: impl Iterator<Item = &'a IpAddr>) -> String {
    let mut servers: Vec<_> = servers.map(IpAddr::to_string).collect();
    servers.dedup();
    servers.join(", ")
}

/// What is wrong with the records.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RecordsFault {
    /// No name server answers.
    NoReply,
    /// The name servers have no records of the domain.
    Missing,
    /// TCP is closed; `is_cut`: an answer by UDP was truncated.
    TcpClosed { is_cut: bool },
}

impl DomainRecords {
    fn fault(&self) -> Option<RecordsFault> {
        let by = |transport| self.answers.iter().filter(move |answer| answer.transport == transport);
        let is_silent = |transport| by(transport).all(|answer| matches!(answer.reply, DnsReply::NoReply(_)));
        let is_cut = by(Transport::Udp).any(|answer| answer.reply == DnsReply::Truncated);
        let is_found = self.answers.iter().any(|answer| matches!(answer.reply, DnsReply::Records(_)));
        match (is_silent(Transport::Udp), is_silent(Transport::Tcp)) {
            (true, true) => Some(RecordsFault::NoReply),
            (_, true) if is_found || is_cut => Some(RecordsFault::TcpClosed { is_cut }),
            _ if is_found || is_cut => None,
            _ => Some(RecordsFault::Missing),
        }
    }

    fn name_servers(&self) -> String {
        joined(self.answers.iter().map(|answer| &answer.name_server))
    }

    fn first_error(&self, transport: Transport) -> &str {
        let mut answers = self.answers.iter().filter(|answer| answer.transport == transport);
        let error = answers.find_map(|answer| match &answer.reply {
            DnsReply::NoReply(error) => Some(error.as_str()),
            _ => None,
        });
        error.unwrap_or("")
    }
}

fn outcome(records: &DomainRecords) -> Outcome {
    let DomainRecords { domain, answers, controllers } = records;
    let servers = records.name_servers();
    let seen = match records.fault() {
        None => {
            let hosts: Vec<_> = controllers.iter().map(|(host, address)| format!("{host} ({address})")).collect();
            let hosts = hosts.join(", ");
            let missing = answers.iter().find(|answer| answer.reply == DnsReply::NotFound);
            return match missing.map(|answer| &answer.name) {
                Some(name) => {
                    Outcome::warning(format!("{name} is missing; controllers: {hosts}"), missing_record(domain, name))
                }
                None => Outcome::passed(format!("domain controllers: {hosts}")),
            };
        }
        Some(RecordsFault::NoReply) => {
            format!("the DNS at {servers} does not answer: {}", records.first_error(Transport::Udp))
        }
        Some(RecordsFault::Missing) => format!("the DNS at {servers} has no domain controllers for {domain}"),
        Some(RecordsFault::TcpClosed { is_cut }) => {
            let udp = if is_cut { "an answer is too long for UDP and was cut" } else { "UDP works" };
            format!("{udp}, but the DNS at {servers} does not answer by TCP: {}", records.first_error(Transport::Tcp))
        }
    };
    Outcome::warning(seen, causes(records))
}

/// The causes that fit the records; empty if the records are in order.
pub(crate) fn causes(records: &DomainRecords) -> Vec<Cause> {
    let DomainRecords { domain, .. } = records;
    let servers = records.name_servers();
    match records.fault() {
        None => Vec::new(),
        Some(RecordsFault::NoReply) => {
            vec![Cause::known(2, format!("the DNS server {servers} is down, or the network blocks it")).fix(
                Audience::Cluster,
                "open port 53 by UDP and TCP to the DNS server, and check that it runs",
                format!("nslookup {domain} {servers}"),
            )]
        }
        Some(RecordsFault::Missing) => missing_record(domain, &format!("_kerberos._tcp.{domain}")),
        Some(RecordsFault::TcpClosed { .. }) => {
            let what = "port 53 is closed for TCP, so answers over 512 bytes are lost, for example of a domain with \
            several controllers";
            vec![Cause::known(3, what).fix(
                Audience::Cluster,
                "open TCP port 53 to the DNS server in the network policy or firewall",
                format!("nslookup -vc -type=srv _kerberos._tcp.{domain} {servers}"),
            )]
        }
    }
}

fn missing_record(domain: &str, name: &str) -> Vec<Cause> {
    vec![
        Cause::known(3, format!("the DNS that this process uses does not forward {domain} to the domain's own DNS"))
            .fix(
                Audience::Cluster,
                "forward the zone in CoreDNS",
                format!("{domain} {{\n    forward . <address of a domain controller>\n}}"),
            )
            .distinguish_by(format!("`nslookup -type=srv {name} <address of a domain controller>` finds it")),
        Cause::known(3, "the domain's own DNS lacks the record")
            .fix(Audience::Directory, "register it again on each domain controller", "nltest /dsregdns")
            .distinguish_by("the same look-up at a domain controller finds nothing either"),
    ]
}
