//! Rows that a real directory produces. All cases need the directory for themselves.

mod credentials;
mod domain;
mod logins;
mod spn;
mod ward;

use crate::active_directory::site::ACCOUNT;
use ward::Ward;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_system_has_no_warning() {
    let Some(ward) = Ward::new().await else { return };
    let said = ward.doctor().await;
    assert_eq!((said.exit, &said.report["verdict"]["state"]), (Some(0), &"sound".into()), "{}", said.text);
    for check in said.report["checks"].as_array().unwrap() {
        assert_eq!(check["status"], "pass", "{check}");
    }
    assert!(said.report["verdict"]["what"].as_str().unwrap().contains(ACCOUNT), "{}", said.text);
}
