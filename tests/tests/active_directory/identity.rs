//! What works: the gMSA's name in the rows that the shop makes, through tickets that come and go.

use super::site::{ACCOUNT, Open, PRINCIPAL, SPN, Site};
use bookstore_tests::shop::{bare, executable};
use serde_json::Value;
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_is_added_by_the_gmsa_beside_those_of_sa() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let Open { browser, shop } = site.shop().await;
    let book = browser.add("Emma").await;
    assert_eq!(site.creator("Emma").await, ACCOUNT);
    let page = browser.open(&book).await;
    let identity = page.texts("aside.identity").concat();
    assert!(identity.contains("KERBEROS") && identity.contains(ACCOUNT), "{identity}");
    let list = browser.open("/books").await.texts("main").concat();
    assert!(list.contains(ACCOUNT) && list.contains("SQL login: sa"), "{list}");
    let identity: Value = serde_json::from_str(&browser.open("/api/v1/identity").await.text).unwrap();
    assert_eq!((&identity["login"], &identity["authScheme"]), (&ACCOUNT.into(), &"KERBEROS".into()));
    assert_eq!((&identity["spn"], &identity["warnings"]), (&SPN.into(), &serde_json::json!([])));
    let cache = &identity["credentials"]["ticketCache"];
    assert_eq!((&cache["principal"], &cache["chosenBy"]), (&PRINCIPAL.into(), &"KRB5CCNAME".into()));
    let listed = Command::new("klist").arg("-e").arg("-c").arg(site.cache()).output().await.unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let tickets = cache["tickets"].as_array().unwrap();
    assert_eq!(tickets.len(), listed.matches("Etype").count(), "as many as klist sees: {cache}\n{listed}");
    let service = format!("{SPN}@BOOKSTORE.LOCAL");
    assert!(tickets.iter().any(|ticket| ticket["server"] == *service), "{cache}");
    for ticket in tickets {
        let [server, session, sealed] =
            ["server", "sessionKey", "sealedBy"].map(|field| ticket[field].as_str().unwrap());
        assert_eq!(ticket["hasExpired"], false);
        // An encryption type's name may go on in brackets.
        let types = [session, sealed].map(|name| name.split(' ').next().unwrap());
        assert!(listed.contains(server) && types.iter().all(|name| listed.contains(name)), "{ticket}\n{listed}");
    }
    let page = browser.open("/identity").await;
    assert!(page.texts(".caution").is_empty(), "nothing to warn of");
    assert!(page.texts("main").concat().contains("A Kerberos ticket cache"), "{}", page.text);
    shop.wrote(&format!(r#""login":"BOOKSTORE\\webgmsa$","auth_scheme":"KERBEROS","spn":"{SPN}""#)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_computer_that_is_no_member_gets_no_ticket_and_is_told_why() {
    let Some(site) = Site::new().await else { return };
    let refused = site.directory.ticket("host2", &site.cache(), 0).await;
    assert_eq!(refused.status.code(), Some(4));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("host2 may not read the password of webgmsa"), "{said}");
    assert!(!site.cache().exists());
    site.shop().await.fails_with(&["has no Kerberos credentials", SPN]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolled_password_loses_nothing() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let (shop, newcomer) = (site.shop().await, site.forgetful_shop().await);
    shop.browser.add("Before").await;
    site.directory.lab(&["roll-gmsa"]).await;
    shop.browser.add("With the connection from before").await;
    newcomer.browser.add("With the ticket from before").await;
    site.ticket().await;
    newcomer.browser.add("With a new ticket").await;
    for title in ["Before", "With the connection from before", "With the ticket from before", "With a new ticket"] {
        assert_eq!(site.creator(title).await, ACCOUNT, "{title}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_keytab_does_instead_of_a_ticket_cache() {
    let Some(site) = Site::new().await else { return };
    let keytab = site.cache().with_extension("keytab");
    site.directory.lab(&["keytab", "webgmsa$", keytab.to_str().unwrap()]).await;
    let mut command = site.command(&site.integrated());
    command.env("KRB5CCNAME", "MEMORY:").env("KRB5_CLIENT_KTNAME", &keytab);
    Open::new(command).await.browser.add("Emma").await;
    assert_eq!(site.creator("Emma").await, ACCOUNT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kerberos_is_enough_where_it_is_required_and_a_sql_login_is_not() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    let mut command = site.command(&site.integrated());
    command.env("BOOKSTORE_REQUIRE_KERBEROS", "true");
    Open::new(command).await.serves().await;
    let mut command = bare(tokio::process::Command::new(executable()));
    command.env("BOOKSTORE_REQUIRE_KERBEROS", "true").env("connectionstring", "Server=db;User Id=sa;Password=Secret-1");
    let ended = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("the login is by SQL and not by KERBEROS, and BOOKSTORE_REQUIRE_KERBEROS is set"), "{said}");
}
