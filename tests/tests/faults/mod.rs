//! A sample of the campaign in `tests/faults/`, which `tests/faults/run.sh --all` runs whole.

use bookstore_tests::shop::{built_executable, executable};
use tokio::process::Command;

#[tokio::test]
async fn sample_of_faults_loses_and_doubles_nothing() {
    let mut campaign = Command::new(built_executable("faults"));
    let output = campaign.arg("--bookstore").arg(executable()).kill_on_drop(true).output().await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success(), "{text}");
    // The head and a line per scenario. Not every system has a small disk.
    let lines = text.lines().filter(|line| ["| ", "SKIPPED: "].iter().any(|start| line.starts_with(start)));
    assert_eq!(lines.count(), 9, "{text}");
}
