//! Integrated logins by SSPI Negotiate: a login as the gMSA, and what the log reports if it fails.

use bookstore_tests::browser::Browser;
use serde_json::Value;

use super::machine::Machine;
use crate::active_directory::site::{ACCOUNT, OpenShop, SPN};

async fn identity(browser: &Browser) -> Value {
    serde_json::from_str(&browser.open("/api/v1/identity").await.text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sspi_and_gssapi_log_in_as_the_same_gmsa_by_kerberos() {
    let Some(machine) = Machine::new().await else { return };
    machine.site.ticket().await;
    let mut command = machine.command(&machine.site.integrated());
    command.env("BOOKSTORE_REQUIRE_KERBEROS", "true");
    let (windows, linux) = (OpenShop::new(command).await, machine.site.shop().await);
    for (shop, title) in [(&windows, "From Windows"), (&linux, "From Linux")] {
        shop.browser.add(title).await;
        assert_eq!(machine.site.creator(title).await, ACCOUNT);
        let identity = identity(&shop.browser).await;
        assert_eq!((&identity["login"], &identity["authScheme"]), (&ACCOUNT.into(), &"KERBEROS".into()), "{title}");
        let line = format!(r#""login":"BOOKSTORE\\webgmsa$","auth_scheme":"KERBEROS","spn":"{SPN}""#);
        shop.shop.wait_for_output(&line).await;
    }
    let list = windows.browser.open("/books").await.texts("main").concat();
    assert!(list.contains(ACCOUNT) && list.contains("SQL login sa"), "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_without_a_ticket_reports_it_and_recovers() {
    let Some(machine) = Machine::new().await else { return };
    let shop = machine.shop().await;
    let words = ["has no Kerberos credentials to ask for", SPN, "SEC_E_NO_CREDENTIALS, 0x8009030E"];
    shop.assert_fails_with(&words).await;
    machine.site.ticket().await;
    shop.wait_until_it_serves().await;
}

/// Wine reports a service that is unknown to the realm as an internal error, Windows as `SEC_E_TARGET_UNKNOWN`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_spn_on_windows_is_among_the_causes() {
    let Some(machine) = Machine::new().await else { return };
    machine.site.ticket().await;
    machine.site.directory.lab(&["spn", "delete", SPN, "svc_sql"]).await;
    let shop = machine.shop().await;
    let words = ["Windows got no ticket for", "check the SPN by `setspn -Q", SPN, "SEC_E_INTERNAL_ERROR, 0x80090304"];
    shop.assert_fails_with(&words).await;
    machine.site.directory.lab(&["spn", "add", SPN, "svc_sql"]).await;
    shop.wait_until_it_serves().await;
}
