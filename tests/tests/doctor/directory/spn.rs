//! Service principal names: missing, on another account, not derivable from the host in the string.

use super::scenario::Scenario;
use crate::active_directory::site::SPN;
use crate::doctor::known_failure::ExpectedVerdict;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_service_principal_names_are_explained() {
    let Some(mut scenario) = Scenario::new().await else { return };
    scenario.lab(&["spn", "delete", SPN, "svc_sql"]).await;
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 14,
            produced: "the SPN with the port removed from svc_sql",
            link: "service-ticket",
            cause: "MSSQLSvc/db.bookstore.local:1433 is not registered on any account",
            fix: "setspn -S MSSQLSvc/db.bookstore.local:1433",
            exit: 2,
        })
        .await;
    scenario.lab(&["spn", "add", SPN, "host2$"]).await;
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 15,
            produced: "the SPN moved to host2$",
            link: "login",
            cause: "registered on another account than the one that SQL Server runs as",
            fix: "setspn -Q MSSQLSvc/db.bookstore.local:1433",
            exit: 2,
        })
        .await;
    scenario.lab(&["spn", "delete", SPN, "host2$"]).await;
    scenario.lab(&["spn", "add", SPN, "svc_sql"]).await;
    scenario.site.ticket().await;
    scenario.text = format!("Server={}", scenario.site.directory.host_address());
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 17,
            produced: "the server's IP address in the string",
            link: "service-ticket",
            cause: "names the IP address",
            fix: "Server=",
            exit: 2,
        })
        .await;
    let hosts = scenario.file("hosts", &format!("{} sql-alias\n", scenario.site.directory.host_address()));
    scenario.bind(hosts, "/etc/hosts");
    scenario.text = "Server=sql-alias".to_owned();
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 27,
            produced: "an alias from the hosts file in the string",
            link: "service-ticket",
            cause: "a short name or an alias, which has no SPN",
            fix: "Server=",
            exit: 2,
        })
        .await;
}
