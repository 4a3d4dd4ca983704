//! One row of the table: what the verdict must say.

use serde_json::Value;
use tokio::process::Command;

/// What is expected of one failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    /// The row of `docs/gmsa-facts.md`, section 4.
    pub(super) row: u64,
    /// How it was produced.
    pub(super) produced: &'static str,
    /// The broken link.
    pub(super) link: &'static str,
    /// In the words of the cause.
    pub(super) cause: &'static str,
    /// In the command that mends it.
    pub(super) fix: &'static str,
    /// 1 works with warnings, 2 broken.
    pub(super) exit: i32,
}

/// What the doctor said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) exit: Option<i32>,
    pub(super) report: Value,
    pub(super) text: String,
}

/// Asks for JSON by a command that ends in `doctor --json`.
pub(super) async fn ask(mut command: Command) -> Said {
    let output = command.output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let report = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    Said { exit: output.status.code(), report, text }
}

impl Said {
    /// The checks that say something, one a line.
    pub(super) fn brief(&self) -> String {
        let checks = self.report["checks"].as_array().unwrap().iter().filter(|check| check["status"] != "skipped");
        checks
            .map(|check| {
                format!("{} {}: {} ({} ms)\n", check["status"], check["link"], check["seen"], check["took_ms"])
            })
            .collect()
    }
}

impl Expected {
    /// Fails with the whole report if the verdict is another one.
    pub(super) fn check(&self, said: &Said) {
        let Self { row, produced, link, cause, fix, exit } = self;
        let verdict = &said.report["verdict"];
        let fault = |what: &str| panic!("row {row}, {produced}: {what}\n{verdict:#}\n{}", said.brief());
        if said.exit != Some(*exit) {
            fault(&format!("exit code {:?} instead of {exit}", said.exit));
        }
        if verdict["link"] != *link {
            fault(&format!("link {} instead of {link}", verdict["link"]));
        }
        let causes = verdict["causes"].as_array().unwrap();
        let Some(found) =
            causes.iter().find(|found| found["row"] == *row && found["what"].as_str().unwrap().contains(cause))
        else {
            return fault(&format!("no cause of row {row} says {cause:?}"));
        };
        let commands: Vec<_> =
            found["fixes"].as_array().unwrap().iter().map(|fix| fix["command"].as_str().unwrap()).collect();
        if !commands.join("\n").contains(fix) {
            fault(&format!("no fix says {fix:?}"));
        }
        if causes.len() > 1 && causes.iter().any(|cause| cause["told_by"].is_null()) {
            fault("several causes, and one does not say what would tell it");
        }
    }
}
