//! Checks PRELOGIN and TLS directly: the driver reports only that a certificate was refused, not what it contains.
//! Known failures 25, 28, 39 and 40.
//!
//! TDS carries the TLS handshake in PRELOGIN packets ([MS-TDS] 3.3.5.3), which no library does alone: `packets` are
//! ours, TLS is the driver's own backend. Nothing is sent after the handshake; no login is tried.

mod certificate;
mod handshake;
mod packets;
mod prelogin;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bookstore_db::connection_string::{Encrypt, SqlServerSettings};
use bookstore_db::identity::TlsSession;
use bookstore_db::sql_server::prelogin::ENCRYPT_NOT_SUP;
use time::OffsetDateTime;

use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run, run_blocking};
use certificate::{Certificate, parse_file};
pub(crate) use handshake::checks_certificate;
use handshake::{Handshake, connect, is_without_common_parameters, read_file};

/// An example for this system.
const SERVER_CERTIFICATE: &str = if cfg!(windows) {
    r"ServerCertificate=C:\ProgramData\Bookstore\ca.cer"
} else {
    "ServerCertificate=/etc/bookstore/ca.pem"
};

const TIME_LIMIT: Duration = Duration::from_secs(3);

/// Returns whether a login may be tried.
pub(crate) async fn check(run: &mut Run, address: SocketAddr, settings: &SqlServerSettings) -> bool {
    let started = Instant::now();
    let limit = run.at_most(TIME_LIMIT);
    let own_settings = settings.clone();
    let handshake = run_blocking(limit, move || connect(address, &own_settings, limit)).await;
    let Handshake { prelogin, tls, certificate } =
        handshake.unwrap_or_else(|| Handshake::without_prelogin(format!("no answer within {limit:?}")));
    let tried = format!("TDS PRELOGIN to {address}");
    let outcome = match prelogin {
        Err(error) => {
            Outcome::failed(format!("{address} does not answer in TDS: {error}"), not_sql_server(address.port()))
        }
        Ok(Some(prelogin)) if prelogin.encryption == ENCRYPT_NOT_SUP => {
            Outcome::failed("the server offers no encryption", vec![no_encryption(settings)])
        }
        Ok(Some(prelogin)) => Outcome::passed(format!("SQL Server {}", prelogin.version)),
        Ok(None) => Outcome::not_applicable("Encrypt=Strict starts with TLS"),
    };
    let has_failed = !outcome.causes.is_empty();
    run.record(Link::Prelogin, tried, started, outcome);
    if has_failed {
        return false;
    }
    let name = settings.host_name_in_certificate.as_deref().unwrap_or(&settings.server.host);
    let outcome = tls_outcome(tls, certificate, name, settings, address.port());
    let passed = outcome.causes.is_empty();
    run.record(Link::Tls, format!("TLS as the driver does it, for the name {name}"), started, outcome);
    passed
}

/// The end of the server's certificate, whether or not it is accepted. Blocks.
pub(crate) fn read_certificate_end(
    address: SocketAddr,
    settings: &SqlServerSettings,
    limit: Duration,
) -> Option<OffsetDateTime> {
    connect(address, settings, limit).certificate.map(|certificate| certificate.not_after)
}

fn tls_outcome(
    tls: Option<Result<Option<TlsSession>, String>>,
    certificate: Option<Certificate>,
    name: &str,
    settings: &SqlServerSettings,
    port: u16,
) -> Outcome {
    let described =
        certificate.as_ref().map_or_else(|| "the server sent no certificate".to_owned(), Certificate::describe);
    match (tls, certificate) {
        (Some(Ok(session)), _) => {
            let session = session.map_or_else(|| "TLS".to_owned(), |session| session.to_string());
            let unchecked = if checks_certificate(settings) {
                ""
            } else {
                "the certificate is not checked, as the connection string asks; "
            };
            Outcome::passed(format!("{session}; {unchecked}{described}"))
        }
        (Some(Err(error)), Some(certificate)) => {
            let cause = refused_certificate(&certificate, name, settings, OffsetDateTime::now_utc());
            Outcome::failed(format!("the certificate was not accepted for {name}: {error}; {described}"), vec![cause])
        }
        (Some(Err(error)), None) => {
            let causes = failed_handshake(&error, settings);
            Outcome::failed(format!("no TLS with the server: {error}"), causes)
        }
        (None, _) => Outcome::failed("the server did not start TLS", not_sql_server(port)),
    }
}

fn not_sql_server(port: u16) -> Vec<Cause> {
    vec![
        Cause::known(28, format!("another program than SQL Server listens on port {port}"))
            .fix(Audience::Application, "write the port of SQL Server", "Server=<host>,<port>")
            .distinguish_by("SQL Server's error log names another port"),
        Cause::known(28, "SQL Server is starting, stopping or out of connections")
            .fix(Audience::SqlServer, "wait, and read its error log", "kubectl logs <pod of SQL Server>")
            .distinguish_by("the same check passes a minute later"),
    ]
}

/// The shop encrypts at least the login, also with Encrypt=Optional.
fn no_encryption(settings: &SqlServerSettings) -> Cause {
    let what = match settings.encrypt {
        Encrypt::Optional => "the server offers no encryption, not even for the login, which Encrypt=Optional encrypts",
        Encrypt::Mandatory | Encrypt::Strict => {
            "the server offers no encryption, without which the shop does not log in"
        }
    };
    Cause::known(25, what).fix(
        Audience::SqlServer,
        "enable encryption: give the server a certificate (Babelfish: ssl=on in postgresql.conf)",
        "SQL Server Configuration Manager → Protocols → Certificate",
    )
}

/// The causes of a handshake that ended before the server sent a certificate, though it offers encryption.
fn failed_handshake(error: &str, settings: &SqlServerSettings) -> Vec<Cause> {
    let what = "client and server have no TLS version or cipher in common: the shop needs TLS 1.2 or newer, and this \
                machine's TLS library refuses weak ciphers and short keys";
    let nothing_in_common = Cause::known(40, what)
        .fix(
            Audience::SqlServer,
            "allow TLS 1.2 and update the server: SQL Server before 2016 needs its last service pack for it",
            r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server, Enabled = 1",
        )
        .fix(
            Audience::Cluster,
            "or compare what both sides allow",
            if cfg!(windows) { "Get-TlsCipherSuite | Format-Table Name" } else { "openssl ciphers -s -v" },
        );
    if is_without_common_parameters(error) {
        return vec![nothing_in_common];
    }
    let broken_off = match settings.encrypt {
        Encrypt::Strict => Cause::other("the server does not support Encrypt=Strict, which SQL Server 2022 introduced")
            .fix(Audience::Application, "encrypt after PRELOGIN", "Encrypt=Mandatory")
            .distinguish_by("Encrypt=Mandatory connects"),
        Encrypt::Mandatory | Encrypt::Optional => {
            Cause::other("the server, or a proxy before it, ended the connection during the TLS handshake")
                .fix(
                    Audience::SqlServer,
                    "read the reason in its error log, at this minute",
                    "EXEC sys.xp_readerrorlog 0, 1, N'encryption'",
                )
                .distinguish_by("a client on the server's own machine connects with Encrypt=Mandatory")
        }
    };
    let how = "the Windows System event log of the server has Schannel error 36874 at this minute";
    vec![broken_off, nothing_in_common.distinguish_by(how)]
}

/// ServerCertificate and why it cannot be used.
fn unreadable_file(settings: &SqlServerSettings) -> Option<(String, String)> {
    let file = settings.server_certificate.as_ref()?;
    let error = read_file(file).and_then(|bytes| parse_file(&bytes)).err()?;
    Some((file.display().to_string(), error))
}

/// Why the certificate was refused, by its content and not by the library's text.
fn refused_certificate(
    certificate: &Certificate,
    name: &str,
    settings: &SqlServerSettings,
    now: OffsetDateTime,
) -> Cause {
    let Certificate { names, issuer, not_before, not_after, is_self_signed, is_for_servers, .. } = certificate;
    let cause = if let Some((file, error)) = unreadable_file(settings) {
        let what = format!("ServerCertificate={file} cannot be used: {error}");
        Cause::known(25, what).fix(
            Audience::Application,
            "name a file with the certificate of the authority, in PEM or DER, which this process may read",
            format!("openssl x509 -in {file} -noout -subject -issuer"),
        )
    } else if now > *not_after || now < *not_before {
        let dates = format!("the certificate is valid from {} to {}", not_before.date(), not_after.date());
        Cause::known(25, format!("{dates}, and today is {}", now.date())).fix(
            Audience::SqlServer,
            "renew it, select it in SQL Server Configuration Manager, and restart",
            "Get-ChildItem Cert:\\LocalMachine\\My | Format-List Subject, NotAfter",
        )
    } else if !is_for_servers {
        let what = "the certificate is not for servers: its extended key usage lacks serverAuth (1.3.6.1.5.5.7.3.1)";
        Cause::known(39, what).fix(
            Audience::SqlServer,
            "give the server a certificate with Server Authentication",
            format!("New-SelfSignedCertificate -DnsName {name} -KeySpec KeyExchange"),
        )
    } else if !certificate.is_for(name) {
        let what = format!("the certificate is for {}, and the connection string names {name}", names.join(", "));
        let mut cause = Cause::known(25, what);
        if let Some(first) = names.first() {
            let text = format!("Server={first}\nHostNameInCertificate={first}");
            cause = cause.fix(Audience::Application, "write a name of the certificate", text);
        }
        let command = format!("New-SelfSignedCertificate -DnsName {name}");
        cause.fix(Audience::SqlServer, "or give the server a certificate for that name", command)
    } else {
        let what = match &settings.server_certificate {
            Some(file) => {
                let held = read_file(file).and_then(|bytes| parse_file(&bytes)).unwrap_or_default();
                match certificate.missing_authority(&held) {
                    Some(missing) => format!(
                        "the certificate was issued by {issuer}, for which {} does not vouch: {missing}",
                        file.display()
                    ),
                    None => format!(
                        "{} has the authority of the certificate, {issuer}, and the TLS library refuses it all the same",
                        file.display()
                    ),
                }
            }
            None if *is_self_signed => {
                "the certificate is self-signed, so no authority vouches for the server".to_owned()
            }
            None => format!("the certificate was issued by {issuer}, which this machine does not trust"),
        };
        Cause::known(25, what)
            .fix(
                Audience::SqlServer,
                "give the server a certificate of an authority that clients trust",
                "SQL Server Configuration Manager → Protocols → Certificate",
            )
            .fix(
                Audience::Application,
                "or name a file with the authority's certificate and those above it, up to the root",
                SERVER_CERTIFICATE,
            )
    };
    // Neither Encrypt=Strict nor ServerCertificate leaves TrustServerCertificate an effect.
    let lab = match (settings.encrypt, &settings.server_certificate) {
        (Encrypt::Strict, _) => return cause,
        (_, Some(_)) => "or, in a lab only, accept any certificate; without ServerCertificate",
        (_, None) => "or, in a lab only, accept any certificate",
    };
    cause.fix(Audience::Application, lab, "TrustServerCertificate=true")
}
