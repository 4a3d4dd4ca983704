//! Starts the executable with these settings only.

use std::process::{Command, Output};

/// The executable with these arguments, without a variable of this process.
pub(crate) fn command(args: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bookstore"));
    command.args(args).env_clear().envs(settings.iter().copied());
    command
}

/// Runs the executable to its end.
pub(crate) fn bookstore(args: &[&str], settings: &[(&str, &str)]) -> Output {
    command(args, settings).output().unwrap()
}

/// Runs the executable on the embedded store in this file. If it serves, then on free ports.
pub(crate) fn bookstore_on(file: &str, args: &[&str]) -> Output {
    let store = format!("Server=(embedded);AttachDbFilename={file};User ID=tester");
    let any = "127.0.0.1:0";
    bookstore(args, &[("connectionstring", &store), ("BOOKSTORE_ADDR", any), ("BOOKSTORE_ADMIN_ADDR", any)])
}

/// All that it has printed.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}
