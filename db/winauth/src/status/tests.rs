use std::io::ErrorKind;

use super::table::{EXPLANATIONS, explain};
use super::{Failure, Progress, Status};

fn failure(code: u32) -> Failure {
    Failure { status: Status(code), doing: "asking for a ticket", target: "MSSQLSvc/db.example.com:1433".to_owned() }
}

#[test]
fn an_error_says_what_happened_for_whom_by_name_and_number_and_what_to_do() {
    let text = failure(0x8009_0303).to_string();
    assert_eq!(
        text,
        "SSPI failed while asking for a ticket for MSSQLSvc/db.example.com:1433: no account of the domain has this service principal \
         name (SEC_E_TARGET_UNKNOWN, 0x80090303); register it on the account that SQL Server runs as: setspn -S <name> <account>"
    );
}

#[test]
fn a_status_that_is_not_in_the_table_is_shown_by_number() {
    let failure = failure(0x8009_03FF);
    assert!(failure.to_string().contains("0x800903FF"), "{failure}");
    assert_eq!(failure.kind(), ErrorKind::Other);
}

#[test]
fn the_kinds_tell_an_unreachable_domain_from_a_refusal() {
    assert_eq!(failure(0x8009_0311).kind(), ErrorKind::HostUnreachable);
    assert_eq!(failure(0x8009_030E).kind(), ErrorKind::PermissionDenied);
    assert_eq!(failure(0x8009_0322).kind(), ErrorKind::PermissionDenied);
    assert_eq!(failure(0x8009_0308).kind(), ErrorKind::InvalidData);
}

#[test]
fn every_status_stands_once_and_in_order() {
    assert!(EXPLANATIONS.windows(2).all(|pair| pair[0].code < pair[1].code));
    assert!(EXPLANATIONS.iter().all(|explanation| explain(explanation.code).is_some()));
}

#[test]
fn only_failures_are_explained() {
    for explanation in EXPLANATIONS {
        assert_eq!(Status(explanation.code).checked(), Err(Status(explanation.code)), "{}", explanation.name);
    }
}

#[test]
fn a_step_ends_or_goes_on_as_the_status_says() {
    assert_eq!(Status::new(0).progress(), Ok(Progress { complete: true, to_be_completed: false }));
    assert_eq!(Status::new(0x0009_0312).progress(), Ok(Progress { complete: false, to_be_completed: false }));
    assert_eq!(Status::new(0x0009_0313).progress(), Ok(Progress { complete: true, to_be_completed: true }));
    assert_eq!(Status::new(0x0009_0314).progress(), Ok(Progress { complete: false, to_be_completed: true }));
}

#[test]
fn a_success_that_is_not_known_is_no_progress() {
    let local_logon = Status::new(0x0009_0315);
    assert_eq!(local_logon.checked(), Ok(local_logon));
    assert_eq!(local_logon.progress(), Err(local_logon));
}

#[cfg(windows)]
#[test]
fn names_and_numbers_are_those_of_the_windows_headers() {
    use windows_sys::Win32::Foundation::*;
    macro_rules! by_header {
        ($($name:ident),* $(,)?) => { [$((stringify!($name), $name)),*] };
    }
    let headers = by_header![
        SEC_E_INSUFFICIENT_MEMORY,
        SEC_E_UNSUPPORTED_FUNCTION,
        SEC_E_TARGET_UNKNOWN,
        SEC_E_INTERNAL_ERROR,
        SEC_E_SECPKG_NOT_FOUND,
        SEC_E_NOT_OWNER,
        SEC_E_INVALID_TOKEN,
        SEC_E_LOGON_DENIED,
        SEC_E_UNKNOWN_CREDENTIALS,
        SEC_E_NO_CREDENTIALS,
        SEC_E_MESSAGE_ALTERED,
        SEC_E_NO_AUTHENTICATING_AUTHORITY,
        SEC_E_CONTEXT_EXPIRED,
        SEC_E_WRONG_PRINCIPAL,
        SEC_E_TIME_SKEW,
        SEC_E_ALGORITHM_MISMATCH,
        SEC_E_KDC_UNKNOWN_ETYPE,
        SEC_E_DOWNGRADE_DETECTED,
        SEC_E_MUTUAL_AUTH_FAILED,
    ];
    assert_eq!(headers.len(), EXPLANATIONS.len());
    for (explanation, (name, hresult)) in EXPLANATIONS.iter().zip(headers) {
        assert_eq!((explanation.name, explanation.code), (name, hresult.cast_unsigned()));
    }
}
