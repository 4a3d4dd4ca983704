//! Recognises sources that are not manifests yet – kustomize folders, Helm charts, templates – and names the command
//! that renders them.

use std::path::Path;

/// The file names of a kustomization, by kustomize's documentation.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// File name extensions of templates.
const TEMPLATES: [&str; 7] = ["tpl", "tmpl", "gotmpl", "template", "j2", "jinja", "jinja2"];

/// A source that has to be rendered first.
pub(super) struct Unrendered {
    /// What it is.
    pub(super) what: String,
    /// The command that renders it.
    pub(super) command: String,
}

/// Whether this folder or file is rendered by kustomize, Helm or a template engine.
pub(super) fn unrendered(path: &Path) -> Option<Unrendered> {
    let name = path.file_name().unwrap_or_default();
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let is_kustomization = KUSTOMIZATIONS.iter().any(|known| match path.is_dir() {
        true => path.join(known).is_file(),
        false => name == *known,
    });
    if is_kustomization {
        let what = "this is a kustomize folder: its files are not manifests before they are rendered".into();
        return Some(Unrendered { what, command: kustomize(folder) });
    }
    if let Some(chart) = chart_of(path) {
        let what = "this is a Helm chart: its files are not manifests before they are rendered".into();
        return Some(Unrendered { what, command: helm(chart) });
    }
    let extension = path.extension().unwrap_or_default();
    (path.is_file() && TEMPLATES.iter().any(|known| extension == *known)).then(|| Unrendered {
        what: "this is a template, not a manifest".into(),
        command: render_template(&path.display().to_string()),
    })
}

/// The command that renders a template which is not in a chart.
pub(super) fn render_template(name: &str) -> String {
    match chart_of(Path::new(name)) {
        Some(chart) => helm(chart),
        None => format!(
            "render it with the tool that it is written for, then: <RENDER {name}> | bookstore doctor --manifests -"
        ),
    }
}

fn kustomize(folder: &Path) -> String {
    format!("kubectl kustomize {} | bookstore doctor --manifests -", shown(folder))
}

fn helm(chart: &Path) -> String {
    format!("helm template {} | bookstore doctor --manifests -", shown(chart))
}

fn shown(folder: &Path) -> String {
    let folder = folder.display().to_string();
    if folder.is_empty() { ".".to_owned() } else { folder }
}

/// The chart that this folder is, or that has this file or folder among its templates.
fn chart_of(path: &Path) -> Option<&Path> {
    let has_chart = |folder: &Path| folder.join("Chart.yaml").is_file();
    if path.is_dir() && has_chart(path) {
        return Some(path);
    }
    if path.file_name().is_some_and(|name| name == "Chart.yaml") && path.is_file() {
        return path.parent();
    }
    let templates = path.ancestors().filter(|folder| folder.file_name().is_some_and(|name| name == "templates"));
    templates.filter_map(Path::parent).find(|folder| has_chart(folder))
}
