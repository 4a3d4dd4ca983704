//! The login as the shop makes it, and how it was proved.

use std::time::{Duration, Instant};

use super::report::{Link, Status};
use super::rules::kerberos::Domain;
use super::rules::login::{self, scheme::scheme};
use super::run::{Answer, Run};
use crate::connection_string::{Login, SqlServerSettings};
use crate::login_policy::LoginPolicy;
use crate::sql_server::{Connection, connect};

const PATIENCE: Duration = Duration::from_secs(5);

/// Logs in. The links that a login settles are noted: login, scheme, database.
pub(super) async fn check(
    run: &mut Run,
    settings: &SqlServerSettings,
    domain: &Domain,
    policy: LoginPolicy,
) -> Option<Connection> {
    let began = Instant::now();
    let patience = run.at_most(settings.connect_timeout.unwrap_or(PATIENCE).min(PATIENCE));
    let bounded = SqlServerSettings {
        connect_timeout: Some(patience),
        command_timeout: Some(run.at_most(settings.command_timeout.unwrap_or(PATIENCE).min(PATIENCE))),
        ..settings.clone()
    };
    let tried = match &settings.login {
        Login::Sql { user, .. } => format!("LOGIN7 as the SQL login {user}"),
        Login::Integrated => "LOGIN7 by integrated security".to_owned(),
    };
    let connection = match connect(&bounded).await {
        Ok(connection) => connection,
        Err(error) => {
            let (link, answer) = login::failed(&error, settings, domain);
            if link == Link::Database {
                run.note(
                    Link::Login,
                    tried,
                    began,
                    Answer::pass("the server takes the login, but not into this database"),
                );
                run.note(link, "the database that the string names", began, answer);
            } else {
                run.note(link, tried, began, answer);
            }
            return None;
        }
    };
    let Some(identity) = connection.identity() else {
        run.note(Link::Login, tried, began, Answer::not_possible("the server did not say who is logged in"));
        return Some(connection);
    };
    let server = format!("{} ({})", identity.server, identity.server_version);
    run.note(Link::Login, tried, began, Answer::pass(format!("{} at {server}", identity.login)));
    let answer = scheme(&identity, settings, domain, policy.require_kerberos);
    let refused = answer.status == Status::Fail;
    run.note(Link::AuthScheme, "CONNECTIONPROPERTY('auth_scheme')", Instant::now(), answer);
    if refused {
        return None;
    }
    run.note(Link::Database, "DB_NAME()", Instant::now(), Answer::pass(identity.database.clone()));
    Some(connection)
}
