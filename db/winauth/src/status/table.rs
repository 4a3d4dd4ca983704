//! What each status means to someone who runs the application, and what to do about it.
//!
//! What the codes mean for SQL Server's logins:
//! <https://learn.microsoft.com/troubleshoot/sql/database-engine/connect/cannot-generate-sspi-context-error>.

use std::io::ErrorKind;

/// One status code.
#[derive(Debug)]
pub(super) struct Explanation {
    pub(super) code: u32,
    pub(super) name: &'static str,
    pub(super) meaning: &'static str,
    pub(super) remedy: &'static str,
    pub(super) kind: ErrorKind,
}

/// The entry of a status, if it is one that a login can meet.
pub(super) fn explain(code: u32) -> Option<&'static Explanation> {
    EXPLANATIONS.iter().find(|explanation| explanation.code == code)
}

const fn entry(
    code: u32,
    name: &'static str,
    kind: ErrorKind,
    meaning: &'static str,
    remedy: &'static str,
) -> Explanation {
    Explanation { code, name, meaning, remedy, kind }
}

use ErrorKind::{HostUnreachable, InvalidData, Other, OutOfMemory, PermissionDenied, Unsupported};

/// In the order of the codes.
pub(super) const EXPLANATIONS: &[Explanation] = &[
    entry(
        0x8009_0300,
        "SEC_E_INSUFFICIENT_MEMORY",
        OutOfMemory,
        "Windows has not enough memory for the login",
        "free some, or raise the container's limit",
    ),
    entry(
        0x8009_0302,
        "SEC_E_UNSUPPORTED_FUNCTION",
        Unsupported,
        "Windows does not support what was asked for, which is mostly NTLM where a policy forbids it and Kerberos was not possible",
        "look for the reason why Kerberos was not: is the service principal name registered (setspn -Q), is it asked for by host name and not by address",
    ),
    entry(
        0x8009_0303,
        "SEC_E_TARGET_UNKNOWN",
        PermissionDenied,
        "no account of the domain has this service principal name",
        "register it on the account that SQL Server runs as: setspn -S <name> <account>",
    ),
    entry(
        0x8009_0304,
        "SEC_E_INTERNAL_ERROR",
        Other,
        "the Local Security Authority could not get a ticket and does not say why",
        "check that a domain controller is reachable and that the service principal name is registered (setspn -Q <name>), and read the System event log's Security-Kerberos and Netlogon entries",
    ),
    entry(
        0x8009_0305,
        "SEC_E_SECPKG_NOT_FOUND",
        Unsupported,
        "this Windows has no package Negotiate",
        "use an image that has it: Windows Server Core",
    ),
    entry(
        0x8009_0306,
        "SEC_E_NOT_OWNER",
        PermissionDenied,
        "the process may not use these credentials",
        "run it as the account whose credentials they are",
    ),
    entry(
        0x8009_0308,
        "SEC_E_INVALID_TOKEN",
        InvalidData,
        "the server's answer is not a valid token",
        "check that the server is a SQL Server with integrated login and that nothing on the way changes the connection",
    ),
    entry(
        0x8009_030C,
        "SEC_E_LOGON_DENIED",
        PermissionDenied,
        "the account or its password was refused",
        "check that the account is enabled and not locked; for a gMSA run Test-ADServiceAccount on the host",
    ),
    entry(
        0x8009_030D,
        "SEC_E_UNKNOWN_CREDENTIALS",
        PermissionDenied,
        "the credentials were not recognized",
        "check the account's domain and name; a gMSA is named DOMAIN\\name$",
    ),
    entry(
        0x8009_030E,
        "SEC_E_NO_CREDENTIALS",
        PermissionDenied,
        "the process has no credentials to log in with",
        "run it as the gMSA or as a domain account; in a container it needs a credential spec and must run as NETWORK SERVICE or LocalSystem; check with klist",
    ),
    entry(
        0x8009_030F,
        "SEC_E_MESSAGE_ALTERED",
        InvalidData,
        "the server's answer was made with another key, or was changed on the way",
        "check that the service principal name is on the account that SQL Server runs as, and on no other (setspn -X)",
    ),
    entry(
        0x8009_0311,
        "SEC_E_NO_AUTHENTICATING_AUTHORITY",
        HostUnreachable,
        "no domain controller could be contacted",
        "check the DNS of the domain, TCP and UDP port 88 to its controllers, and the trust: nltest /sc_verify:<domain>",
    ),
    entry(
        0x8009_0317,
        "SEC_E_CONTEXT_EXPIRED",
        PermissionDenied,
        "the ticket expired during the login",
        "try again; if it stays, check that the account's tickets are renewed (klist)",
    ),
    entry(
        0x8009_0322,
        "SEC_E_WRONG_PRINCIPAL",
        PermissionDenied,
        "the server does not hold the account that this service principal name belongs to",
        "the name must be on the account that SQL Server runs as, and on no other: setspn -Q <name>, setspn -X",
    ),
    entry(
        0x8009_0324,
        "SEC_E_TIME_SKEW",
        PermissionDenied,
        "the clocks of this machine, the domain controller and the server differ by more than Kerberos allows, 5 minutes",
        "set them right: w32tm /resync",
    ),
    entry(
        0x8009_0331,
        "SEC_E_ALGORITHM_MISMATCH",
        PermissionDenied,
        "the two sides have no algorithm in common",
        "compare the encryption types that policy allows on both, and msDS-SupportedEncryptionTypes of SQL Server's account",
    ),
    entry(
        0x8009_0342,
        "SEC_E_KDC_UNKNOWN_ETYPE",
        PermissionDenied,
        "the domain controller does not support the encryption type that was asked for",
        "compare the encryption types that policy allows with msDS-SupportedEncryptionTypes of the accounts",
    ),
    entry(
        0x8009_0350,
        "SEC_E_DOWNGRADE_DETECTED",
        HostUnreachable,
        "Windows will not go on without the domain controller, which it cannot contact, because that might be an attack",
        "check the network path to the domain controllers",
    ),
    entry(
        0x8009_0363,
        "SEC_E_MUTUAL_AUTH_FAILED",
        PermissionDenied,
        "the server did not prove who it is",
        "check that the host name is the right server's and that the service principal name is on its account",
    ),
];
