//! Sources that have to be rendered first, and encodings.

use std::fs;
use std::path::Path;

use super::*;

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: x}]}\n";

#[test]
fn kustomize_folder_is_answered_with_its_command_at_any_level() {
    for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.yaml", POD);
        write(folder.path(), &format!("base/{name}"), "resources: [b.yaml]");
        write(folder.path(), "base/b.yaml", POD);
        let (sources, findings) = read_manifests(folder.path());
        let command =
            format!("kubectl kustomize {} | bookstore doctor --manifests -", folder.path().join("base").display());
        assert_eq!((sources.len(), findings.len(), findings[0].fix.as_str()), (1, 1, command.as_str()), "{name}");
        for path in ["base".to_owned(), format!("base/{name}")] {
            let (sources, findings) = read_manifests(&folder.path().join(path));
            assert_eq!((sources.len(), findings[0].fix.as_str()), (0, command.as_str()), "{name}");
        }
    }
}

#[test]
fn helm_chart_is_answered_with_its_command() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "shop/Chart.yaml", "name: shop");
    write(folder.path(), "shop/templates/pod.yaml", "kind: Pod\nmetadata:\n  {{- include \"x\" . | nindent 4 }}\n");
    let command = format!("helm template {} | bookstore doctor --manifests -", folder.path().join("shop").display());
    for path in ["", "shop", "shop/templates", "shop/templates/pod.yaml", "shop/Chart.yaml"] {
        let (sources, findings) = read_manifests(&folder.path().join(path));
        assert_eq!((sources.len(), findings.len()), (0, 1), "{path}");
        assert_eq!(findings[0].fix, command, "{path}");
    }
}

#[test]
fn template_outside_of_a_chart_is_recognised() {
    let report = manifests("kind: Pod\nmetadata:\n  name: {{ .Values.name }}\n");
    assert!(report.findings[0].what.starts_with("this looks like a template"), "{report:#?}");
    let report = manifests("{{- if .Values.gmsa }}\nkind: Pod\n{{- end }}\n");
    assert!(report.findings[0].what.starts_with("this looks like a template"), "{report:#?}");
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.yml.tpl", "kind: Pod\nmetadata: {name: $NAME}");
    assert!(read_manifests(&folder.path().join("a.yml.tpl")).1[0].what.starts_with("this is a template"));
    let report = changed("gmsaCredentialSpecName: web", "gmsaCredentialSpecName: '${SPEC}'");
    assert!(report.findings.iter().any(|finding| finding.fix.contains("render the template first")), "{report:#?}");
}

#[test]
fn utf_16_yaml_is_read_and_utf_16_json_for_docker_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let encoded =
        |text: &str| [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    write(folder.path(), "pod.yaml", encoded(&format!("{POD}---\n{POD}")));
    let (sources, findings) = read_manifests(folder.path());
    assert_eq!(findings, []);
    let report = check(Input { manifests: sources, ..Input::default() });
    assert_eq!((report.verdict(), report.documents), (VerdictState::Healthy, 2));

    let spec: serde_json::Value = serde_saphyr::from_str(HEALTHY.split("---").next().unwrap()).unwrap();
    write(folder.path(), "spec.json", encoded(&spec["credspec"].to_string()));
    let source = read_file(&folder.path().join("spec.json")).unwrap();
    let report = check(Input { credential_specs: vec![source], ..Input::default() });
    assert_eq!((report.findings.len(), report.verdict()), (1, VerdictState::Failed));
    assert!(report.findings[0].what.contains("byte order mark"), "{report:#?}");
    write(folder.path(), "odd.yaml", [0xff, 0xfe, b'k']);
    assert!(read_file(&folder.path().join("odd.yaml")).is_err());
}
