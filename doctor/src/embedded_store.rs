//! Checks the file of the embedded store without creating it, its schema or its books.

use std::time::{Duration, Instant};

use bookstore_db::connection_string::{ConnectionString, EmbeddedLogin, EmbeddedSettings};
use bookstore_db::embedded::count_books;
use bookstore_db::login_policy::LoginPolicy;

use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run, run_blocking};

const TIME_LIMIT: Duration = Duration::from_secs(8);

pub(crate) async fn check(run: &mut Run, string: &ConnectionString, settings: &EmbeddedSettings, policy: LoginPolicy) {
    let started = Instant::now();
    let file = settings.file.display().to_string();
    let outcome = if let Err(refused) = policy.check_target(&string.target) {
        unusable(&refused.to_string())
    } else if settings.file.exists() && !settings.file.is_file() {
        unusable(&format!("{file} is a folder, a pipe or a device, not a file"))
    } else if settings.file.exists() {
        let path = settings.file.clone();
        let limit = run.at_most(TIME_LIMIT);
        match run_blocking(limit, move || count_books(&path)).await {
            Some(Ok(books)) => Outcome::passed(format!(
                "{file} opens and has {books} books; a simulation in which nobody logs in: rows are inserted as {}",
                creator(&settings.login)
            )),
            Some(Err(error)) => unusable(&error.to_string()),
            None => unusable(&format!("{file} cannot be read within {limit:?}")),
        }
    } else if settings.file.parent().is_none_or(|folder| folder.as_os_str().is_empty() || folder.is_dir()) {
        let cause = Cause::other("the shop has not created it yet").fix(
            Audience::Application,
            "start the shop, which creates it with eight books",
            "bookstore serve",
        );
        Outcome::warning(format!("{file} does not exist"), vec![cause])
    } else {
        unusable(&format!("{file} does not exist, nor does its folder"))
    };
    run.record(Link::EmbeddedStore, format!("the file {file}, opened for reading"), started, outcome);
}

fn creator(login: &EmbeddedLogin) -> String {
    match login {
        EmbeddedLogin::User(user) => user.clone(),
        EmbeddedLogin::Integrated => bookstore_kerberos::process_account(),
    }
}

fn unusable(error: &str) -> Outcome {
    let cause = Cause::other("the embedded store cannot be used").fix(
        Audience::Application,
        "name a file in an existing folder that this process may write, or a SQL Server",
        "Server=(embedded);AttachDbFilename=<file>",
    );
    Outcome::failed(error, vec![cause])
}
