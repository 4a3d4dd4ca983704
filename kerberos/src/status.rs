//! Status codes of SSPI and of GSSAPI's Kerberos mechanism, each with the fault that it means for a login.
//!
//! Both libraries use 32-bit codes from ranges that do not overlap, so one table holds them all:
//! - SSPI, `winerror.h`: <https://learn.microsoft.com/windows/win32/secauthn/sspi-status-codes>; for logins to SQL
//!   Server: <https://learn.microsoft.com/troubleshoot/sql/database-engine/connect/cannot-generate-sspi-context-error>.
//! - MIT Kerberos, `krb5.h` (GSSAPI's minor status; Heimdal uses the same numbers):
//!   <https://web.mit.edu/kerberos/krb5-latest/doc/appdev/refs/macros/index.html>. The two of the table `ggss` are in
//!   no public header.
//! - GSSAPI's routine errors (its major status): RFC 2744, section 3.9.1.

use crate::KerberosFault;
use KerberosFault::{
    ClockSkew, Configuration, EncryptionType, Expired, InternalError, InvalidToken, KdcUnreachable, NoCredentials,
    PackageMissing, Revoked, UnknownClient, UnknownService, WrongKey, WrongRealm,
};

/// A status code that has a meaning for a login.
#[derive(Debug)]
pub(crate) struct Status {
    pub(crate) code: u32,
    /// The constant's name in the library's header.
    pub(crate) name: &'static str,
    pub(crate) fault: KerberosFault,
}

impl Status {
    /// The entry of a status code, if the table has one.
    pub(crate) fn find(code: u32) -> Option<&'static Self> {
        STATUSES.iter().find(|status| status.code == code)
    }
}

const fn sspi(code: u32, name: &'static str, fault: KerberosFault) -> Status {
    Status { code, name, fault }
}

const fn krb5(code: i32, name: &'static str, fault: KerberosFault) -> Status {
    Status { code: code.cast_unsigned(), name, fault }
}

const fn gss(code: u32, name: &'static str, fault: KerberosFault) -> Status {
    Status { code: code << 16, name, fault }
}

/// Every status code with a meaning of its own; all others are [`KerberosFault::Other`].
#[rustfmt::skip]
const STATUSES: &[Status] = &[
    sspi(0x8009_0302, "SEC_E_UNSUPPORTED_FUNCTION", PackageMissing),
    sspi(0x8009_0303, "SEC_E_TARGET_UNKNOWN", UnknownService),
    sspi(0x8009_0304, "SEC_E_INTERNAL_ERROR", InternalError),
    sspi(0x8009_0305, "SEC_E_SECPKG_NOT_FOUND", PackageMissing),
    sspi(0x8009_0306, "SEC_E_NOT_OWNER", NoCredentials),
    sspi(0x8009_0308, "SEC_E_INVALID_TOKEN", InvalidToken),
    sspi(0x8009_030C, "SEC_E_LOGON_DENIED", Revoked),
    sspi(0x8009_030D, "SEC_E_UNKNOWN_CREDENTIALS", NoCredentials),
    sspi(0x8009_030E, "SEC_E_NO_CREDENTIALS", NoCredentials),
    sspi(0x8009_030F, "SEC_E_MESSAGE_ALTERED", WrongKey),
    sspi(0x8009_0311, "SEC_E_NO_AUTHENTICATING_AUTHORITY", KdcUnreachable),
    sspi(0x8009_0317, "SEC_E_CONTEXT_EXPIRED", Expired),
    sspi(0x8009_0322, "SEC_E_WRONG_PRINCIPAL", WrongKey),
    sspi(0x8009_0324, "SEC_E_TIME_SKEW", ClockSkew),
    sspi(0x8009_0331, "SEC_E_ALGORITHM_MISMATCH", EncryptionType),
    sspi(0x8009_0342, "SEC_E_KDC_UNKNOWN_ETYPE", EncryptionType),
    sspi(0x8009_0350, "SEC_E_DOWNGRADE_DETECTED", KdcUnreachable),
    sspi(0x8009_0363, "SEC_E_MUTUAL_AUTH_FAILED", WrongKey),
    krb5(-1_765_328_378, "KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN", UnknownClient),
    krb5(-1_765_328_377, "KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN", UnknownService),
    krb5(-1_765_328_370, "KRB5KDC_ERR_ETYPE_NOSUPP", EncryptionType),
    krb5(-1_765_328_366, "KRB5KDC_ERR_CLIENT_REVOKED", Revoked),
    krb5(-1_765_328_361, "KRB5KDC_ERR_KEY_EXP", Expired),
    krb5(-1_765_328_360, "KRB5KDC_ERR_PREAUTH_FAILED", WrongKey),
    krb5(-1_765_328_353, "KRB5KRB_AP_ERR_BAD_INTEGRITY", WrongKey),
    krb5(-1_765_328_352, "KRB5KRB_AP_ERR_TKT_EXPIRED", Expired),
    krb5(-1_765_328_351, "KRB5KRB_AP_ERR_TKT_NYV", ClockSkew),
    krb5(-1_765_328_347, "KRB5KRB_AP_ERR_SKEW", ClockSkew),
    krb5(-1_765_328_343, "KRB5KRB_AP_ERR_MODIFIED", WrongKey),
    krb5(-1_765_328_340, "KRB5KRB_AP_ERR_BADKEYVER", WrongKey),
    krb5(-1_765_328_339, "KRB5KRB_AP_ERR_NOKEY", WrongKey),
    krb5(-1_765_328_249, "KRB5_CONFIG_CANTOPEN", Configuration),
    krb5(-1_765_328_248, "KRB5_CONFIG_BADFORMAT", Configuration),
    krb5(-1_765_328_244, "KRB5_CC_UNKNOWN_TYPE", NoCredentials),
    krb5(-1_765_328_243, "KRB5_CC_NOTFOUND", NoCredentials),
    krb5(-1_765_328_236, "KRB5_KDCREP_SKEW", ClockSkew),
    krb5(-1_765_328_230, "KRB5_REALM_UNKNOWN", KdcUnreachable),
    krb5(-1_765_328_228, "KRB5_KDC_UNREACH", KdcUnreachable),
    krb5(-1_765_328_204, "KRB5_KT_UNKNOWN_TYPE", NoCredentials),
    krb5(-1_765_328_203, "KRB5_KT_NOTFOUND", NoCredentials),
    krb5(-1_765_328_190, "KRB5_FCC_PERM", NoCredentials),
    krb5(-1_765_328_189, "KRB5_FCC_NOFILE", NoCredentials),
    krb5(-1_765_328_185, "KRB5_CC_FORMAT", NoCredentials),
    krb5(-1_765_328_167, "KRB5_ERR_HOST_REALM_UNKNOWN", KdcUnreachable),
    krb5(-1_765_328_164, "KRB5_REALM_CANT_RESOLVE", KdcUnreachable),
    krb5(-1_765_328_160, "KRB5_CONFIG_NODEFREALM", WrongRealm),
    krb5(39_756_044, "KG_EMPTY_CCACHE", NoCredentials),
    krb5(39_756_045, "KG_KEYTAB_NOMATCH", NoCredentials),
    gss(7, "GSS_S_NO_CRED", NoCredentials),
    gss(9, "GSS_S_DEFECTIVE_TOKEN", InvalidToken),
    gss(11, "GSS_S_CREDENTIALS_EXPIRED", Expired),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_and_each_name_appear_once() {
        for (n, status) in STATUSES.iter().enumerate() {
            let same = |other: &&Status| other.code == status.code || other.name == status.name;
            assert_eq!(STATUSES[..n].iter().find(same).map(|other| other.name), None, "{}", status.name);
        }
    }

    #[test]
    fn unknown_codes_have_no_entry() {
        assert!([0, 0x8009_03FF, u32::MAX].into_iter().all(|code| Status::find(code).is_none()));
    }

    /// Judged by Microsoft's own metadata.
    #[test]
    fn sspi_codes_are_those_of_the_windows_headers() {
        use windows_sys::Win32::Foundation::*;
        macro_rules! headers {
            ($($name:ident)*) => { [$((stringify!($name), $name.cast_unsigned())),*] };
        }
        let headers = headers![
            SEC_E_UNSUPPORTED_FUNCTION SEC_E_TARGET_UNKNOWN SEC_E_INTERNAL_ERROR SEC_E_SECPKG_NOT_FOUND SEC_E_NOT_OWNER
            SEC_E_INVALID_TOKEN SEC_E_LOGON_DENIED SEC_E_UNKNOWN_CREDENTIALS SEC_E_NO_CREDENTIALS SEC_E_MESSAGE_ALTERED
            SEC_E_NO_AUTHENTICATING_AUTHORITY SEC_E_CONTEXT_EXPIRED SEC_E_WRONG_PRINCIPAL SEC_E_TIME_SKEW
            SEC_E_ALGORITHM_MISMATCH SEC_E_KDC_UNKNOWN_ETYPE SEC_E_DOWNGRADE_DETECTED SEC_E_MUTUAL_AUTH_FAILED
        ];
        let table = STATUSES.iter().filter(|status| status.name.starts_with("SEC_E_"));
        assert_eq!(table.map(|status| (status.name, status.code)).collect::<Vec<_>>(), headers);
    }

    /// Judged by the header of the Kerberos library that the feature needs anyway.
    #[cfg(all(unix, feature = "kerberos"))]
    #[test]
    fn kerberos_codes_are_those_of_krb5_h() {
        let header = std::fs::read_to_string("/usr/include/krb5/krb5.h").expect("krb5/krb5.h of libkrb5-dev");
        let table = STATUSES.iter().filter(|status| status.name.starts_with("KRB5"));
        for Status { code, name, .. } in table {
            let define = format!("#define {name} ");
            let line = header.lines().find(|line| line.starts_with(&define)).expect(name);
            assert!(line.ends_with(&format!(" ({}L)", code.cast_signed())), "{line}");
        }
    }
}
