//! A known failure that a test produces, and the verdict expected of the doctor.

use bookstore_tests::shop::command;
use serde_json::Value;
use tokio::process::Command;

/// The verdict that one known failure must have.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExpectedVerdict {
    /// Its number in `docs/gmsa-facts.md`, section 4.
    pub(super) known_failure: u64,
    /// How the test produces it.
    pub(super) produced: &'static str,
    /// The link that fails.
    pub(super) link: &'static str,
    /// Part of the cause's text.
    pub(super) cause: &'static str,
    /// Part of the command that fixes it.
    pub(super) fix: &'static str,
    /// Exit code: 1 for warnings, 2 for failed.
    pub(super) exit: i32,
}

/// What one run of the doctor returned.
#[derive(Debug)]
pub(super) struct DoctorRun {
    pub(super) exit: Option<i32>,
    pub(super) report: Value,
    pub(super) text: String,
}

/// Runs a command that ends in `doctor --json`.
pub(super) async fn run_doctor(mut command: Command) -> DoctorRun {
    let output = command.output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let report = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    DoctorRun { exit: output.status.code(), report, text }
}

/// Runs the doctor with this connection string.
pub(super) async fn doctor(text: &str) -> DoctorRun {
    let mut command = command(&["doctor", "--json"]);
    command.env("connectionstring", text);
    run_doctor(command).await
}

/// Runs the doctor with this connection string, and panics if its verdict is another one.
pub(super) async fn assert_verdict(text: &str, expected: ExpectedVerdict) {
    expected.assert_matches(&doctor(text).await);
}

impl DoctorRun {
    /// The checks that ran, one per line.
    pub(super) fn summary(&self) -> String {
        let checks = self.report["checks"].as_array().unwrap().iter().filter(|check| check["status"] != "skipped");
        checks
            .map(|check| {
                format!("{} {}: {} ({} ms)\n", check["status"], check["link"], check["seen"], check["took_ms"])
            })
            .collect()
    }
}

impl ExpectedVerdict {
    /// Panics with the checks and the verdict if the verdict is another one.
    pub(super) fn assert_matches(&self, run: &DoctorRun) {
        let Self { known_failure, produced, link, cause, fix, exit } = self;
        let verdict = &run.report["verdict"];
        let fail =
            |what: &str| panic!("known failure {known_failure}, {produced}: {what}\n{verdict:#}\n{}", run.summary());
        if run.exit != Some(*exit) {
            fail(&format!("exit code {:?} instead of {exit}", run.exit));
        }
        if verdict["link"] != *link {
            fail(&format!("link {} instead of {link}", verdict["link"]));
        }
        let causes = verdict["causes"].as_array().unwrap();
        let Some(found) = causes
            .iter()
            .find(|found| found["known_failure"] == *known_failure && found["what"].as_str().unwrap().contains(cause))
        else {
            return fail(&format!("no cause with this number contains {cause:?}"));
        };
        let commands: Vec<_> =
            found["fixes"].as_array().unwrap().iter().map(|fix| fix["command"].as_str().unwrap()).collect();
        if !commands.join("\n").contains(fix) {
            fail(&format!("no fix contains {fix:?}"));
        }
        if causes.len() > 1 && causes.iter().any(|cause| cause["distinguish_by"].is_null()) {
            fail("several causes, and one does not say how to distinguish it");
        }
    }
}
