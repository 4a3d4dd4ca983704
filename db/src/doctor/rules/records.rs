//! The domain's records in the DNS: rows 2 and 3.

use crate::doctor::dns::{Said, Way};
use crate::doctor::records::Records;
use crate::doctor::report::{Audience, Cause};
use crate::doctor::run::Answer;

/// What is wrong with the records, for the check itself and for a KDC that is not found later.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RecordsFault {
    /// No name server answers.
    Silent,
    /// They answer that there are none.
    Missing,
    /// TCP is closed; whether an answer by UDP was cut.
    TcpClosed { cut: bool },
}

impl Records {
    fn fault(&self) -> Option<RecordsFault> {
        let by = |way| self.answers.iter().filter(move |answer| answer.way == way);
        let silent = |way| by(way).all(|answer| matches!(answer.said, Said::Silent(_)));
        let cut = by(Way::Udp).any(|answer| answer.said == Said::Truncated);
        let found = self.answers.iter().any(|answer| matches!(answer.said, Said::Records(_)));
        match (silent(Way::Udp), silent(Way::Tcp)) {
            (true, true) => Some(RecordsFault::Silent),
            (_, true) if found || cut => Some(RecordsFault::TcpClosed { cut }),
            _ if found || cut => None,
            _ => Some(RecordsFault::Missing),
        }
    }

    fn servers(&self) -> String {
        let mut servers: Vec<_> = self.answers.iter().map(|answer| answer.server.to_string()).collect();
        servers.dedup();
        servers.join(", ")
    }

    fn first_silence(&self, way: Way) -> &str {
        let mut silences = self.answers.iter().filter(|answer| answer.way == way);
        silences
            .find_map(|answer| if let Said::Silent(why) = &answer.said { Some(why.as_str()) } else { None })
            .unwrap_or("")
    }
}

/// What the name servers said of the domain controllers.
pub(in crate::doctor) fn records(records: &Records) -> Answer {
    let Records { domain, .. } = records;
    let causes = records_causes(records);
    match records.fault() {
        None => {
            let hosts: Vec<_> =
                records.controllers.iter().map(|(host, address)| format!("{host} ({address})")).collect();
            let missing: Vec<_> = records
                .answers
                .iter()
                .filter(|answer| answer.said == Said::Nothing)
                .map(|answer| answer.name.as_str())
                .collect();
            match missing.first() {
                Some(name) => Answer::warn(
                    format!("{name} is missing; controllers: {}", hosts.join(", ")),
                    missing_record(domain, name),
                ),
                None => Answer::pass(format!("domain controllers: {}", hosts.join(", "))),
            }
        }
        Some(RecordsFault::Silent) => {
            let seen = format!("the DNS at {} does not answer: {}", records.servers(), records.first_silence(Way::Udp));
            Answer::warn(seen, causes)
        }
        Some(RecordsFault::Missing) => {
            Answer::warn(format!("the DNS at {} has no domain controllers for {domain}", records.servers()), causes)
        }
        Some(RecordsFault::TcpClosed { cut }) => {
            let cut = if cut { "an answer is too long for UDP and was cut" } else { "UDP works" };
            let why = records.first_silence(Way::Tcp);
            Answer::warn(format!("{cut}, and the DNS at {} does not answer by TCP: {why}", records.servers()), causes)
        }
    }
}

/// What the records' fault fits.
pub(in crate::doctor) fn records_causes(records: &Records) -> Vec<Cause> {
    let Records { domain, .. } = records;
    match records.fault() {
        None => Vec::new(),
        Some(RecordsFault::Silent) => vec![
            Cause::row(2, format!("the DNS server {} is down, or the network does not let this process reach it", records.servers()))
                .fix(Audience::Cluster, "open port 53 by UDP and TCP to the DNS, and see that it runs", format!("nslookup {domain} {}", records.servers())),
        ],
        Some(RecordsFault::Missing) => missing_record(domain, &format!("_kerberos._tcp.{domain}")),
        Some(RecordsFault::TcpClosed { .. }) => vec![
            Cause::row(3, "port 53 is closed for TCP, so answers over 512 bytes, as of a domain with several controllers, are lost")
                .fix(Audience::Cluster, "open TCP port 53 to the DNS in the network policy or firewall", format!("nslookup -vc -type=srv _kerberos._tcp.{domain} {}", records.servers())),
        ],
    }
}

fn missing_record(domain: &str, name: &str) -> Vec<Cause> {
    vec![
        Cause::row(3, format!("the DNS that this process uses does not forward {domain} to the domain's own DNS"))
            .fix(
                Audience::Cluster,
                "forward the zone in CoreDNS",
                format!("{domain} {{\n    forward . <address of a domain controller>\n}}"),
            )
            .told_by(format!("`nslookup -type=srv {name} <address of a domain controller>` finds it")),
        Cause::row(3, "the domain's own DNS lacks the record")
            .fix(Audience::Directory, "register it again on each domain controller", "nltest /dsregdns")
            .told_by("that look-up at a domain controller finds nothing either"),
    ]
}
