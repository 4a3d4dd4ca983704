//! The server's name: rows 17, 27 and 28.

use std::net::IpAddr;

use crate::connection_string::{Login, SqlServerSettings};
use crate::doctor::name::{Form, Name};
use crate::doctor::report::{Audience, Cause};
use crate::doctor::run::Answer;

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
