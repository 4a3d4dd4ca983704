//! The domain controllers' ports: row 2.

use crate::doctor::controllers::{Controller, KERBEROS};
use crate::doctor::report::{Audience, Cause};
use crate::doctor::run::Answer;

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
