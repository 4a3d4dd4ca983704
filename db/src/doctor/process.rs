//! This process and the string that it was given.

use std::time::Instant;

use super::report::{Audience, Cause, Link, moment};
use super::run::{Answer, Run};
use crate::connection_string::{ConnectionString, Login, Target, Warning};

/// What the string asks for, and what of it it does not get.
pub(super) fn connection_string(run: &mut Run, string: &ConnectionString) {
    let began = Instant::now();
    let seen: Vec<_> = string.warnings.iter().map(Warning::to_string).collect();
    let causes = causes(&string.warnings);
    let answer =
        if causes.is_empty() { Answer::pass(summary(&string.target)) } else { Answer::warn(seen.join("; "), causes) };
    run.note(Link::ConnectionString, string.to_string(), began, answer);
}

/// One cause for each thing to do. They do not exclude each other, as the causes of one symptom do.
fn causes(warnings: &[Warning]) -> Vec<Cause> {
    let mut ignored = Vec::new();
    let mut others = Vec::new();
    for warning in warnings {
        match warning {
            Warning::LoginIgnored { keyword } => ignored.push(*keyword),
            other => others.push(other.to_string()),
        }
    }
    let mut causes = Vec::new();
    if !ignored.is_empty() {
        let what = format!(
            "{} beside integrated security: ignored, as the login is the account of this process",
            ignored.join(" and ")
        );
        causes.push(
            Cause::row(29, what)
                .fix(
                    Audience::Application,
                    "to log in as the account of this process, remove it",
                    "Server=…;Database=…;Trusted_Connection=true",
                )
                .fix(
                    Audience::Application,
                    "to log in by a SQL login, remove the other",
                    "Server=…;Database=…;User ID=…;Password=…",
                ),
        );
    }
    if !others.is_empty() {
        causes.push(Cause::other(others.join("; ")).fix(Audience::Application, "remove what has no effect here", ""));
    }
    causes
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

/// Which account on which machine, and what this build can do.
pub(super) fn check(run: &mut Run, is_integrated: bool) {
    let began = Instant::now();
    let account = crate::store::process_account();
    let host = whoami::hostname().unwrap_or_else(|_| "unknown host".to_owned());
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let seen = format!(
        "{account} on {host}, {system}, {}, bookstore {}",
        moment(std::time::SystemTime::now()),
        env!("CARGO_PKG_VERSION")
    );
    let answer = if is_integrated && !cfg!(any(windows, feature = "kerberos")) {
        let cause = Cause::other("this build has no Kerberos").fix(
            Audience::Application,
            "use a build that has (Debian: libkrb5-dev, libclang-dev)",
            "cargo build --release --features kerberos",
        );
        Answer::fail(format!("{seen}; this build cannot log in by Kerberos"), vec![cause])
    } else if is_integrated && is_local(&account) {
        let cause = Cause::row(11, format!("{account} is a local account, which no credential spec reaches")).fix(
            Audience::Application,
            "run as NETWORK SERVICE in the image or the pod",
            "runAsUserName: \"NT AUTHORITY\\\\NETWORK SERVICE\"",
        );
        Answer::warn(seen, vec![cause])
    } else {
        Answer::pass(seen)
    };
    run.note(Link::Process, "account, machine, build", began, answer);
}

/// Microsoft asks for LocalSystem or NETWORK SERVICE; the containers' own accounts are reported to work and not to.
/// <https://learn.microsoft.com/virtualization/windowscontainers/manage-containers/manage-serviceaccounts>
fn is_local(account: &str) -> bool {
    cfg!(windows) && account.to_ascii_lowercase().starts_with("user manager\\")
}
