//! Checks whether the domain controllers accept connections. Known failure 2.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::evidence::{DomainController, DomainRecords};
use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run};

const TIME_LIMIT: Duration = Duration::from_secs(2);
const KERBEROS: u16 = 88;
pub(crate) const LDAP: u16 = 389;
const SMB: u16 = 445;
const PORTS: [u16; 3] = [KERBEROS, LDAP, SMB];

/// Connects to each port of each controller.
pub(crate) async fn check(run: &mut Run, records: &DomainRecords) -> Vec<DomainController> {
    let started = Instant::now();
    let limit = run.at_most(TIME_LIMIT);
    let attempts = records.controllers.iter().map(|(host, address)| async move {
        let ports = join_all(PORTS.map(|port| async move { (port, connect_error(*address, port, limit).await) })).await;
        DomainController { host: host.clone(), address: *address, ports }
    });
    let controllers: Vec<_> = join_all(attempts).await;
    let tried = format!("TCP to ports {PORTS:?} of the first {} controllers", controllers.len());
    run.record(Link::DomainControllers, tried, started, outcome(&controllers));
    controllers
}

async fn connect_error(address: IpAddr, port: u16, limit: Duration) -> Option<String> {
    match timeout(limit, TcpStream::connect((address, port))).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {limit:?}")),
    }
}

fn outcome(controllers: &[DomainController]) -> Outcome {
    if controllers.is_empty() {
        return Outcome::skipped("the address of no domain controller is known");
    }
    let mut closed = Vec::new();
    for controller in controllers {
        for (port, error) in &controller.ports {
            closed.extend(error.as_ref().map(|error| format!("{}:{port} {error}", controller.host)));
        }
    }
    if closed.is_empty() {
        return Outcome::passed("all accept connections");
    }
    let is_warning = controllers.iter().any(|controller| !controller.is_open(KERBEROS));
    // Windows finds its controller by 389 and 445; the libraries on other systems need only 88.
    if is_warning || cfg!(windows) {
        Outcome::warning(closed.join("; "), causes(controllers))
    } else {
        Outcome::passed(closed.join("; "))
    }
}

/// The causes that fit a closed Kerberos port; empty if all are open.
pub(crate) fn causes(controllers: &[DomainController]) -> Vec<Cause> {
    let Some(closed) = controllers.iter().find(|controller| !controller.is_open(KERBEROS)) else { return Vec::new() };
    let DomainController { host, address, .. } = closed;
    vec![
        Cause::known(2, format!("the network blocks the domain controller {host} at {address}"))
            .fix(
                Audience::Cluster,
                "open 53, 88, 389 and 445 to the domain controllers in the network policy, security group or firewall",
                format!("kubectl get networkpolicy -A\nnc -vz {address} 88"),
            )
            .distinguish_by("the same port answers from another machine"),
        Cause::known(2, format!("the Kerberos service of {host} does not run"))
            .fix(
                Audience::Directory,
                "start it, or remove the controller's records from the DNS",
                "Get-Service kdc, ntds | Start-Service",
            )
            .distinguish_by("the port does not answer from any machine"),
    ]
}
