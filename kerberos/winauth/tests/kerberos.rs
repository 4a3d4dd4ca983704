//! Logins against a GSSAPI acceptor, by Kerberos. They need a realm: `lab/windows/winauth-selftest.sh` creates one and
//! runs them.
#![cfg(windows)]

#[cfg(test)]
#[path = "kerberos/acceptor.rs"]
mod acceptor;
#[cfg(test)]
#[path = "kerberos/usage.rs"]
mod usage;

use std::io;

use acceptor::{log_in, variable};
use winauth::windows::NtlmSspiBuilder;
use winauth::{NextBytes, NtlmV2ClientBuilder, only_kerberos};

fn as_this_process() -> io::Result<String> {
    log_in(&mut NtlmSspiBuilder::new().target_spn(&variable("WINAUTH_SPN")).build()?)
}

#[test]
#[ignore = "needs a realm"]
fn acceptor_sees_the_principal_by_kerberos_and_authenticates_itself() {
    let seen = as_this_process().expect("a login");
    assert_eq!(seen, format!("{} kerberos mutual", variable("WINAUTH_PRINCIPAL")));
}

#[test]
#[ignore = "needs a realm"]
fn package_kerberos_logs_in_with_mutual_authentication() {
    let seen = only_kerberos(as_this_process).expect("a login");
    assert_eq!(seen, format!("{} kerberos mutual", variable("WINAUTH_PRINCIPAL")));
}

/// Negotiate would offer NTLM instead.
#[test]
#[ignore = "needs a realm"]
fn package_kerberos_creates_no_token_for_an_unknown_service() {
    let refused = only_kerberos(|| {
        let mut client = NtlmSspiBuilder::new().target_spn("MSSQLSvc/nobody.example.com:1433").build()?;
        client.next_bytes(None)
    });
    println!("{refused:?}");
    assert!(refused.expect_err("no such service").to_string().contains(": status 0x8009"));
}

#[test]
#[ignore = "needs a realm"]
fn named_account_logs_in_by_kerberos() {
    let principal = variable("WINAUTH_PRINCIPAL");
    let (user, domain) = principal.split_once('@').expect("name@REALM");
    let builder = NtlmV2ClientBuilder::new().target_spn(variable("WINAUTH_SPN"));
    let seen = log_in(&mut builder.build(Some(domain), user, variable("WINAUTH_PASSWORD"))).expect("a login");
    assert_eq!(seen, format!("{principal} kerberos mutual"));
}

#[test]
#[ignore = "needs a realm"]
fn named_account_with_wrong_password_is_refused_without_showing_it() {
    let principal = variable("WINAUTH_PRINCIPAL");
    let (user, domain) = principal.split_once('@').expect("name@REALM");
    let builder = NtlmV2ClientBuilder::new().target_spn(variable("WINAUTH_SPN"));
    let refused = log_in(&mut builder.build(Some(domain), user, "not-the-password")).expect_err("a wrong password");
    println!("{:?}: {refused}", refused.kind());
    assert!(!refused.to_string().contains("not-the-password"), "{refused}");
}

#[test]
#[ignore = "needs a realm"]
fn invalid_token_ends_the_login_with_an_error() {
    let mut client = NtlmSspiBuilder::new().target_spn(&variable("WINAUTH_SPN")).build().expect("credentials");
    client.next_bytes(None).expect("a first token");
    let refused = client.next_bytes(Some(b"no token")).expect_err("not a token");
    println!("{:?}: {refused}", refused.kind());
    assert!(refused.to_string().contains(": status 0x8009"), "{refused}");
    assert_eq!(client.next_bytes(Some(b"")).map_err(|error| error.kind()), Err(io::ErrorKind::InvalidInput));
}

#[test]
#[ignore = "needs a realm"]
fn missing_ticket_is_reported_as_no_credentials() {
    let refused = as_this_process().expect_err("no ticket");
    println!("{:?}: {refused}", refused.kind());
    assert!(refused.to_string().ends_with("status 0x8009030E"), "{refused}");
}

#[test]
#[ignore = "needs a realm"]
fn unknown_service_is_an_error() {
    let client = NtlmSspiBuilder::new().target_spn("MSSQLSvc/nobody.example.com:1433").build();
    let refused = client.and_then(|mut client| client.next_bytes(None)).expect_err("no such service");
    println!("{:?}: {refused}", refused.kind());
    assert!(refused.to_string().contains("MSSQLSvc/nobody.example.com:1433"), "{refused}");
}

#[test]
#[ignore = "needs a realm"]
fn thousand_logins_leak_neither_handles_nor_memory() {
    let logins = |count| (0..count).for_each(|_| drop(as_this_process().expect("a login")));
    logins(100);
    let before = (usage::handles(), usage::memory());
    logins(1000);
    let (handles, memory) = (usage::handles() - before.0, usage::memory() - before.1);
    println!("1,000 logins: {handles} handles and {memory} bytes more");
    assert_eq!(handles, 0);
    assert!(memory < 1000 * 512, "{memory} bytes: a context is not released");
}
