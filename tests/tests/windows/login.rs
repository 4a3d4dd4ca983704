//! Integrated logins by SSPI Negotiate: what works, and what an operator reads when it does not.

use bookstore_tests::browser::Browser;
use serde_json::Value;

use super::machine::{INTEGRATED, Machine};
use crate::active_directory::site::{ACCOUNT, Open, SPN};

async fn identity(browser: &Browser) -> Value {
    serde_json::from_str(&browser.open("/api/v1/identity").await.text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_by_sspi_and_linux_by_gssapi_are_the_same_gmsa_by_kerberos() {
    let Some(machine) = Machine::new().await else { return };
    machine.site.ticket().await;
    let mut command = machine.command(INTEGRATED);
    command.env("BOOKSTORE_REQUIRE_KERBEROS", "true");
    let (windows, linux) = (Open::new(command).await, machine.site.shop().await);
    for (shop, title) in [(&windows, "From Windows"), (&linux, "From Linux")] {
        shop.browser.add(title).await;
        assert_eq!(machine.site.creator(title).await, ACCOUNT);
        let identity = identity(&shop.browser).await;
        assert_eq!((&identity["login"], &identity["authScheme"]), (&ACCOUNT.into(), &"KERBEROS".into()), "{title}");
        let line = format!(r#""login":"BOOKSTORE\\webgmsa$","auth_scheme":"KERBEROS","spn":"{SPN}""#);
        shop.shop.wrote(&line).await;
    }
    let list = windows.browser.open("/books").await.texts("main").concat();
    assert!(list.contains(ACCOUNT) && list.contains("SQL login: sa"), "{list}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_without_a_ticket_is_told_so_and_takes_the_one_that_comes() {
    let Some(machine) = Machine::new().await else { return };
    let shop = machine.shop().await;
    let words = ["has no Kerberos credentials to ask for", SPN, "SEC_E_NO_CREDENTIALS, 0x8009030E"];
    shop.fails_with(&words).await;
    machine.site.ticket().await;
    shop.recovers().await;
}
