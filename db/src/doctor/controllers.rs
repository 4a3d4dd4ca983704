//! Whether the domain controllers answer, and what time they have.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::join_all;
use ldap3::{LdapConnAsync, LdapConnSettings, Scope, SearchEntry};
use time::PrimitiveDateTime;
use time::macros::format_description;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::records::Records;
use super::report::Link;
use super::rules::{clock, controllers};
use super::run::Run;

const PATIENCE: Duration = Duration::from_secs(2);
/// Kerberos, LDAP, SMB.
pub(super) const PORTS: [u16; 3] = [88, 389, 445];
/// The one that tickets come from.
pub(super) const KERBEROS: u16 = 88;

/// A domain controller and its ports.
#[derive(Clone, Debug)]
pub(super) struct Controller {
    pub(super) host: String,
    pub(super) address: IpAddr,
    /// Each port of [`PORTS`], and why it is not open.
    pub(super) ports: Vec<(u16, Option<String>)>,
}

impl Controller {
    pub(super) fn is_open(&self, port: u16) -> bool {
        self.ports.iter().any(|(this, closed)| *this == port && closed.is_none())
    }
}

/// Connects to each port of each controller.
pub(super) async fn check(run: &mut Run, records: &Records) -> Vec<Controller> {
    let began = Instant::now();
    let patience = run.at_most(PATIENCE);
    let looks = records.controllers.iter().map(|(host, address)| async move {
        let ports = join_all(PORTS.map(|port| async move { (port, closed(*address, port, patience).await) })).await;
        Controller { host: host.clone(), address: *address, ports }
    });
    let controllers: Vec<_> = join_all(looks).await;
    let tried = format!("TCP to ports {PORTS:?} of the controllers found, {} at most", records.controllers.len());
    run.note(Link::DomainControllers, tried, began, controllers::controllers(&controllers));
    controllers
}

async fn closed(address: IpAddr, port: u16, patience: Duration) -> Option<String> {
    match timeout(patience, TcpStream::connect((address, port))).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!("no answer within {patience:?}")),
    }
}

/// How far this clock is ahead of a controller's; behind it if negative. The controller tells its time to anybody, in its
/// rootDSE, which has whole seconds.
pub(super) async fn clock(run: &mut Run, controllers: &[Controller]) -> Option<time::Duration> {
    let began = Instant::now();
    let ldap = controllers.iter().find(|controller| controller.is_open(389));
    let (tried, ahead) = match ldap {
        Some(controller) => {
            let address = SocketAddr::new(controller.address, 389);
            let asked = timeout(run.at_most(PATIENCE), current_time(address)).await;
            let said = asked.ok().and_then(Result::ok).flatten();
            let ahead = said.map(|theirs| time::OffsetDateTime::from(SystemTime::now()) - theirs.assume_utc());
            (format!("currentTime of the rootDSE of {}", controller.host), ahead)
        }
        None => ("currentTime of a controller's rootDSE".to_owned(), None),
    };
    run.note(Link::Clock, tried, began, clock::clock(ahead));
    ahead
}

async fn current_time(address: SocketAddr) -> Result<Option<PrimitiveDateTime>, ldap3::LdapError> {
    let settings = LdapConnSettings::new().set_conn_timeout(PATIENCE);
    let (connection, mut ldap) = LdapConnAsync::with_settings(settings, &format!("ldap://{address}")).await?;
    let driver = tokio::spawn(connection.drive());
    let found = ldap.search("", Scope::Base, "(objectClass=*)", vec!["currentTime"]).await?.success();
    driver.abort();
    let (entries, _) = found?;
    let text = entries.into_iter().next().and_then(|entry| {
        SearchEntry::construct(entry).attrs.remove("currentTime").and_then(|values| values.into_iter().next())
    });
    let seconds = text.as_deref().and_then(|text| text.get(..14));
    let form = format_description!("[year][month][day][hour][minute][second]");
    Ok(seconds.and_then(|seconds| PrimitiveDateTime::parse(seconds, form).ok()))
}
