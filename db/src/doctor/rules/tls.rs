//! PRELOGIN, TLS and certificates: row 25.

use time::OffsetDateTime;

use crate::connection_string::SqlServerSettings;
use crate::doctor::report::{Audience, Cause};
use crate::doctor::tls::certificate::Certificate;

/// What answers on the port is no SQL Server, or none that is ready.
pub(in crate::doctor) fn no_prelogin(port: u16) -> Vec<Cause> {
    vec![
        Cause::row(28, format!("something else than SQL Server listens on port {port}"))
            .fix(Audience::Application, "write the port of SQL Server", "Server=<host>,<port>")
            .told_by("its error log names another port"),
        Cause::row(28, "SQL Server is starting, stopping or out of connections")
            .fix(Audience::SqlServer, "wait, and read its error log", "kubectl logs <pod of SQL Server>")
            .told_by("the same check passes a minute later"),
    ]
}

/// The server cannot encrypt, and encryption is asked for.
pub(in crate::doctor) fn no_encryption() -> Vec<Cause> {
    vec![
        Cause::row(25, "the server offers no encryption, and Encrypt is on by default")
            .fix(
                Audience::SqlServer,
                "let it encrypt: give it a certificate",
                "SQL Server Configuration Manager → Protocols → Certificate",
            )
            .fix(Audience::Application, "or, in a lab, do not ask for it", "Encrypt=Optional"),
    ]
}

/// Why a certificate was not accepted: by what is in it, not by the words of the library.
pub(in crate::doctor) fn refused(
    certificate: &Certificate,
    name: &str,
    settings: &SqlServerSettings,
    now: OffsetDateTime,
) -> Vec<Cause> {
    let lab = |cause: Cause| {
        cause.fix(Audience::Application, "or, in a lab only, take any certificate", "TrustServerCertificate=true")
    };
    let Certificate { names, issuer, not_before, not_after, self_signed, .. } = certificate;
    if now > *not_after || now < *not_before {
        let what =
            format!("the certificate is valid from {} to {}, and it is {now}", not_before.date(), not_after.date());
        let fix = "Get-ChildItem Cert:\\LocalMachine\\My | Format-List Subject, NotAfter";
        let renew = Cause::row(25, what).fix(
            Audience::SqlServer,
            "renew it, select it in SQL Server Configuration Manager, and restart",
            fix,
        );
        return vec![lab(renew)];
    }
    if !certificate.is_for(name) {
        let what = format!("the certificate is for {}, and the string names {name}", names.join(", "));
        let mut cause = Cause::row(25, what);
        if let Some(first) = names.first() {
            cause = cause.fix(
                Audience::Application,
                "write a name that the certificate has",
                format!("Server={first}\nHostNameInCertificate={first}"),
            );
        }
        return vec![lab(cause.fix(
            Audience::SqlServer,
            "or give it a certificate for that name",
            format!("New-SelfSignedCertificate -DnsName {name}"),
        ))];
    }
    let what = match (self_signed, &settings.server_certificate) {
        (true, _) => "the server made its certificate itself, so no authority vouches for it".to_owned(),
        (false, Some(file)) => {
            format!("the certificate was issued by {issuer}, which {} does not hold", file.display())
        }
        (false, None) => format!("the certificate was issued by {issuer}, which this machine does not trust"),
    };
    vec![lab(Cause::row(25, what)
        .fix(
            Audience::SqlServer,
            "give it a certificate of an authority that clients trust",
            "SQL Server Configuration Manager → Protocols → Certificate",
        )
        .fix(Audience::Application, "or name the authority's certificate", "ServerCertificate=/etc/bookstore/ca.pem"))]
}
