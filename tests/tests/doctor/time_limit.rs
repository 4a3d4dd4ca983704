//! The doctor ends within 15 seconds, whatever hangs. The directory's cases are in `directory/domain.rs`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::known_failure::{DoctorRun, run_doctor};
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::{command, executable};
use tokio::process::Command;

/// A pipe into which nobody writes: opening it for reading blocks for ever.
async fn pipe(folder: &Path) -> PathBuf {
    let path = folder.join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().await.unwrap().success());
    path
}

/// Runs the doctor and checks link, text and time.
async fn assert_fails_in_time(variables: &[(&str, String)], link: &str, text: &str) -> DoctorRun {
    executable(); // building it is no part of the 15 seconds
    let mut command = command(&["doctor", "--json"]);
    command.envs(variables.iter().map(|(name, value)| (*name, value)));
    let began = Instant::now();
    let run = run_doctor(command).await;
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    let verdict = &run.report["verdict"];
    assert_eq!((run.exit, &verdict["link"]), (Some(2), &link.into()), "{}", run.text);
    assert!(verdict.to_string().contains(text), "{text:?} is not in:\n{verdict:#}");
    run
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipe_in_place_of_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = pipe(folder.path()).await.display().to_string();
    let text = "a folder, a pipe or a device";
    assert_fails_in_time(&[("connectionstring_file", pipe.clone())], "connection-string", text).await;
    let embedded = format!("Server=(embedded);AttachDbFilename={pipe};User ID=sa");
    assert_fails_in_time(&[("connectionstring", embedded)], "embedded-store", text).await;
    let server = shop_server().await;
    let certificate = format!("{};ServerCertificate={pipe}", server.connection_string("webapp"));
    assert_fails_in_time(&[("connectionstring", certificate)], "tls", text).await;
}

#[cfg(feature = "kerberos")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipe_in_place_of_krb5_conf_is_blamed_on_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = pipe(folder.path()).await.display().to_string();
    let server = shop_server().await;
    let string = format!("{};User ID=;Password=;Trusted_Connection=true", server.connection_string("webapp"));
    let variables = [("connectionstring", string), ("KRB5_CONFIG", pipe)];
    assert_fails_in_time(&variables, "credentials", "does not return from reading its configuration").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn locked_embedded_store_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("b.db");
    let string = format!("Server=(embedded);AttachDbFilename={};User ID=sa", file.display());
    assert!(command(&["migrate"]).env("connectionstring", &string).status().await.unwrap().success());
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; DELETE FROM sqlite_sequence;").unwrap();
    assert_fails_in_time(&[("connectionstring", string)], "embedded-store", "locked").await;
}
