//! `bookstore credspec` and `bookstore doctor` on files, by the program itself: output and exit codes.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

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
    let mut command = Command::new(env!("CARGO_BIN_EXE_bookstore"));
    command.args(args).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
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

/// A pod that wants the gMSA, as this service account.
fn pod(account: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop}}\nspec:\n  serviceAccountName: {account}\n  \
         securityContext: {{windowsOptions: {{gmsaCredentialSpecName: web}}}}\n  containers: [{{name: web, image: web:1}}]\n"
    )
}

#[test]
fn what_is_printed_lets_a_pod_have_its_gmsa_and_the_doctor_says_so() {
    let printed = credspec(&["--gmsa=webgmsa$"]);
    assert_eq!(printed.status.code(), Some(0));
    assert!(text(&printed.stderr).contains("taken without its $"));
    let sound = bookstore(&["doctor", "--manifests", "-"], &(text(&printed.stdout) + &pod("web")));
    assert_eq!(sound.status.code(), Some(0), "{}", text(&sound.stdout));
    assert!(text(&sound.stdout).contains("SOUND"));
}

#[test]
fn a_binding_for_another_account_is_2_with_row_place_and_fix() {
    let manifests = text(&credspec(&["--gmsa=webgmsa"]).stdout) + &pod("other");
    let broken = bookstore(&["doctor", "--manifests", "-"], &manifests);
    assert_eq!(broken.status.code(), Some(2));
    let said = text(&broken.stdout);
    let words = [
        "FAIL  row 5   -, document 3, RoleBinding web-credential-spec, subjects[0].name",
        "Fix: name: other",
        "BROKEN",
    ];
    words.iter().for_each(|words| assert!(said.contains(words), "{said}"));
    let json = bookstore(&["doctor", "--json", "--manifests", "-"], &manifests);
    assert_eq!(json.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    let finding = &report["findings"][0];
    assert_eq!(
        (&report["verdict"]["state"], &finding["row"], &finding["severity"]),
        (&"broken".into(), &5.into(), &"broken".into())
    );
    assert_eq!(finding["place"]["field"], "subjects[0].name");
}

#[test]
fn what_only_may_fail_is_1() {
    let output = bookstore(&["doctor", "--manifests", "-"], &pod("web"));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("WORKS, WITH WARNINGS – 2 warnings"), "{}", text(&output.stdout));
}

#[test]
fn every_wrong_flag_is_told_at_once_and_is_2() {
    let output = credspec(&["--gmsa=a-name-of-sixteen", "--service-account=Web"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let said = text(&output.stderr);
    assert!(
        said.contains("--gmsa \"a-name-of-sixteen\": it has 17 characters")
            && said.contains("--service-account \"Web\""),
        "{said}"
    );
    let missing = bookstore(&["credspec", "--gmsa=x", "--domain=a.b"], "");
    assert_eq!(missing.status.code(), Some(2));
    ["--netbios", "--sid", "--guid"].iter().for_each(|flag| assert!(text(&missing.stderr).contains(flag)));
    assert_eq!(
        credspec(&["--gmsa=x", "--from-directory=ldap://dc1.corp.example.com"]).status.code(),
        Some(2),
        "one or the other"
    );
    assert_eq!(bookstore(&["doctor", "--credspec", "/nonexistent/file"], "").status.code(), Some(2));
}

#[test]
fn a_file_for_docker_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("spec.json");
    let printed = text(&credspec(&["--gmsa=webgmsa", "--format=json"]).stdout);
    let check = |content: &str| {
        std::fs::write(&file, content).unwrap();
        bookstore(&["doctor", "--credspec", file.to_str().unwrap()], "")
    };
    assert_eq!(check(&printed).status.code(), Some(0));
    let bare = check(&printed.replace("{859E1386", "859E1386").replace("B13920E1}", "B13920E1"));
    assert_eq!(bare.status.code(), Some(2));
    let place = "row 8   ".to_owned()
        + file.to_str().unwrap()
        + ", document 1, ActiveDirectoryConfig.HostAccountConfig.PluginGUID";
    assert!(text(&bare.stdout).contains(&place), "{}", text(&bare.stdout));
}
