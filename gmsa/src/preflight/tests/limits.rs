//! Input from outside is bounded and never panics.

use std::fs;

use proptest::prelude::*;

use super::*;

#[track_caller]
fn unreadable(report: &PreflightReport, words: &str) {
    let found = report.findings.iter().find(|finding| finding.what.contains(words));
    let found = found.unwrap_or_else(|| panic!("{words}: {:#?}", report.findings));
    assert_eq!((found.severity, found.known_failure), (Severity::Error, None));
}

#[test]
fn aliases_of_aliases_are_bounded() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in ('b'..='z').zip('a'..) {
        bomb += &format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 10].join(", "));
    }
    unreadable(&manifests(&bomb), "not valid YAML");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 3000].join(", "));
    unreadable(&manifests(&long), "not valid YAML");
    let used = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, labels: &l {app: x}}\n\
                spec: {selector: {matchLabels: *l}, template: {metadata: {labels: *l}}}\n";
    assert_eq!(manifests(used).findings, []);
}

#[test]
fn depth_and_document_count_are_bounded() {
    let (open, close) = ("[".repeat(5000), "]".repeat(5000));
    unreadable(&manifests(&format!("{open}{close}")), "not valid YAML");
    unreadable(&manifests(&"---\nkind: X\n".repeat(1001)), "not valid YAML");
}

#[test]
fn invalid_yaml_is_reported_with_its_line_without_its_text() {
    let report = manifests("kind: Secret\nstringData: {password: hunter2\n");
    unreadable(&report, "line");
    assert!(!format!("{report:?}").contains("hunter2"));
}

#[test]
fn folder_is_read_in_order_without_hidden_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("b/pod.yml", b"kind: Pod");
    write("a.yaml", b"\xef\xbb\xbfkind: Service");
    write(".hidden/x.yaml", b"kind: Hidden");
    write("README.md", b"# no manifest");
    let (sources, findings) = read_manifests(folder.path());
    let texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).collect();
    assert_eq!((texts, findings), (vec!["kind: Service", "kind: Pod"], vec![]));

    #[cfg(unix)]
    for name in ["round", "and-round"] {
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b").join(name)).unwrap();
    }
    assert_eq!(read_manifests(folder.path()).0.len(), 2, "links to folders are not followed");

    write("latin.yaml", b"name: \xe9");
    write("long.yaml", &vec![b' '; usize::try_from(files::MAX_FILE_BYTES).unwrap() + 1]);
    let (_, unreadable) = read_manifests(folder.path());
    let messages: Vec<&str> = unreadable.iter().map(|finding| finding.what.as_str()).collect();
    assert_eq!(messages, ["the file is neither UTF-8 nor UTF-16", "the file is longer than 3 MiB"]);
    let nothing = read_manifests(&folder.path().join(".hidden/none"));
    assert_eq!((nothing.0.len(), nothing.1.len()), (0, 1));
}

#[test]
fn control_characters_of_names_are_replaced() {
    let report = changed("gmsaCredentialSpecName: web", r#"gmsaCredentialSpecName: "\e[31mweb""#);
    assert!(!report.findings.is_empty());
    assert!(!report.findings.iter().any(|finding| finding.fix.contains('\x1b')), "{report:?}");
}

/// The healthy set with one piece replaced.
fn mutants() -> impl Strategy<Value = String> {
    let at = 0..HEALTHY.len();
    (at, 0..60_usize, "\\PC{0,12}|[ \n:{}\\[\\]&*'\"-]{0,6}").prop_map(|(at, length, text)| {
        let floor = |at: usize| (0..=at.min(HEALTHY.len())).rev().find(|at| HEALTHY.is_char_boundary(*at)).unwrap_or(0);
        let (from, to) = (floor(at), floor(at + length));
        format!("{}{text}{}", &HEALTHY[..from], &HEALTHY[to..])
    })
}

proptest! {
    #[test]
    fn arbitrary_text_does_not_panic(text in any::<String>()) {
        drop((manifests(&text), credspec(&text)));
    }

    #[test]
    fn mutated_healthy_set_does_not_panic(text in mutants()) {
        drop((manifests(&text), credspec(&text)));
    }
}
