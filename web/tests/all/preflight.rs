//! `bookstore credspec`, and `bookstore doctor` on files: output and exit codes.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::program::command;

const DOMAIN: [&str; 9] = [
    "credspec",
    "--domain=corp.example.com",
    "--netbios=CORP",
    "--sid=S-1-5-21-1-2-3",
    "--guid=00000000-1111-2222-3333-444444444444",
    "--plugin=eks",
    "--plugin-input=arn:aws:secretsmanager:us-west-2:111122223333:secret:bookstore/gmsa-reader-AbCdEf",
    "--namespace=shop",
    "--name=web",
];

fn bookstore(args: &[&str], input: &str) -> Output {
    let mut command = command(args, &[]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn credspec(more: &[&str]) -> Output {
    bookstore(&[&DOMAIN, more].concat(), "")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A pod with the gMSA and this service account.
fn pod(account: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop}}\nspec:\n  \
         serviceAccountName: {account}\n  nodeSelector: {{kubernetes.io/os: windows}}\n  \
         securityContext: {{windowsOptions: {{gmsaCredentialSpecName: web}}}}\n  containers: [{{name: web, image: \
             web:1}}]\n"
    )
}

#[test]
fn printed_objects_give_a_pod_its_gmsa() {
    let printed = credspec(&["--gmsa=webgmsa$"]);
    assert_eq!(printed.status.code(), Some(0));
    assert!(text(&printed.stderr).contains("used without its $"));
    let healthy = bookstore(&["doctor", "--manifests", "-"], &(text(&printed.stdout) + &pod("web")));
    assert_eq!(healthy.status.code(), Some(0), "{}", text(&healthy.stdout));
    assert!(text(&healthy.stdout).contains("HEALTHY"));
}

#[test]
fn binding_for_another_account_exits_with_2() {
    let manifests = text(&credspec(&["--gmsa=webgmsa"]).stdout) + &pod("other");
    let failed = bookstore(&["doctor", "--manifests", "-"], &manifests);
    assert_eq!(failed.status.code(), Some(2));
    let report = text(&failed.stdout);
    let parts = [
        "ERROR    -, document 3, RoleBinding web-credential-spec, subjects[0].name",
        "(known failure 5)",
        "Fix: name: other",
        "FAILED – 1 error, 0 warnings",
    ];
    parts.iter().for_each(|part| assert!(report.contains(part), "{report}"));
    let json = bookstore(&["doctor", "--json", "--manifests", "-"], &manifests);
    assert_eq!(json.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    let finding = &report["findings"][0];
    assert_eq!(
        (&report["verdict"]["state"], &finding["known_failure"], &finding["severity"]),
        (&"failed".into(), &5.into(), &"error".into())
    );
    assert_eq!(finding["position"]["field"], "subjects[0].name");
}

#[test]
fn warnings_exit_with_1() {
    let output = bookstore(&["doctor", "--manifests", "-"], &pod("web"));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("WARNINGS – 2 warnings"), "{}", text(&output.stdout));
}

#[test]
fn nothing_to_check_exits_with_3() {
    let output = bookstore(&["doctor", "--json", "--manifests", "-"], "services: {web: {image: web:1}}\n");
    assert_eq!(output.status.code(), Some(3));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verdict"]["state"], "nothing_to_check");
    assert_eq!(report["seen"]["checked"], 0);
}

#[test]
fn forbidden_windows_field_is_reported_with_its_path_and_fix() {
    let pod =
        pod("web").replace("  nodeSelector", "  os: {name: windows}\n  shareProcessNamespace: false\n  nodeSelector");
    let output = bookstore(&["doctor", "--manifests", "-"], &(text(&credspec(&["--gmsa=webgmsa"]).stdout) + &pod));
    assert_eq!(output.status.code(), Some(2));
    let report = text(&output.stdout);
    assert!(report.contains("Pod web, spec.shareProcessNamespace") && report.contains("Fix: remove it"), "{report}");
}

#[test]
fn every_wrong_flag_is_reported_at_once() {
    let output = credspec(&["--gmsa=a-name-of-sixteen", "--service-account=Web"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let report = text(&output.stderr);
    assert!(
        report.contains("--gmsa \"a-name-of-sixteen\": it has 17 characters")
            && report.contains("--service-account \"Web\""),
        "{report}"
    );
    let missing = bookstore(&["credspec", "--gmsa=x", "--domain=a.b"], "");
    assert_eq!(missing.status.code(), Some(2));
    ["--netbios", "--sid", "--guid"].iter().for_each(|flag| assert!(text(&missing.stderr).contains(flag)));
    assert_eq!(
        credspec(&["--gmsa=x", "--from-directory=ldap://dc1.corp.example.com"]).status.code(),
        Some(2),
        "--from-directory excludes --domain"
    );
    assert_eq!(bookstore(&["doctor", "--credspec", "/nonexistent/file"], "").status.code(), Some(2));
}

#[test]
fn printed_file_for_docker_is_healthy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("spec.json");
    let printed = text(&credspec(&["--gmsa=webgmsa", "--format=json"]).stdout);
    let check = |content: &str| {
        std::fs::write(&file, content).unwrap();
        bookstore(&["doctor", "--credspec", file.to_str().unwrap()], "")
    };
    assert_eq!(check(&printed).status.code(), Some(0));
    let without_braces = check(&printed.replace("{859E1386", "859E1386").replace("B13920E1}", "B13920E1"));
    assert_eq!(without_braces.status.code(), Some(2));
    let position =
        file.to_str().unwrap().to_owned() + ", document 1, ActiveDirectoryConfig.HostAccountConfig.PluginGUID";
    let report = text(&without_braces.stdout);
    assert!(report.contains(&position) && report.contains("(known failure 8)"), "{report}");
}
