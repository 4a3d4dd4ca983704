//! SQL Server's port: row 28.

use crate::connection_string::ServerAddress;
use crate::doctor::port::Closed;
use crate::doctor::report::{Audience, Cause};

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
