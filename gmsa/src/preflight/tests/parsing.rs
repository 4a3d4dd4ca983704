//! Files are parsed as their readers parse them: kubectl, Docker and ECS. The cases were run through `kubectl label
//! --local`.

use super::*;
use Severity::Error;

fn named(name: &str, text: &str) -> PreflightReport {
    let source = SourceFile { name: name.into(), text: text.into(), has_byte_order_mark: false };
    check(Input { manifests: vec![source], ..Input::default() })
}

const POD: &str =
    r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [{"name": "x"}]}}"#;

#[test]
fn json_file_is_strict_json() {
    assert_eq!(named("a.json", POD).verdict(), VerdictState::Healthy);
    let yaml = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: x}]}\n";
    assert_eq!(named("a.yaml", yaml).verdict(), VerdictState::Healthy);
    let faults = [
        (POD.replace("}]}}", "}],}}"), "trailing comma"),
        (POD.replace('"', "'"), "key must be a string"),
        (format!("// a pod\n{POD}"), "expected value"),
        (yaml.to_owned(), "expected value"),
    ];
    for (text, words) in faults {
        let report = named("a.JSON", &text);
        let [finding] = report.findings.as_slice() else { panic!("{report:#?}") };
        assert!(
            finding.severity == Error && finding.what.contains("not valid JSON") && finding.what.contains(words),
            "{finding:#?}"
        );
    }
}

#[test]
fn yaml_file_that_starts_with_a_brace_is_json() {
    let report = named("a.yaml", "{apiVersion: v1, kind: Pod}");
    assert!(report.findings[0].what.contains("so kubectl reads it as JSON"), "{report:#?}");
    assert_eq!(
        named("a.yaml", "# flow style\n{apiVersion: v1, kind: Service}").verdict(),
        VerdictState::NothingToCheck
    );
}

#[test]
fn several_json_documents_are_read() {
    for between in ["\n", "", "\n---\n"] {
        let report = named("a.json", &format!("{POD}{between}{POD}{between}"));
        assert_eq!((report.verdict(), report.documents), (VerdictState::Healthy, 2), "{between:?}");
    }
    let report = named("a.json", &format!("{POD}\n{{\n\"kind\": 'Pod'}}"));
    assert!(report.findings[0].what.contains("at line 3"), "{report:#?}");
}

#[test]
fn booleans_and_octal_numbers_are_those_of_yaml_1_1() {
    for plain in ["yes", "No", "on", "OFF", "y", "true", "010", "0x1f", "1_000", "1e3", "12"] {
        let report = changed("value: x}", &format!("value: {plain}}}"));
        assert_eq!(report.findings.len(), 1, "{plain}: {report:#?}");
        assert_eq!(changed("value: x}", &format!("value: '{plain}'}}")).findings, [], "{plain} in quotes");
    }
    for text in ["yes please", "1.2.3", "2026-11-26", "12:30", "~/x"] {
        assert_eq!(changed("value: x}", &format!("value: {text}}}")).findings, [], "{text}");
    }
    assert_eq!(
        changed("containers:", "hostNetwork: yes\n      containers:").findings,
        [],
        "a boolean where one belongs"
    );
}

#[test]
fn typed_lists_give_their_items_a_kind() {
    let list = "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n  \
                spec: {containers: [{name: x}], hostUser: true}\n";
    let report = manifests(list);
    only(&report, Error, None, "1, Pod a, spec.hostUser", &["hostUsers"]);
    let nested = format!("{{\"kind\": \"List\", \"items\": [{{\"kind\": \"List\", \"items\": [{POD}]}}]}}");
    assert_eq!((manifests(&nested).checked, manifests(&nested).documents), (1, 1));
}

#[test]
fn key_that_is_given_twice_is_a_warning() {
    let text = HEALTHY.replace("  replicas: 2\n", "  replicas: two\n  replicas: 3\n");
    let line = text.lines().position(|line| line == "  replicas: 3").unwrap() + 1;
    let report = manifests(&text);
    let [finding] = report.findings.as_slice() else { panic!("{report:#?}") };
    assert_eq!((finding.severity, &finding.what), (Severity::Warning, &format!("a key is given twice in line {line}")));
    assert_eq!(report.workloads_with_gmsa, 1, "the rest is checked with the last value");
}
