//! A login that works, and how it was proved: rows 13 and 27.

use super::spn;
use crate::connection_string::{Login, SqlServerSettings};
use crate::doctor::name::Form;
use crate::doctor::report::{Audience, Cause};
use crate::doctor::rules::kerberos::Domain;
use crate::doctor::run::Answer;
use crate::identity::{AuthScheme, Identity};

/// A login that works, by how it was proved. `required`: only Kerberos is good enough.
pub(in crate::doctor) fn scheme(
    identity: &Identity,
    settings: &SqlServerSettings,
    domain: &Domain,
    required: bool,
) -> Answer {
    let scheme = &identity.auth_scheme;
    let seen = format!("{scheme}, by the server's own word");
    if settings.login != Login::Integrated || *scheme == AuthScheme::Kerberos {
        return Answer::pass(seen);
    }
    let asked = identity.spn.clone().unwrap_or_else(|| spn(domain, settings));
    let form = domain.name.as_ref().map(|name| name.form);
    let by_other_name = domain.name.as_ref().is_some_and(|name| name.in_dns == Some(false))
        || matches!(form, Some(Form::Address | Form::Short));
    let mut causes = Vec::new();
    if by_other_name {
        causes.push(
            Cause::row(27, format!("the string names the server as {}, which has no SPN", settings.server.host))
                .fix(Audience::Application, "write the fully qualified name", "Server=<host>.<domain>")
                .told_by("the fully qualified name gives KERBEROS"),
        );
    }
    causes.push(
        Cause::row(13, format!("{asked} is not registered, so the login fell back to NTLM, which proves no server"))
            .fix(
                Audience::Directory,
                "register it on the account that SQL Server runs as",
                format!("setspn -Q {asked}\nsetspn -S {asked} <DOMAIN>\\<account of SQL Server>"),
            )
            .told_by(format!("`setspn -Q {asked}` finds nothing, and `klist get {asked}` in the container fails")),
    );
    causes.push(
        Cause::row(
            13,
            "the client spoke NTLM though the name is registered: it reached no domain controller for a ticket",
        )
        .fix(Audience::Cluster, "open ports 53 and 88 to the domain controllers", "nltest /dsgetdc:<domain>")
        .told_by(format!("`klist get {asked}` in the container works")),
    );
    if required {
        let seen = format!("{seen}, and BOOKSTORE_REQUIRE_KERBEROS is set");
        return Answer::fail(seen, causes);
    }
    Answer::warn(seen, causes)
}
