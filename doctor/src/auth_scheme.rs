//! Checks how the server authenticated a login that works: by Kerberos or by a fallback. Known failures 13 and 27.

use std::time::Instant;

use bookstore_db::connection_string::{Login, SqlServerSettings};
use bookstore_db::identity::{AuthScheme, Identity};

use crate::evidence::{Domain, NameForm};
use crate::report::{Audience, Cause, Link, Status};
use crate::run::{Outcome, Run};
use crate::spn_causes::register;

/// Returns whether the login is allowed: `is_required` if only Kerberos is.
pub(crate) fn check(
    run: &mut Run,
    identity: &Identity,
    settings: &SqlServerSettings,
    domain: &Domain,
    is_required: bool,
) -> bool {
    let outcome = outcome(identity, settings, domain, is_required);
    let is_allowed = outcome.status != Status::Failed;
    run.record(Link::AuthScheme, "CONNECTIONPROPERTY('auth_scheme')", Instant::now(), outcome);
    is_allowed
}

fn outcome(identity: &Identity, settings: &SqlServerSettings, domain: &Domain, is_required: bool) -> Outcome {
    let scheme = &identity.auth_scheme;
    let seen = format!("{scheme}, as reported by the server");
    if settings.login != Login::Integrated || *scheme == AuthScheme::Kerberos {
        return Outcome::passed(seen);
    }
    let spn = identity.spn.clone().unwrap_or_else(|| domain.requested_spn(settings));
    let causes = causes(&spn, settings, domain);
    if is_required {
        Outcome::failed(format!("{seen}, but BOOKSTORE_REQUIRE_KERBEROS is set"), causes)
    } else {
        Outcome::warning(seen, causes)
    }
}

fn causes(spn: &str, settings: &SqlServerSettings, domain: &Domain) -> Vec<Cause> {
    let is_other_name = domain.server.as_ref().is_some_and(|server| {
        server.in_dns == Some(false) || matches!(server.form, NameForm::Address | NameForm::Short)
    });
    let mut causes = Vec::new();
    if is_other_name {
        let what = format!("the connection string names the server as {}, which has no SPN", settings.server.host);
        causes.push(
            Cause::known(27, what)
                .fix(Audience::Application, "write the fully qualified name", "Server=<host>.<domain>")
                .distinguish_by("the fully qualified name gives KERBEROS"),
        );
    }
    let what =
        format!("{spn} is not registered, so the login fell back to NTLM, which does not authenticate the server");
    causes.push(
        Cause::known(13, what)
            .fix(Audience::Directory, "register it on the account that SQL Server runs as", register(spn))
            .distinguish_by(format!("`setspn -Q {spn}` finds nothing, and `klist get {spn}` in the container fails")),
    );
    causes.push(
        Cause::known(
            13,
            "the SPN is registered, but the client reached no domain controller for a ticket and used NTLM",
        )
        .fix(Audience::Cluster, "open ports 53 and 88 to the domain controllers", "nltest /dsgetdc:<domain>")
        .distinguish_by(format!("`setspn -Q {spn}` finds the account, and `klist get {spn}` in the container fails")),
    );
    causes
}
