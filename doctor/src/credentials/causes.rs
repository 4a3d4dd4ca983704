//! The causes of credentials that a login cannot use. Known failures 1, 9, 11, 12, 34, 36 and 37.

use bookstore_kerberos::credentials::{CredentialReadError, LocationSource, TicketCache};

use crate::report::{Audience, Cause};

/// The cause of a `krb5.conf` that the library refuses; `error` is its text.
pub(crate) fn broken_configuration(error: &str) -> Cause {
    let file = std::env::var("KRB5_CONFIG").unwrap_or_else(|_| "/etc/krb5.conf".to_owned());
    Cause::known(34, format!("the Kerberos library refuses its configuration, {file} and what that includes: {error}"))
        .fix(
            Audience::Application,
            "make every file readable, and check brackets, section names and include lines",
            format!("KRB5_TRACE=/dev/stderr KRB5_CONFIG={file} klist\ngrep -rnE '^ *(include|includedir)' {file}"),
        )
}

/// The cause of a cache whose only ticket is the service's.
pub(super) fn no_granting_ticket(ends: &str) -> Cause {
    Cause::known(37, format!("logins work until {ends}, when the ticket for SQL Server ends, and then no more")).fix(
        Audience::Application,
        "give this process a cache with a ticket-granting ticket, or a client keytab that the directory accepts",
        "KRB5CCNAME=FILE:<the cache that kinit or credentials-fetcher writes>",
    )
}

/// The cause of a cache that cannot be used as it is named, whatever is in it.
pub(super) fn unusable_location(cache: &TicketCache) -> Option<Cause> {
    let Err(error) = &cache.content else { return None };
    let name = &cache.location.name;
    let (variable, setting) = match cache.location.source {
        LocationSource::Variable(variable) => (variable, format!("{variable}=")),
        LocationSource::Configuration => ("default_ccache_name in krb5.conf", "default_ccache_name = ".to_owned()),
        LocationSource::Default => ("the default ticket cache", "KRB5CCNAME=".to_owned()),
    };
    let path = name.split_once(':').map_or(name.as_str(), |(_, path)| path);
    let known = |what: String, action: &str, value: String| {
        Some(Cause::known(36, what).fix(Audience::Application, action, format!("{setting}{value}")))
    };
    match error {
        CredentialReadError::Configuration(error) => Some(broken_configuration(error)),
        CredentialReadError::Empty => {
            known(format!("{variable} is set to an empty value"), "name a cache, or unset it", "FILE:<file>".to_owned())
        }
        CredentialReadError::Folder => {
            let what = format!("{variable} names a folder, {path}, where a file is expected");
            known(what, "write DIR: before a folder of caches, or name a file in it", format!("DIR:{path}"))
        }
        CredentialReadError::UnknownType => {
            let kind = name.split(':').next().unwrap_or_default();
            let what = format!("{variable} is {name}, and the Kerberos library has no cache type {kind}");
            known(what, "write the type in capitals: FILE, DIR, KEYRING or KCM", format!("FILE:{path}"))
        }
        CredentialReadError::NotAFile => {
            let what = format!("{variable} names {path}, a pipe or a device, where a file is expected");
            known(what, "name a file", "FILE:<file>".to_owned())
        }
        CredentialReadError::Malformed => {
            let what = format!("{path}, which {variable} names, is not a ticket cache");
            known(what, "name the ticket cache; a keytab is for KRB5_CLIENT_KTNAME", "FILE:<file>".to_owned())
        }
        CredentialReadError::Unreadable(error) => {
            let what = format!("{name}, which {variable} names, cannot be read by this process: {error}");
            let owner = "make it readable for the account of this process; in a pod by fsGroup or runAsUser";
            Some(Cause::known(11, what).fix(Audience::Application, owner, format!("ls -ln {path}\nid")))
        }
        CredentialReadError::NoAnswer => {
            let what = format!("the Kerberos library does not return from reading its configuration or {name}");
            let fix = "check that krb5.conf and the cache are files on a file system that answers";
            Some(Cause::known(36, what).fix(Audience::Application, fix, "KRB5_TRACE=/dev/stderr klist"))
        }
        CredentialReadError::Missing | CredentialReadError::NoLibrary => None,
    }
}

/// The causes of missing credentials.
pub(crate) fn missing() -> Vec<Cause> {
    if cfg!(windows) {
        return vec![
            Cause::known(11, "this process runs as a local account, which the credential spec does not apply to")
                .fix(
                    Audience::Application,
                    "run as NETWORK SERVICE in the image or the pod",
                    "USER \"NT AUTHORITY\\NETWORK SERVICE\"\nrunAsUserName: \"NT AUTHORITY\\\\NETWORK SERVICE\"",
                )
                .distinguish_by("`whoami` in the container does not print nt authority\\network service"),
            Cause::known(1, "the credential spec did not reach the container")
                .fix(
                    Audience::Cluster,
                    "name it in the pod, and let its service account use it",
                    "kubectl describe pod <pod>\nnltest /sc_verify:<domain>",
                )
                .distinguish_by("`nltest /sc_verify:<domain>` in the container prints 1722 or 1787"),
            Cause::known(
                9,
                "the host did not get the gMSA's password: KDS key, group, or a ticket older than its membership in \
                the group",
            )
            .fix(Audience::Directory, "test the account on the host", "Test-ADServiceAccount <gmsa>")
            .distinguish_by("that prints False; it is not visible from this process"),
        ];
    }
    vec![
        Cause::known(11, "there is no ticket cache and no client keytab that this process may read")
            .fix(
                Audience::Application,
                "name the existing file, and make it readable for the account of this process",
                "KRB5CCNAME=FILE:/var/credentials-fetcher/krbdir/<lease>/<gmsa>/krb5cc\n\
                 KRB5_CLIENT_KTNAME=/etc/bookstore/client.keytab",
            )
            .distinguish_by("the file exists under another name, or another account can read it"),
        Cause::known(
            9,
            "the service that fetches the gMSA's password and ticket did not get them: its machine may not read the \
            password, or the service has not started",
        )
        .fix(
            Audience::Directory,
            "let the machine's group read the password, then restart the machine or renew its ticket",
            "Set-ADServiceAccount <gmsa> -PrincipalsAllowedToRetrieveManagedPassword <group>\n\
             Test-ADServiceAccount <gmsa>",
        )
        .distinguish_by("the log of that service gives the reason; it is not visible from this process"),
    ]
}

/// The cause of an expired ticket.
pub(crate) fn expired(client: &str) -> Vec<Cause> {
    vec![
        Cause::known(12, format!("the service that renews the ticket of {client} has stopped"))
            .fix(
                Audience::Cluster,
                "restart it, and read in its log why it stopped",
                "systemctl restart credentials-fetcher && journalctl -u credentials-fetcher -n 50",
            )
            .fix(
                Audience::Application,
                "or renew the ticket by hand for now",
                format!("kinit -k -t <keytab> '{client}'"),
            ),
    ]
}
