//! Checks the connection string: what it asks for, and which keywords have no effect. Known failures 29 and 35.

use std::time::Instant;

use bookstore_db::connection_string::{ConnectionString, Login, Target, Warning};
use bookstore_db::error::Error;
use bookstore_db::login_policy::LoginPolicy;
use bookstore_kerberos::spn::Spn;

use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run};

const INTEGRATED: &str = "Server=…;Database=…;Trusted_Connection=true";
const SQL_LOGIN: &str = "Server=…;Database=…;User ID=…;Password=…";

/// Returns whether a login can be tried with it.
pub(crate) fn check(run: &mut Run, string: &ConnectionString, policy: LoginPolicy) -> bool {
    let started = Instant::now();
    let causes = causes(&string.warnings);
    let refused = refusal(&string.target, policy);
    let is_usable = refused.is_none();
    let outcome = if let Some((error, cause)) = refused {
        Outcome::failed(error.to_string(), vec![cause])
    } else if causes.is_empty() {
        Outcome::passed(summary(&string.target))
    } else {
        let warnings: Vec<_> = string.warnings.iter().map(Warning::to_string).collect();
        Outcome::warning(warnings.join("; "), causes)
    };
    run.record(Link::ConnectionString, string.to_string(), started, outcome);
    is_usable
}

/// Why no login to a server is tried with it, with the cause. `embedded_store` reports the policy's refusal of a file.
fn refusal(target: &Target, policy: LoginPolicy) -> Option<(Error, Cause)> {
    if let Some(spn) = unusable_spn(target) {
        return Some((Error::InvalidSpn(spn.clone()), invalid_spn()));
    }
    let Target::SqlServer(_) = target else { return None };
    policy.check_target(target).err().map(|error| (error, password_refused()))
}

/// The cause of a login by password where the policy requires Kerberos.
fn password_refused() -> Cause {
    Cause::other(
        "the connection string asks for a login by password, and BOOKSTORE_REQUIRE_KERBEROS is set; no password was \
         sent",
    )
    .fix(Audience::Application, "log in as the account of this process", INTEGRATED)
    .fix(Audience::Application, "or accept logins by password", "BOOKSTORE_REQUIRE_KERBEROS=false")
}

/// `Server SPN`, if it has a form for which the driver cannot request a ticket. It has no effect on a SQL login.
fn unusable_spn(target: &Target) -> Option<&String> {
    match target {
        Target::SqlServer(settings) if settings.login == Login::Integrated => {
            settings.server_spn.as_ref().filter(|spn| Spn::parse(spn).is_none())
        }
        _ => None,
    }
}

/// The cause of such a form: an account's name, no port, an instance, a realm.
pub(crate) fn invalid_spn() -> Cause {
    Cause::known(35, "Server SPN is not of the form MSSQLSvc/<host>:<port>, the only one that the driver can request")
        .fix(
            Audience::Application,
            "write it in this form, without a realm, or leave it out",
            "Server SPN=MSSQLSvc/<host>.<domain>:1433",
        )
}

/// One cause per fix; unlike the causes of one symptom they do not exclude each other.
fn causes(warnings: &[Warning]) -> Vec<Cause> {
    let mut ignored = Vec::new();
    let mut causes = Vec::new();
    let mut without_effect = Vec::new();
    for warning in warnings {
        match warning {
            Warning::LoginIgnored { keyword } => ignored.push(*keyword),
            Warning::NoEffect { .. } | Warning::InstanceIgnored { .. } => without_effect.push(warning.to_string()),
            other => causes.push(cause(other)),
        }
    }
    if !ignored.is_empty() {
        let what = format!(
            "{} beside integrated security: ignored, because the login is the account of this process",
            ignored.join(" and ")
        );
        causes.push(
            Cause::known(29, what)
                .fix(Audience::Application, "to log in as the account of this process, remove them", INTEGRATED)
                .fix(Audience::Application, "to use a SQL login, remove integrated security", SQL_LOGIN),
        );
    }
    if !without_effect.is_empty() {
        causes.push(Cause::other(without_effect.join("; ")).fix(
            Audience::Application,
            "remove the keywords that have no effect",
            "",
        ));
    }
    causes
}

fn cause(warning: &Warning) -> Cause {
    let cause = Cause::other(warning.to_string());
    let fix = |action: &str, command: &str| cause.clone().fix(Audience::Application, action, command);
    match warning {
        Warning::WindowsAccount { .. } => windows_account_by_password(),
        Warning::Placeholder { keyword, form } => placeholder(keyword, form),
        Warning::SimilarVariable { expected, .. } => fix("rename the variable", &format!("{expected}=…")),
        Warning::EmptyPassword => fix("write the password", "Password=…"),
        _ => fix("type the value again", ""),
    }
}

/// The cause of a SQL login whose user is named like a Windows account.
pub(crate) fn windows_account_by_password() -> Cause {
    let what = "a Windows account cannot log in by password, and the user is named like one";
    Cause::other(what).fix(
        Audience::Application,
        "use Integrated Security=true, and run the shop as this account",
        INTEGRATED,
    )
}

/// The cause of a login with a placeholder of this form instead of a value.
pub(crate) fn placeholder(keyword: &str, form: &str) -> Cause {
    let what = format!("{keyword} in the connection string is still a placeholder of the form {form}");
    Cause::other(what).fix(Audience::Application, "write the real value", format!("{keyword}=…"))
}

fn summary(target: &Target) -> String {
    match target {
        Target::Embedded(settings) => format!("the embedded store in {}", settings.file.display()),
        Target::SqlServer(settings) => {
            let login = match &settings.login {
                Login::Sql { user, .. } => format!("SQL login {user}"),
                Login::Integrated => "integrated login".to_owned(),
            };
            let database = settings.database.as_deref().unwrap_or("the login's default database");
            format!("{login}, server {}, {database}", settings.server)
        }
    }
}
