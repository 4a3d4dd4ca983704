//! The rules for each field. The same rules check a flag, a value from the directory and a file.

use std::net::IpAddr;

use super::violation::Violation;

/// The longest NetBIOS name of a domain or an account, in characters; Windows cuts or refuses longer ones.
const NETBIOS_MAX: usize = 15;
/// Characters that a sAMAccountName may not have: [MS-ADTS] 3.1.1.6.
const NOT_IN_ACCOUNTS: &str = "\"/\\[]:;|=,+*?<>@";
/// Characters that a domain's NetBIOS name may not have.
const NOT_IN_NETBIOS: &str = "\\/:*?\"<>| ";

/// Checks a gMSA's name: its sAMAccountName without the `$`.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_account(text: &str) -> Result<(), Violation> {
    let bare = text.rsplit('\\').next().unwrap_or(text).split('@').next().unwrap_or(text).trim_end_matches('$').trim();
    let violation =
        |why: String| Err(Violation::new(30, why, format!("the sAMAccountName alone, like {}", or(bare, "web"))));
    if text.contains(['\\', '@']) {
        return violation("the account's name has no domain here; the domain has its own fields".into());
    }
    if text.ends_with('$') {
        return violation("the name ends with $ in the directory, but not in a credential spec".into());
    }
    if text.is_empty() || text != text.trim() {
        return violation("the account's name is empty or has a space around it".into());
    }
    if let Some(found) = text.chars().find(|c| c.is_control() || NOT_IN_ACCOUNTS.contains(*c)) {
        return violation(format!("an account's name cannot have a {found:?}"));
    }
    let length = text.chars().count();
    if length > NETBIOS_MAX {
        let why =
            format!("it has {length} characters; the sAMAccountName of a gMSA has at most {NETBIOS_MAX}, beside its $");
        return Err(Violation::new(
            30,
            why,
            "the sAMAccountName, which may be shorter than the account's name".to_owned(),
        ));
    }
    Ok(())
}

/// Checks the DNS name of a domain.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_dns_name(text: &str) -> Result<(), Violation> {
    let violation = |why: &str| Err(Violation::new(30, why, "the domain's DNS name, like corp.example.com"));
    if text.parse::<IpAddr>().is_ok() {
        return violation("this is an IP address; Kerberos needs the domain's name");
    }
    if !text.contains('.') && !text.is_empty() {
        return violation("there is no dot: this is a NetBIOS name where the DNS name belongs");
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() > 255 || !text.split('.').all(is_label) {
        return violation("this is not a DNS name: letters, digits and - between dots, without a dot at the end");
    }
    Ok(())
}

/// Checks the NetBIOS name of a domain.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_netbios(text: &str) -> Result<(), Violation> {
    let violation = |why: &str| Err(Violation::new(30, why, "the domain's NetBIOS name, like CORP"));
    if text.contains('.') {
        return violation("there is a dot: this is a DNS name where the NetBIOS name belongs");
    }
    if text.chars().count() > NETBIOS_MAX {
        return violation("a NetBIOS name has at most 15 characters");
    }
    if text.is_empty() || text.chars().any(|c| c.is_control() || NOT_IN_NETBIOS.contains(c)) {
        return violation("a NetBIOS name has at least one character, and none of \\ / : * ? \" < > | and space");
    }
    Ok(())
}

/// Checks a domain's own SID.
///
/// # Errors
/// What is wrong with it; an account's SID is the usual mistake.
pub(crate) fn check_domain_sid(text: &str) -> Result<(), Violation> {
    const FORM: &str = "the domain's SID, S-1-5-21-a-b-c: `(Get-ADDomain).DomainSID`";
    let violation = |why: String, fix: String| Err(Violation::new(30, why, fix));
    let Some(rest) = text.strip_prefix("S-1-5-21-") else {
        return violation("this is not the SID of a domain".into(), FORM.into());
    };
    let parts: Vec<&str> = rest.split('-').collect();
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u32>().is_ok();
    match parts.as_slice() {
        parts if !parts.iter().all(is_number) => {
            violation("the parts of a SID are numbers below 4294967296".into(), FORM.into())
        }
        [_, _, _] => Ok(()),
        [a, b, c, rid] => violation(
            format!("this is the SID of an account or group: its last part, {rid}, numbers it within its domain"),
            format!("the domain's SID, S-1-5-21-{a}-{b}-{c}"),
        ),
        _ => violation("this is not the SID of a domain, which has three numbers after S-1-5-21".into(), FORM.into()),
    }
}

/// Whether this is the SID of an account: a domain's with one more number.
pub(crate) fn is_account_sid(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(domain, rid)| check_domain_sid(domain).is_ok() && rid.parse::<u32>().is_ok())
}

/// Checks a domain's own GUID, without braces.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_domain_guid(text: &str) -> Result<(), Violation> {
    if is_guid(text) {
        return Ok(());
    }
    match bare_guid(text) {
        Some(bare) => Err(Violation::new(30, "the domain's GUID has no braces here", bare.to_owned())),
        None => Err(Violation::new(
            30,
            "this is not a GUID",
            "the domain's GUID, 8-4-4-4-12 hex digits: `(Get-ADDomain).ObjectGUID`",
        )),
    }
}

/// Checks a plugin's GUID, with braces.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_plugin_guid(text: &str) -> Result<(), Violation> {
    if bare_guid(text).is_some() {
        return Ok(());
    }
    if is_guid(text) {
        let why = "without braces Windows does not find the plugin, and the container has no account \
                   (CCG events 3, 4, 6, 8)";
        return Err(Violation::new(8, why, format!("\"{{{text}}}\"")));
    }
    Err(Violation::new(
        8,
        "this is not a GUID",
        "the GUID of the plugin, in quotes and with braces: \"{8-4-4-4-12 hex digits}\"",
    ))
}

/// Checks the name of a Kubernetes object: a DNS subdomain by RFC 1123.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_object_name(text: &str) -> Result<(), Violation> {
    if text.len() <= 253 && text.split('.').all(is_label) {
        return Ok(());
    }
    let why = "Kubernetes accepts at most 253 lower-case letters, digits, - and ., with a letter or digit at both ends";
    Err(Violation::new(6, why, suggestion(text)))
}

/// Checks the name of a namespace: a DNS label by RFC 1123.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_namespace(text: &str) -> Result<(), Violation> {
    if is_label(text) {
        return Ok(());
    }
    let why = "Kubernetes accepts at most 63 lower-case letters, digits and - for a namespace, with a letter or digit \
               at both ends";
    Err(Violation::new(6, why, suggestion(text).replace('.', "-")))
}

/// The GUID without its braces; None if this is not a GUID in braces.
pub(crate) fn bare_guid(text: &str) -> Option<&str> {
    text.strip_prefix('{')?.strip_suffix('}').filter(|bare| is_guid(bare))
}

/// Whether this is a GUID, without braces.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn suggestion(text: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' };
    let name: String = text.chars().take(63).map(allowed).collect();
    format!("a name like {}", or(name.trim_matches(['-', '.']), "bookstore-web"))
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}
