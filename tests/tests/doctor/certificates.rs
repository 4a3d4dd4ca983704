//! Known failures of TLS: the server's certificate, the file of an authority, and a handshake without anything in
//! common.

use std::net::SocketAddr;
use std::path::Path;

use super::known_failure::{ExpectedVerdict, assert_verdict, doctor};
use bookstore_tests::fixture::{der_of, shop_server};
use sql_server_stand_in::{Fault, WrongCertificate};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_certificates_are_explained() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    let logins = server.counters().logins();
    for (wrong, produced, cause, fix) in [
        (
            WrongCertificate::OtherAuthority,
            "a certificate of another authority",
            "and not the issuer, CN=Another authority",
            "ServerCertificate=",
        ),
        (
            WrongCertificate::OtherName,
            "a certificate for another host",
            "is for elsewhere.invalid, and the connection string names localhost",
            "HostNameInCertificate=elsewhere.invalid",
        ),
        (WrongCertificate::Expired, "a certificate of 2020", "is valid from 2020-01-01 to 2021-01-01", "Cert:"),
    ] {
        server.faults().always(Fault::Certificate(wrong));
        assert_verdict(&text, ExpectedVerdict { known_failure: 25, produced, link: "tls", cause, fix, exit: 2 }).await;
        server.faults().clear();
    }
    assert_eq!(server.counters().logins(), logins);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_certificate_file_is_read_before_it_is_blamed() {
    let server = shop_server().await;
    let folder = tempfile::tempdir().unwrap();
    let beside = |name: &str| server.ca_file().with_file_name(name).display().to_string();
    let written = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let (root, intermediate) = (beside("ca.pem"), beside("intermediate.pem"));
    let both = [std::fs::read(&root).unwrap(), std::fs::read(&intermediate).unwrap()].concat();
    let both = written("both.pem", &both);
    let text = written("text.pem", b"not a certificate");
    let string = |file: &str| format!("{};ServerCertificate={file}", server.connection_string("webapp"));
    let wrong = |fault| {
        server.faults().clear();
        server.faults().always(Fault::Certificate(fault));
    };
    let refused = |known_failure, produced, cause, fix| ExpectedVerdict {
        known_failure,
        produced,
        link: "tls",
        cause,
        fix,
        exit: 2,
    };
    let own = refused(25, "the server's own certificate, issued by an authority", "own certificate, and not", "=");
    assert_verdict(&string(&beside("server.pem")), own).await;
    let no_certificate = refused(25, "a file without a certificate", "text.pem cannot be used", "openssl x509 -in");
    assert_verdict(&string(&text), no_certificate).await;
    wrong(WrongCertificate::ByIntermediate);
    let alone = refused(25, "an intermediate authority alone", "the intermediate CN=Intermediate authority, and", "=");
    assert_verdict(&string(&intermediate), alone).await;
    let without = refused(25, "the root, without the intermediate", "not the issuer, CN=Intermediate authority", "=");
    assert_verdict(&string(&root), without).await;
    let run = doctor(&string(&both)).await;
    assert_eq!(run.exit, Some(0), "an intermediate with its root: {}", run.text);
    wrong(WrongCertificate::ForClients);
    let clients = refused(39, "a certificate without serverAuth", "lacks serverAuth", "New-SelfSignedCertificate");
    assert_verdict(&string(&root), clients).await;
    server.faults().clear();
    // As Windows exports it.
    let der = written("ca.cer", &der_of(Path::new(&root)));
    let run = doctor(&string(&der)).await;
    assert_eq!(run.exit, Some(0), "DER: {}", run.text);
}

/// SQL Server 2019 and older take the first bytes of TLS for a packet that is not theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_encryption_with_an_older_server_is_answered_with_mandatory() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let text = format!("Server={};User ID=sa;Password=x;Encrypt=Strict", comma(listener.local_addr().unwrap()));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
        }
    });
    let run = doctor(&text).await;
    assert_eq!((run.exit, &run.report["verdict"]["link"]), (Some(2), &"tls".into()), "{}", run.text);
    assert!(run.text.contains("the server does not support Encrypt=Strict"), "{}", run.text);
    assert!(run.text.contains("Encrypt=Mandatory") && !run.text.contains("Encrypt=Optional"), "{}", run.text);
}

/// An address as SqlClient writes it.
fn comma(address: SocketAddr) -> String {
    format!("{},{}", address.ip(), address.port())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn negotiated_version_and_cipher_are_reported() {
    let server = shop_server().await;
    let run = doctor(&server.connection_string("webapp")).await;
    let checks = run.report["checks"].as_array().unwrap();
    let tls = checks.iter().find(|check| check["link"] == "tls").unwrap();
    let seen = tls["seen"].as_str().unwrap();
    assert!(seen.starts_with("TLS 1.") && seen.contains(", TLS_") && seen.contains("certificate for"), "{tls}");
}

/// Answers PRELOGIN with encryption, and each TLS handshake with this alert.
async fn server_with_alert(alert: u8) -> u16 {
    // PRELOGIN: version 15.0, ENCRYPT_ON.
    const PRELOGIN: [u8; 18] = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 15, 0, 0, 0, 0, 0, 1];
    let packet = |kind: u8, payload: &[u8]| [&[kind, 1, 0, 8 + payload.len() as u8, 0, 0, 0, 0], payload].concat();
    // A fatal alert of TLS 1.2 (RFC 5246, section 7.2).
    let replies = [packet(4, &PRELOGIN), packet(0x12, &[21, 3, 3, 0, 2, 2, alert])];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            for reply in &replies {
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(reply).await;
            }
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handshake_without_a_common_version_or_cipher_has_its_own_cause() {
    // handshake_failure and protocol_version.
    for alert in [40, 70] {
        let text = format!("Server=127.0.0.1,{};User ID=sa;Password=x", server_with_alert(alert).await);
        let expected = ExpectedVerdict {
            known_failure: 40,
            produced: "a server without a TLS version or cipher in common",
            link: "tls",
            cause: "have no TLS version or cipher in common",
            fix: "TLS 1.2",
            exit: 2,
        };
        assert_verdict(&text, expected).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strict_encryption_is_not_answered_with_a_fix_that_has_no_effect() {
    let server = shop_server().await;
    server.faults().always(Fault::Certificate(WrongCertificate::Expired));
    for (options, is_offered) in [("Encrypt=Mandatory", true), ("Encrypt=Strict", false)] {
        let run = doctor(&format!("{};{options}", server.connection_string("webapp"))).await;
        assert_eq!(run.report["verdict"]["link"], "tls", "{}", run.text);
        assert_eq!(run.text.contains("TrustServerCertificate=true"), is_offered, "{options}: {}", run.text);
    }
}
