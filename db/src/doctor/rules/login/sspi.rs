//! A login that broke off on Windows, by SSPI's status: rows 1, 2, 9 to 11, 14, 15, 24, 26, 31 and 32.

use super::{service_key, spn};
use crate::connection_string::SqlServerSettings;
use crate::doctor::report::{Audience, Cause};
use crate::doctor::rules::clock::skew;
use crate::doctor::rules::kerberos::Domain;

/// SSPI's status in the words of an error, as `db/winauth` writes it: `SEC_E_NO_CREDENTIALS (0x8009030E)`.
/// <https://learn.microsoft.com/windows/win32/secauthn/sspi-status-codes>
pub(super) fn sspi(words: &str, settings: &SqlServerSettings, domain: &Domain) -> Option<Vec<Cause>> {
    let at = words.find("0x8009")?;
    let status = u32::from_str_radix(words.get(at + 2..at + 10)?, 16).ok()?;
    let asked = spn(domain, settings);
    Some(match status {
        0x8009_030E => windows_credentials(),
        0x8009_0311 => vec![Cause::row(2, "this container reaches no domain controller").fix(
            Audience::Cluster,
            "forward the domain's zone in CoreDNS; open 53, 88, 389 and 445",
            "nltest /dsgetdc:<domain>\nnslookup -type=srv _ldap._tcp.dc._msdcs.<domain>",
        )],
        0x8009_0303 => vec![Cause::row(14, format!("{asked} is registered on no account")).fix(
            Audience::Directory,
            "register it",
            format!("setspn -Q {asked}\nsetspn -S {asked} <DOMAIN>\\<account of SQL Server>"),
        )],
        0x8009_0322 => service_key(&asked),
        0x8009_0324 => vec![skew(domain.ahead)],
        0x8009_030C => vec![
            Cause::row(
                26,
                "the domain refused the account: disabled, or its password rolled and the container has the old one",
            )
            .fix(
                Audience::Directory,
                "look at the account",
                "Get-ADServiceAccount <gmsa> -Properties Enabled, PasswordLastSet",
            )
            .fix(Audience::Cluster, "and start the container anew", "kubectl delete pod <pod>"),
        ],
        0x8009_0331 | 0x8009_0342 => {
            vec![Cause::row(24, "client, directory and SQL Server's account share no encryption type").fix(
                Audience::Directory,
                "allow AES on the account of SQL Server",
                "Set-ADUser <account> -Replace @{'msDS-SupportedEncryptionTypes'=24}",
            )]
        }
        0x8009_0305 | 0x8009_0302 => {
            vec![Cause::row(31, "this image lacks a part of integrated login: nanoserver since April 2024").fix(
                Audience::Application,
                "base the image on servercore",
                "FROM mcr.microsoft.com/windows/servercore:ltsc2022",
            )]
        }
        _ => return None,
    })
}

fn windows_credentials() -> Vec<Cause> {
    vec![
        Cause::row(11, "this process runs under a local account that the credential spec does not reach")
            .fix(
                Audience::Application,
                "run as NETWORK SERVICE in the image or the pod",
                "runAsUserName: \"NT AUTHORITY\\\\NETWORK SERVICE\"",
            )
            .told_by("`whoami` in the container says something else"),
        Cause::row(1, "the credential spec did not reach the container")
            .fix(
                Audience::Cluster,
                "name it in the pod, and let its service account use it",
                "kubectl describe pod <pod>\nnltest /sc_verify:<domain>",
            )
            .told_by("`nltest /sc_verify:<domain>` in the container says 1722 or 1787"),
        Cause::row(
            9,
            "the host got no password of the gMSA: KDS key, group, or a ticket from before it was put in the group",
        )
        .fix(Audience::Directory, "test it on the host", "Test-ADServiceAccount <gmsa>")
        .told_by("that says False; not visible from here"),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::failed;
    use super::*;
    use crate::connection_string::{ConnectionString, Target};
    use crate::error::Error;

    fn rows(words: &str) -> Vec<Option<u8>> {
        let text = "Server=db.contoso.com;Integrated Security=true";
        let Target::SqlServer(settings) = ConnectionString::parse(text).unwrap().target else { panic!("{text}") };
        let error = Error::Unavailable(words.to_owned());
        let (_, answer) = failed(&error, &settings, &Domain::default());
        answer.causes.iter().map(|cause| cause.row).collect()
    }

    #[test]
    fn each_status_of_sspi_has_its_row() {
        for (status, row) in [
            ("0x8009030E", 11),
            ("0x80090311", 2),
            ("0x80090303", 14),
            ("0x80090322", 15),
            ("0x80090324", 10),
            ("0x8009030C", 26),
            ("0x80090331", 24),
            ("0x80090305", 31),
        ] {
            let found =
                rows(&format!("the integrated login to db broke off: no ticket (SEC_E_NAME, {status}); do something"));
            assert_eq!(found.first(), Some(&Some(row)), "{status}");
        }
    }

    #[test]
    fn without_credentials_on_windows_the_spec_and_the_host_are_named_beside_the_account() {
        assert_eq!(rows("(SEC_E_NO_CREDENTIALS, 0x8009030E)"), [Some(11), Some(1), Some(9)]);
    }

    #[test]
    fn what_no_row_knows_is_not_guessed_at() {
        for words in ["the server hung up", "(0x800903FF)", "0x8009", "0x8009é"] {
            assert_eq!(rows(words), [None], "{words}");
        }
    }
}
