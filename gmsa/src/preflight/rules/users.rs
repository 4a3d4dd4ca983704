//! The account and the image inside a container with a gMSA (known failures 11 and 31).

use serde_json::Value;

use crate::credential_spec::excerpt;
use crate::preflight::finding::Finding;
use crate::preflight::workload::{Part, Workload};

/// The accounts to which Windows gives a gMSA, by Microsoft's documentation, in the spellings that Windows resolves.
const NETWORK_ACCOUNTS: [&str; 8] = [
    "nt authority\\network service",
    "nt authority\\networkservice",
    "network service",
    "networkservice",
    "nt authority\\system",
    "nt authority\\localsystem",
    "system",
    "localsystem",
];

pub(super) fn check(workload: &Workload<'_>) -> Vec<Finding> {
    let parts = workload.parts();
    let refused = parts.iter().filter_map(|part| refused_user(workload, part));
    if !workload.wants_gmsa() {
        return refused.collect();
    }
    let users = parts.iter().filter_map(|part| user(workload, part));
    let images = parts.iter().filter_map(|part| image(workload, part));
    refused.chain(users).chain(images).collect()
}

/// A name that the API server refuses, by `validateWindowsRunAsUserName` of Kubernetes' pkg/apis/core/validation.
fn refused_user(workload: &Workload<'_>, part: &Part<'_>) -> Option<Finding> {
    let (field, user) = part.windows_option("runAsUserName")?;
    let user = user.as_str()?;
    let reason = reason_to_refuse(user)?;
    let why = format!("the API server refuses the object: {field}: Invalid value: {reason}");
    let fix = r#"runAsUserName: "NT AUTHORITY\\NETWORK SERVICE""#;
    Some(Finding::error(workload.document.position(field), excerpt(user), why, fix))
}

fn reason_to_refuse(user: &str) -> Option<&'static str> {
    let name = user.rsplit('\\').next().unwrap_or_default();
    if user.is_empty() {
        Some("runAsUserName cannot be an empty string")
    } else if user.matches('\\').count() > 1 {
        Some("runAsUserName cannot contain more than one backslash")
    } else if name.is_empty() {
        Some("runAsUserName's User cannot be empty")
    } else if name.chars().count() > 104 {
        Some("runAsUserName's User length must not be longer than 104 characters")
    } else if name.chars().all(|c| c == '.' || c == ' ') {
        Some("runAsUserName's User cannot contain only periods or spaces")
    } else if name.contains(|c: char| c.is_control() || "\"/:;|=,+*?<>@[]".contains(c)) {
        Some("runAsUserName's User cannot contain \"/\\:;|=,+*?<>@[]")
    } else {
        None
    }
}

fn user(workload: &Workload<'_>, part: &Part<'_>) -> Option<Finding> {
    let (field, user) = part.windows_option("runAsUserName")?;
    let is_network_account = |user: &str| NETWORK_ACCOUNTS.contains(&user.to_lowercase().as_str());
    let user = user.as_str().filter(|user| !is_network_account(user) && reason_to_refuse(user).is_none())?;
    let why = "Windows gives a gMSA to NETWORK SERVICE and LocalSystem; other accounts may have no credentials: \
               SEC_E_NO_CREDENTIALS 0x8009030E";
    let fix = r#"runAsUserName: "NT AUTHORITY\\NETWORK SERVICE""#;
    let what = format!("the container runs as {}", excerpt(user));
    Some(Finding::warning(workload.document.position(field), what, why, fix).known(11))
}

fn image(workload: &Workload<'_>, part: &Part<'_>) -> Option<Finding> {
    let image = part.value.get("image").and_then(Value::as_str).filter(|image| image.contains("nanoserver"))?;
    let why = "Negotiate fails on nanoserver images since April 2024 (Windows-Containers#537)";
    let position = workload.document.position(format!("{}.image", part.field));
    Some(Finding::error(position, excerpt(image), why, "an image built on servercore").known(31))
}
