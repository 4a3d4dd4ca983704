//! What comes from outside is bounded, and nothing in it panics.

use std::fs;

use proptest::prelude::*;

use super::*;

#[track_caller]
fn unreadable(report: &Report, words: &str) {
    let found = report.findings.iter().find(|finding| finding.what.contains(words));
    let found = found.unwrap_or_else(|| panic!("{words}: {:#?}", report.findings));
    assert_eq!((found.severity, found.row), (Severity::Broken, None));
}

#[test]
fn aliases_of_aliases_do_not_grow_without_end() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in ('b'..='z').zip('a'..) {
        bomb += &format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 10].join(", "));
    }
    unreadable(&manifests(&bomb), "cannot be read");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 3000].join(", "));
    unreadable(&manifests(&long), "cannot be read");
    let used = "kind: Deployment\nmetadata: {name: x, labels: &l {app: x}}\n\
                spec: {selector: {matchLabels: *l}, template: {metadata: {labels: *l}}}\n";
    assert_eq!(manifests(used).findings, []);
}

#[test]
fn depth_and_number_of_documents_are_bounded() {
    let (open, close) = ("[".repeat(5000), "]".repeat(5000));
    unreadable(&manifests(&format!("{open}{close}")), "cannot be read");
    unreadable(&manifests(&"---\nkind: X\n".repeat(1001)), "cannot be read");
}

#[test]
fn what_is_no_yaml_is_said_with_its_line_and_without_its_text() {
    let report = manifests("kind: Secret\nstringData: {password: hunter2\n");
    unreadable(&report, "line");
    unreadable(&manifests("kind: A\nkind: B\n"), "duplicate");
    assert!(!format!("{report:?}").contains("hunter2"));
}

#[test]
fn a_folder_is_read_with_its_folders_in_order_and_without_what_is_hidden() {
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
    let (sources, findings) = read_directory(folder.path());
    let texts: Vec<&str> = sources.iter().map(|source| source.text.as_str()).collect();
    assert_eq!((texts, findings), (vec!["kind: Service", "kind: Pod"], vec![]));

    #[cfg(unix)]
    for name in ["round", "and-round"] {
        std::os::unix::fs::symlink(folder.path(), folder.path().join("b").join(name)).unwrap();
    }
    assert_eq!(read_directory(folder.path()).0.len(), 2, "links to folders are not followed");

    write("powershell.yaml", &[0xff, 0xfe, b'k', 0]);
    write("latin.yaml", b"name: \xe9");
    write("long.yaml", &vec![b' '; usize::try_from(MAX_FILE).unwrap() + 1]);
    let (_, unreadable) = read_directory(folder.path());
    let said: Vec<&str> = unreadable.iter().map(|finding| finding.what.as_str()).collect();
    assert_eq!(said, ["it is not UTF-8", "it is longer than 3 MiB", "it is UTF-16, which kubectl does not read"]);

    write("kustomization.yaml", b"resources: [a.yaml]");
    let (sources, findings) = read_directory(folder.path());
    assert_eq!(sources, []);
    assert!(findings[0].fix.starts_with("kubectl kustomize "), "{findings:?}");
    let nothing = read_directory(&folder.path().join(".hidden/none"));
    assert_eq!((nothing.0.len(), nothing.1.len()), (0, 1));
}

#[test]
fn names_in_files_do_not_reach_a_terminal_as_they_are() {
    let report = changed("gmsaCredentialSpecName: web", r#"gmsaCredentialSpecName: "\e[31mweb""#);
    assert!(!report.findings.is_empty());
    assert!(!report.findings.iter().any(|finding| finding.fix.contains('\x1b')), "{report:?}");
}

/// Somewhere in the sound set something else stands.
fn mutants() -> impl Strategy<Value = String> {
    let at = 0..SOUND.len();
    (at, 0..60_usize, "\\PC{0,12}|[ \n:{}\\[\\]&*'\"-]{0,6}").prop_map(|(at, length, text)| {
        let floor = |at: usize| (0..=at.min(SOUND.len())).rev().find(|at| SOUND.is_char_boundary(*at)).unwrap_or(0);
        let (from, to) = (floor(at), floor(at + length));
        format!("{}{text}{}", &SOUND[..from], &SOUND[to..])
    })
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        drop((manifests(&text), credspec(&text)));
    }

    #[test]
    fn no_change_of_a_sound_set_panics(text in mutants()) {
        drop((manifests(&text), credspec(&text)));
    }
}
