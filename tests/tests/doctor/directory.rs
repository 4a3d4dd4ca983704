//! Known failures that a real directory produces. Each test has the directory to itself.

mod credentials;
mod domain;
mod logins;
mod scenario;
mod spn;

use crate::active_directory::site::ACCOUNT;
use scenario::Scenario;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn healthy_system_has_no_warning() {
    let Some(scenario) = Scenario::new().await else { return };
    let run = scenario.doctor().await;
    assert_eq!((run.exit, &run.report["verdict"]["state"]), (Some(0), &"healthy".into()), "{}", run.text);
    for check in run.report["checks"].as_array().unwrap() {
        assert_eq!(check["status"], "passed", "{check}");
    }
    assert!(run.report["verdict"]["what"].as_str().unwrap().contains(ACCOUNT), "{}", run.text);
}
