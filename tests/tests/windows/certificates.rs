//! Certificates that the Windows executable must refuse: of another authority, for another name, expired. Each test
//! fails if `wine-fixes.c` leaves Wine's fault 3 in place (`BOOKSTORE_WINE_KEEP_FAULT_3=1`), so that they do test the
//! executable's checks.

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::{der_of, shop_server};
use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use serde_json::Value;
use sql_server_stand_in::{Fault, StandIn, WrongCertificate};

use super::encryption::folders;
use super::program::WindowsProgram;

const WRONG: [WrongCertificate; 3] =
    [WrongCertificate::OtherAuthority, WrongCertificate::OtherName, WrongCertificate::Expired];

/// Expects a shop that refuses each wrong certificate without sending a login, and serves once the server has the right
/// one. The fault is there before the shop, so that no earlier connection of its pool serves a page.
async fn assert_wrong_certificates_are_refused(program: &WindowsProgram, server: &StandIn, options: &str) {
    for wrong in WRONG {
        let logins = server.counters().logins();
        server.faults().always(Fault::Certificate(wrong));
        let mut command = program.command(&["serve"], &folders(server));
        command.env("connectionstring", format!("{};{options}", server.connection_string("webapp")));
        let shop = Shop::run(command).await;
        let browser = Browser::new(&shop.url);
        let page = browser.open("/books").await;
        assert_eq!(page.status, 503, "{options}, {wrong:?}: {}", shop.output());
        shop.wait_for_output(r#""reason":"certificate-refused""#).await;
        assert_eq!(server.counters().logins(), logins, "{options}, {wrong:?}: a login was sent");
        server.faults().clear();
        eventually("the shop serves", PATIENCE, async || browser.open("/books").await.status == 200).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mandatory_refuses_wrong_certificates() {
    let Some(program) = WindowsProgram::new().await else { return };
    assert_wrong_certificates_are_refused(&program, &shop_server().await, "Encrypt=Mandatory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_refuses_wrong_certificates() {
    let Some(program) = WindowsProgram::new().await else { return };
    assert_wrong_certificates_are_refused(&program, &shop_server().await, "Encrypt=Strict").await;
}

/// As Windows exports a certificate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authority_in_der_is_accepted_by_shop_and_doctor() {
    let Some(program) = WindowsProgram::new().await else { return };
    let server = shop_server().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.cer");
    std::fs::write(&file, der_of(server.ca_file())).unwrap();
    let folders = [folder.path().to_owned()];
    let text = format!("{};ServerCertificate={}", server.connection_string("webapp"), file.display());
    let mut serve = program.command(&["serve"], &folders);
    serve.env("connectionstring", &text);
    let shop = Shop::run(serve).await;
    assert_eq!(Browser::new(&shop.url).open("/books").await.status, 200, "{}", shop.output());
    let mut doctor = program.command(&["doctor", "--json"], &folders);
    let output = doctor.env("connectionstring", &text).output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(report["verdict"]["state"], "healthy", "{text}");
    // The doctor checks by the file: the same server with a certificate of another authority is refused.
    server.faults().always(Fault::Certificate(WrongCertificate::OtherAuthority));
    let output = doctor.output().await.unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("CN=Another authority"), "{output:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_names_what_is_wrong_with_a_certificate() {
    let Some(program) = WindowsProgram::new().await else { return };
    let server = shop_server().await;
    for (wrong, cause) in WRONG.into_iter().zip([
        "was issued by CN=Another authority",
        "is for elsewhere.invalid, and the connection string names localhost",
        "is valid from 2020-01-01 to 2021-01-01",
    ]) {
        server.faults().always(Fault::Certificate(wrong));
        let mut command = program.command(&["doctor", "--json"], &folders(&server));
        let output = command.env("connectionstring", server.connection_string("webapp")).output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let verdict = &report["verdict"];
        // Not the exit code: Wine's own is 0 now and then, whatever the program's was.
        assert_eq!((&verdict["state"], &verdict["link"]), (&"failed".into(), &"tls".into()), "{wrong:?}: {text}");
        assert!(verdict["causes"][0]["what"].as_str().unwrap().contains(cause), "{wrong:?}: {verdict:#}");
        assert!(!text.contains("/etc/"), "{wrong:?}: a path of Linux: {text}");
        server.faults().clear();
    }
}
