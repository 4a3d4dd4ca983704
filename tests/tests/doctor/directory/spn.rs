//! The names that the server is registered by.

use super::ward::Ward;
use crate::active_directory::site::SPN;
use crate::doctor::case::Expected;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_principal_names() {
    let Some(mut ward) = Ward::new().await else { return };
    ward.lab(&["spn", "delete", SPN, "svc_sql"]).await;
    ward.expect(Expected {
        row: 14,
        produced: "the SPN with the port removed from svc_sql",
        link: "service-ticket",
        cause: "MSSQLSvc/db.bookstore.local:1433 is registered on no account",
        fix: "setspn -S MSSQLSvc/db.bookstore.local:1433",
        exit: 2,
    })
    .await;
    ward.lab(&["spn", "add", SPN, "host2$"]).await;
    ward.expect(Expected {
        row: 15,
        produced: "the SPN moved to host2$",
        link: "login",
        cause: "registered on another account than the one that SQL Server runs as",
        fix: "setspn -Q MSSQLSvc/db.bookstore.local:1433",
        exit: 2,
    })
    .await;
    ward.lab(&["spn", "delete", SPN, "host2$"]).await;
    ward.lab(&["spn", "add", SPN, "svc_sql"]).await;
    ward.site.ticket().await;
    ward.text = format!("Server={}", ward.site.directory.host_address());
    ward.expect(Expected {
        row: 17,
        produced: "the server's IP address in the string",
        link: "service-ticket",
        cause: "names the IP address",
        fix: "Server=",
        exit: 2,
    })
    .await;
    let hosts = ward.file("hosts", &format!("{} sql-alias\n", ward.site.directory.host_address()));
    ward.bind(hosts, "/etc/hosts");
    ward.text = "Server=sql-alias".to_owned();
    ward.expect(Expected {
        row: 27,
        produced: "an alias from the hosts file in the string",
        link: "service-ticket",
        cause: "a short name or an alias, which has no SPN",
        fix: "Server=",
        exit: 2,
    })
    .await;
}
