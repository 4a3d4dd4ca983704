//! What is between the machine and the domain: clocks, records, controllers.

use std::time::{Duration, Instant};

use super::ward::Ward;
use crate::active_directory::site::SPN;
use crate::doctor::case::Expected;
use crate::doctor::name_server::Mood;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_names_and_domain_controllers() {
    let Some(mut ward) = Ward::new().await else { return };
    for offset in ["+10m", "-10m"] {
        ward.wrapper = ["faketime", "--exclude-monotonic", "-m", "-f", offset].map(str::to_owned).to_vec();
        ward.expect(Expected {
            row: 10,
            produced: "this clock 10 minutes off, by faketime",
            link: "clock",
            cause: if offset.starts_with('+') { "10 min ahead of" } else { "10 min behind" },
            fix: "chronyc makestep",
            exit: 2,
        })
        .await;
    }
    for (mood, cause, fix, produced) in [
        (
            Mood::NoSuchName,
            "does not forward bookstore.local",
            "forward . <address",
            "a name server without the domain's service records",
        ),
        (Mood::Cut, "port 53 is closed for TCP", "nslookup -vc", "answers cut to 512 bytes, and TCP port 53 closed"),
    ] {
        ward.wrapper.clear();
        let _server = ward.by_name_server(mood);
        ward.site.ticket().await; // without the service's ticket
        ward.expect(Expected { row: 3, produced, link: "domain-records", cause, fix, exit: 2 }).await;
    }
    ward.wrapper.clear();
    let address = ward.site.directory.host_address();
    ward.text = format!("Server={address};Server SPN={SPN};Connect Timeout=3");
    for way in ["stop", "freeze"] {
        ward.site.ticket().await;
        ward.lab(&["kdc", way]).await;
        let began = Instant::now();
        ward.expect(Expected {
            row: 2,
            produced: if way == "stop" {
                "the domain controller stopped"
            } else {
                "the domain controller frozen: it never answers"
            },
            link: "domain-records",
            cause: "is down, or the network does not let this process reach it",
            fix: "nslookup bookstore.local",
            exit: 2,
        })
        .await;
        assert!(began.elapsed() < Duration::from_secs(15), "{way}: {:?}", began.elapsed());
        ward.lab(&["kdc", "start"]).await;
    }
}
