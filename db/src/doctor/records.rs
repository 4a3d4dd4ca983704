//! How the domain controllers are found: the domain's SRV records, by UDP and by TCP.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hickory_resolver::proto::rr::RecordType;

use super::dns::{self, Said, Way};
use super::report::Link;
use super::rules::records;
use super::run::Run;

const PATIENCE: Duration = Duration::from_secs(2);
/// Controllers that are looked at closer: each costs connections.
const CONTROLLERS: usize = 3;

/// What the name servers said of a domain.
#[derive(Clone, Debug, Default)]
pub(super) struct Records {
    pub(super) domain: String,
    pub(super) answers: Vec<Answered>,
    /// Domain controllers by name and address, a few of them.
    pub(super) controllers: Vec<(String, IpAddr)>,
}

/// One answer.
#[derive(Clone, Debug)]
pub(super) struct Answered {
    pub(super) server: IpAddr,
    pub(super) way: Way,
    pub(super) name: String,
    pub(super) said: Said,
}

/// Asks for the records that Windows and the Kerberos libraries look for.
pub(super) async fn check(run: &mut Run, realm: &str) -> Records {
    let began = Instant::now();
    let domain = realm.to_ascii_lowercase();
    let names = [
        format!("_kerberos._tcp.{domain}"),
        format!("_kerberos._udp.{domain}"),
        format!("_ldap._tcp.dc._msdcs.{domain}"),
    ];
    let servers = dns::servers();
    let patience = run.at_most(PATIENCE);
    let mut asked = Vec::new();
    for server in &servers {
        for name in &names {
            for way in [Way::Udp, Way::Tcp] {
                asked.push(answered(*server, way, name.clone(), patience));
            }
        }
    }
    let answers = join_all(asked).await;
    let controllers = controllers(&answers, run.at_most(PATIENCE)).await;
    let records = Records { domain, answers, controllers };
    let servers: Vec<_> = servers.iter().map(IpAddr::to_string).collect();
    let tried = format!("{} at {} by UDP and TCP", names.join(", "), servers.join(", "));
    run.note(Link::DomainRecords, tried, began, records::records(&records));
    records
}

async fn answered(server: IpAddr, way: Way, name: String, patience: Duration) -> Answered {
    let said = dns::ask(server, way, &name, RecordType::SRV, patience).await;
    Answered { server, way, name, said }
}

async fn controllers(answers: &[Answered], patience: Duration) -> Vec<(String, IpAddr)> {
    let mut hosts: Vec<(&str, IpAddr)> = Vec::new();
    for answer in answers {
        let Said::Records(targets) = &answer.said else { continue };
        for target in targets {
            if !hosts.iter().any(|(host, _)| host == target) {
                hosts.push((target, answer.server));
            }
        }
    }
    hosts.truncate(CONTROLLERS);
    let addresses = hosts.iter().map(|(host, server)| async move {
        let said = dns::ask(*server, Way::Udp, host, RecordType::A, patience).await;
        let Said::Records(addresses) = said else { return None };
        let address = addresses.iter().find_map(|address| address.parse().ok())?;
        Some(((*host).to_owned(), address))
    });
    join_all(addresses).await.into_iter().flatten().collect()
}
