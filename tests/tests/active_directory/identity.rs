//! The gMSA as the creator of the shop's rows, while tickets are renewed and passwords rolled over.

use super::site::{ACCOUNT, OpenShop, PRINCIPAL, SPN, Site};
use bookstore_tests::shop::{executable, isolated};
use serde_json::Value;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gmsa_adds_a_book_beside_those_of_sa() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let OpenShop { browser, shop } = site.shop().await;
    let book = browser.add("Emma").await;
    assert_eq!(site.creator("Emma").await, ACCOUNT);
    let page = browser.open(&book).await;
    let identity = page.texts("#identity-line").concat();
    assert!(identity.contains("KERBEROS") && identity.contains(ACCOUNT), "{identity}");
    let list = browser.open("/books").await.texts("main").concat();
    assert!(list.contains(ACCOUNT) && list.contains("SQL login sa"), "{list}");
    let identity: Value = serde_json::from_str(&browser.open("/api/v1/identity").await.text).unwrap();
    assert_eq!((&identity["login"], &identity["authScheme"]), (&ACCOUNT.into(), &"KERBEROS".into()));
    assert_eq!((&identity["spn"], &identity["warnings"]), (&SPN.into(), &serde_json::json!([])));
    let cache = &identity["credentials"]["ticketCache"];
    assert_eq!((&cache["principal"], &cache["configuredBy"]), (&PRINCIPAL.into(), &"KRB5CCNAME".into()));
    let listed = Command::new("klist").arg("-e").arg("-c").arg(site.cache()).output().await.unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let tickets = cache["tickets"].as_array().unwrap();
    assert_eq!(tickets.len(), listed.matches("Etype").count(), "as many as klist lists: {cache}\n{listed}");
    let service = format!("{SPN}@BOOKSTORE.LOCAL");
    assert!(tickets.iter().any(|ticket| ticket["server"] == *service), "{cache}");
    for ticket in tickets {
        let [server, session, ticket_key] =
            ["server", "sessionKeyType", "serviceKeyType"].map(|field| ticket[field].as_str().unwrap());
        assert_eq!(ticket["hasExpired"], false);
        // The name of an encryption type may be followed by a remark in brackets.
        let types = [session, ticket_key].map(|name| name.split(' ').next().unwrap());
        assert!(listed.contains(server) && types.iter().all(|name| listed.contains(name)), "{ticket}\n{listed}");
    }
    let page = browser.open("/identity").await;
    assert!(page.texts(".caution").is_empty(), "a page without warnings");
    assert!(page.texts("main").concat().contains("A Kerberos ticket cache"), "{}", page.text);
    shop.wait_for_output(&format!(r#""login":"BOOKSTORE\\webgmsa$","auth_scheme":"KERBEROS","spn":"{SPN}""#)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn computer_outside_the_group_gets_no_ticket_and_the_reason() {
    let Some(site) = Site::new().await else { return };
    let refused = site.directory.ticket("host2", &site.cache(), 0).await;
    assert_eq!(refused.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(stderr.contains("host2$@BOOKSTORE.LOCAL may not read the password of webgmsa$"), "{stderr}");
    assert!(!site.cache().exists());
    site.shop().await.assert_fails_with(&["has no Kerberos credentials", SPN]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn password_roll_over_fails_no_request() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let (shop, unpooled) = (site.shop().await, site.shop_without_pool().await);
    shop.browser.add("Before").await;
    site.directory.lab(&["roll-gmsa"]).await;
    shop.browser.add("With the old connection").await;
    unpooled.browser.add("With the old ticket").await;
    site.ticket().await;
    unpooled.browser.add("With a new ticket").await;
    for title in ["Before", "With the old connection", "With the old ticket", "With a new ticket"] {
        assert_eq!(site.creator(title).await, ACCOUNT, "{title}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn client_keytab_replaces_a_ticket_cache() {
    let Some(site) = Site::new().await else { return };
    let keytab = site.cache().with_extension("keytab");
    site.directory.lab(&["keytab", "webgmsa$", keytab.to_str().unwrap()]).await;
    let mut command = site.command(&site.integrated());
    command.env("KRB5CCNAME", "MEMORY:").env("KRB5_CLIENT_KTNAME", &keytab);
    OpenShop::new(command).await.browser.add("Emma").await;
    assert_eq!(site.creator("Emma").await, ACCOUNT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn required_kerberos_accepts_kerberos_and_refuses_sql() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let mut command = site.command(&site.integrated());
    command.env("BOOKSTORE_REQUIRE_KERBEROS", "true");
    OpenShop::new(command).await.assert_serves().await;
    let mut command = isolated(tokio::process::Command::new(executable()));
    command.env("BOOKSTORE_REQUIRE_KERBEROS", "true").env("connectionstring", "Server=db;User Id=sa;Password=Secret-1");
    let output = command.output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("the login uses SQL, not KERBEROS, and BOOKSTORE_REQUIRE_KERBEROS is set"), "{stderr}");
}
