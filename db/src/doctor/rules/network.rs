//! Names, records, ports, clocks: rows 2, 3, 10, 17, 27 and 28.

use std::net::IpAddr;

use crate::connection_string::{Login, ServerAddress, SqlServerSettings};
use crate::doctor::controllers::{Controller, KERBEROS};
use crate::doctor::dns::{Said, Way};
use crate::doctor::name::{Form, Name};
use crate::doctor::port::Closed;
use crate::doctor::records::Records;
use crate::doctor::report::{Audience, Cause};
use crate::doctor::run::Answer;

/// Kerberos allows so much between two clocks.
const KERBEROS_TOLERANCE: time::Duration = time::Duration::minutes(5);
/// From here on a clock is on its way out of that.
const DRIFT: time::Duration = time::Duration::minutes(2);

/// The server's name has no address.
pub(in crate::doctor) fn unresolved(host: &str) -> Vec<Cause> {
    vec![
        Cause::row(28, format!("there is no {host} in the DNS that this process uses"))
            .fix(
                Audience::Application,
                "write the name that exists; in a cluster that is <service>.<namespace>.svc.cluster.local",
                "Server=<host that resolves>",
            )
            .told_by(format!("`nslookup {host}` elsewhere finds nothing either")),
        Cause::row(28, "the DNS that this process uses does not forward that zone, or does not answer")
            .fix(
                Audience::Cluster,
                "forward the zone to the DNS that has it, in CoreDNS",
                format!("{} {{\n    forward . <address of the domain's DNS>\n}}", zone_of(host)),
            )
            .told_by(format!("`nslookup {host} <address of the domain's DNS>` finds it")),
    ]
}

fn zone_of(host: &str) -> &str {
    host.split_once('.').map_or("<zone>", |(_, zone)| zone)
}

/// The server's name has addresses.
pub(in crate::doctor) fn name(name: &Name, settings: &SqlServerSettings) -> Answer {
    let addresses: Vec<_> = name.addresses.iter().map(IpAddr::to_string).collect();
    let addresses = addresses.join(", ");
    let seen = if name.form == Form::Address {
        format!("{} is an IP address", name.host)
    } else if name.canonical.eq_ignore_ascii_case(&name.host) {
        format!("{} is {addresses}", name.host)
    } else {
        format!("{} is {}, {addresses}", name.host, name.canonical)
    };
    let asks_by_name = settings.login == Login::Integrated && settings.server_spn.is_none();
    if !asks_by_name {
        return Answer::pass(seen);
    }
    let write = |row, what: String| {
        vec![Cause::row(row, what).fix(
            Audience::Application,
            "write the fully qualified name that the SPN is registered for, or say the SPN",
            "Server=<host>.<domain>\nServer SPN=MSSQLSvc/<host>.<domain>:1433",
        )]
    };
    if name.form == Form::Address {
        let what =
            "the string names an IP address, and services are registered by name: Kerberos has nothing to ask for";
        return Answer::warn(seen, write(17, what.to_owned()));
    }
    if !name.canonical.contains('.') {
        let what = format!(
            "{} is a short name that the DNS makes no full name of, so a ticket is asked for it as it is",
            name.host
        );
        return Answer::warn(format!("{seen}; a short name"), write(27, what));
    }
    if name.in_dns == Some(false) {
        let what = format!(
            "{} is not in the DNS but in this machine's hosts file or the like: an alias, which mostly has no SPN",
            name.canonical
        );
        return Answer::warn(format!("{seen}; not from the DNS"), write(27, what));
    }
    Answer::pass(seen)
}

/// What is wrong with the records, for the check itself and for a KDC that is not found later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::doctor) enum RecordsFault {
    /// No name server answers.
    Silent,
    /// They answer that there are none.
    Missing,
    /// TCP is closed; whether an answer by UDP was cut.
    TcpClosed { cut: bool },
}

impl Records {
    pub(in crate::doctor) fn fault(&self) -> Option<RecordsFault> {
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

/// Which ports of the controllers are open.
pub(in crate::doctor) fn controllers(controllers: &[Controller]) -> Answer {
    if controllers.is_empty() {
        return Answer::not_possible("no domain controller is known by address");
    }
    let closed: Vec<_> = controllers
        .iter()
        .flat_map(|controller| {
            let closed = controller.ports.iter().filter_map(|(port, why)| Some((port, why.as_ref()?)));
            closed.map(|(port, why)| format!("{}:{port} {why}", controller.host))
        })
        .collect();
    let seen = if closed.is_empty() { "all answer".to_owned() } else { closed.join("; ") };
    let answering = controllers.iter().filter(|controller| controller.is_open(KERBEROS)).count();
    if answering < controllers.len() {
        return Answer::warn(seen, controllers_causes(controllers));
    }
    // Windows finds its controller by 389 and 445; the libraries on other systems need 88 alone.
    if cfg!(windows) && !closed.is_empty() {
        return Answer::warn(seen, controllers_causes(controllers));
    }
    Answer::pass(seen)
}

/// What closed ports of the controllers fit.
pub(in crate::doctor) fn controllers_causes(controllers: &[Controller]) -> Vec<Cause> {
    let Some(closed) = controllers.iter().find(|controller| !controller.is_open(KERBEROS)) else { return Vec::new() };
    let Controller { host, address, .. } = closed;
    vec![
        Cause::row(2, format!("the network does not let this process reach the domain controller {host} at {address}"))
            .fix(
                Audience::Cluster,
                "open 53, 88, 389 and 445 to the domain controllers in the network policy, security group or firewall",
                format!("kubectl get networkpolicy -A\nnc -vz {address} 88"),
            )
            .told_by("the same port answers from another machine"),
        Cause::row(2, format!("the Kerberos service of {host} does not run"))
            .fix(
                Audience::Directory,
                "start it, or take the controller's records out of the DNS",
                "Get-Service kdc, ntds | Start-Service",
            )
            .told_by("it does not answer from anywhere"),
    ]
}

/// How far the clock is ahead of a controller's.
pub(in crate::doctor) fn clock(ahead: Option<time::Duration>) -> Answer {
    let Some(ahead) = ahead else {
        return Answer::not_possible(
            "no controller told its time; a ticket's own error would tell of a clock that is off",
        );
    };
    let seen = format!("this clock is {} a domain controller's", apart(ahead));
    if ahead.abs() > KERBEROS_TOLERANCE {
        return Answer::fail(format!("{seen}; Kerberos allows 5 minutes"), vec![skew(Some(ahead))]);
    }
    if ahead.abs() > DRIFT { Answer::warn(seen, vec![skew(Some(ahead))]) } else { Answer::pass(seen) }
}

/// Clocks that differ.
pub(in crate::doctor) fn skew(ahead: Option<time::Duration>) -> Cause {
    let what = match ahead {
        Some(ahead) => format!("the clock of this machine is {} the domain's", apart(ahead)),
        None => "the clocks of this machine and of the domain differ by more than 5 minutes".to_owned(),
    };
    Cause::row(10, what).fix(
        Audience::Cluster,
        "set the clock of the node, which a container shares, and see that it stays synchronised",
        if cfg!(windows) { "w32tm /resync /rediscover" } else { "chronyc makestep && chronyc tracking" },
    )
}

/// `2 s ahead of`.
pub(in crate::doctor) fn apart(ahead: time::Duration) -> String {
    let seconds = ahead.whole_seconds();
    match (seconds.unsigned_abs(), seconds < 0) {
        (0..=2, _) => "within 2 s of".to_owned(),
        (apart @ 0..120, behind) => {
            format!("{apart} s {} ", if behind { "behind" } else { "ahead of" }).trim_end().to_owned()
        }
        (apart, behind) => format!("{} min {}", (apart + 30) / 60, if behind { "behind" } else { "ahead of" }),
    }
}

/// A port that is not open.
pub(in crate::doctor) fn closed(closed: Closed, server: &ServerAddress, port: u16) -> Vec<Cause> {
    let host = &server.host;
    match closed {
        Closed::Refused => vec![
            Cause::row(28, format!("SQL Server does not run there, or listens at another port than {port}"))
                .fix(Audience::SqlServer, "start it, and write its port after a comma", format!("kubectl get pods,endpoints -A | grep -i sql\nServer={host},<port>"))
                .told_by("its error log says \"Server is listening on [ 'any' <ipv4> …\", with the port, or it is not running"),
            Cause::row(28, "TCP/IP is disabled in SQL Server: it is by default in the Express and Developer editions")
                .fix(Audience::SqlServer, "enable it in SQL Server Configuration Manager, and restart", "Set-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Microsoft SQL Server\\MSSQL16.SQLEXPRESS\\MSSQLServer\\SuperSocketNetLib\\Tcp' Enabled 1")
                .told_by("its error log has no line \"Server is listening on\""),
        ],
        Closed::Silent | Closed::Unreachable => vec![
            Cause::row(28, format!("a network policy, security group or firewall drops what is sent to {host}:{port}"))
                .fix(Audience::Cluster, "allow it", format!("kubectl get networkpolicy -A\nnc -vz {host} {port}"))
                .told_by("the port answers from another place"),
            Cause::row(28, format!("the address that {host} resolves to is not the server's any more"))
                .fix(Audience::Cluster, "look what it resolves to, and where the server is", format!("nslookup {host}"))
                .told_by("the address is not the server's"),
        ],
        Closed::NoInstance => {
            let instance = server.instance.as_deref().unwrap_or_default();
            vec![
                Cause::row(28, format!("SQL Server Browser on {host} does not tell the port of {instance}: it does not run, UDP 1434 is closed, or there is no such instance"))
                    .fix(Audience::Application, "write the instance's port, which needs no Browser", format!("Server={host},<port>"))
                    .fix(Audience::SqlServer, "or start the Browser, and give the instance a fixed port", "Start-Service SQLBrowser"),
            ]
        }
    }
}

/// How far the clock is ahead of SQL Server's: rows would be dated by another time than the log's.
pub(in crate::doctor) fn server_clock(ahead: time::Duration) -> Answer {
    let seen = format!("this clock is {} SQL Server's", apart(ahead));
    if ahead.abs() <= DRIFT {
        return Answer::pass(seen);
    }
    let what = "the clocks of this machine and of SQL Server's differ; one of them is not synchronised, and Kerberos allows 5 minutes";
    Answer::warn(
        seen,
        vec![Cause::row(10, what).fix(Audience::Cluster, "synchronise both", "chronyc tracking\nw32tm /query /status")],
    )
}
