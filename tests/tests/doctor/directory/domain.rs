//! Between the machine and the domain: clocks, service records, domain controllers.

use std::time::{Duration, Instant};

use super::scenario::Scenario;
use crate::active_directory::site::SPN;
use crate::doctor::known_failure::ExpectedVerdict;
use crate::doctor::name_server::NameServerFault;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clock_skew_missing_records_and_silent_kdc_are_explained() {
    let Some(mut scenario) = Scenario::new().await else { return };
    for offset in ["+10m", "-10m"] {
        scenario.wrapper = ["faketime", "--exclude-monotonic", "-m", "-f", offset].map(str::to_owned).to_vec();
        scenario
            .assert_verdict(ExpectedVerdict {
                known_failure: 10,
                produced: "this clock 10 minutes off, by faketime",
                link: "clock",
                cause: if offset.starts_with('+') { "10 min ahead of" } else { "10 min behind" },
                fix: "chronyc makestep",
                exit: 2,
            })
            .await;
    }
    for (fault, cause, fix, produced) in [
        (
            NameServerFault::NoSuchName,
            "does not forward bookstore.local",
            "forward . <address",
            "a name server without the domain's service records",
        ),
        (
            NameServerFault::TruncatedAnswer,
            "port 53 is closed for TCP",
            "nslookup -vc",
            "answers truncated to 512 bytes, and TCP port 53 closed",
        ),
    ] {
        scenario.wrapper.clear();
        let _server = scenario.use_name_server(fault);
        scenario.site.ticket().await; // without the service's ticket
        scenario
            .assert_verdict(ExpectedVerdict { known_failure: 3, produced, link: "domain-records", cause, fix, exit: 2 })
            .await;
    }
    scenario.wrapper.clear();
    let address = scenario.site.directory.host_address();
    scenario.text = format!("Server={address};Server SPN={SPN};Connect Timeout=3");
    for way in ["stop", "freeze"] {
        scenario.site.ticket().await;
        scenario.lab(&["kdc", way]).await;
        scenario
            .assert_verdict(ExpectedVerdict {
                known_failure: 2,
                produced: if way == "stop" {
                    "the domain controller stopped"
                } else {
                    "the domain controller frozen, so that it never answers"
                },
                link: "domain-records",
                cause: "is down, or the network blocks it",
                fix: "nslookup bookstore.local",
                exit: 2,
            })
            .await;
        scenario.lab(&["kdc", "start"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_reverse_zone_does_not_delay_the_verdict() {
    let Some(mut scenario) = Scenario::new().await else { return };
    let _server = scenario.use_name_server(NameServerFault::SilentReverseZone);
    // Only an unknown SPN makes the doctor look for the server's other names.
    scenario.lab(&["spn", "delete", SPN, "svc_sql"]).await;
    let began = Instant::now();
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 14,
            produced: "the SPN removed, and a reverse zone that never answers",
            link: "service-ticket",
            cause: "MSSQLSvc/db.bookstore.local:1433 is not registered on any account",
            fix: "setspn -S MSSQLSvc/db.bookstore.local:1433",
            exit: 2,
        })
        .await;
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    scenario.lab(&["spn", "add", SPN, "svc_sql"]).await;
}
