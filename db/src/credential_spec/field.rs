//! What each field takes. The same rules check a flag, a value from the directory and a file.

use std::net::IpAddr;

use super::Problem;

/// `NetBIOS` names of domains and of accounts end here; Windows cuts or refuses longer ones.
const NETBIOS_MAX: usize = 15;
/// Not allowed in a sAMAccountName, by [MS-ADTS] 3.1.1.6.
const NOT_IN_ACCOUNTS: &str = "\"/\\[]:;|=,+*?<>@";
/// Not allowed in a domain's NetBIOS name.
const NOT_IN_NETBIOS: &str = "\\/:*?\"<>| ";

/// A gMSA's name: its sAMAccountName without the `$`.
///
/// # Errors
/// What is wrong with it.
pub fn account(text: &str) -> Result<(), Problem> {
    let bare = text.rsplit('\\').next().unwrap_or(text).split('@').next().unwrap_or(text).trim_end_matches('$').trim();
    let problem =
        |why: String| Err(Problem::new(30, why, format!("the sAMAccountName alone, like {}", or(bare, "web"))));
    if text.contains(['\\', '@']) {
        return problem("an account's name carries no domain here; the domain has fields of its own".into());
    }
    if text.ends_with('$') {
        return problem("the $ belongs to the account in the directory, not into a credential spec".into());
    }
    if text.is_empty() || text != text.trim() {
        return problem("an account's name has at least one character and no space around it".into());
    }
    if let Some(found) = text.chars().find(|c| c.is_control() || NOT_IN_ACCOUNTS.contains(*c)) {
        return problem(format!("no account's name has a {found:?}"));
    }
    let length = text.chars().count();
    if length > NETBIOS_MAX {
        let why =
            format!("it has {length} characters; the sAMAccountName of a gMSA has at most {NETBIOS_MAX}, beside its $");
        return Err(Problem::new(
            30,
            why,
            "the sAMAccountName, which may be shorter than the account's name".to_owned(),
        ));
    }
    Ok(())
}

/// The DNS name of a domain.
///
/// # Errors
/// What is wrong with it.
pub fn dns_name(text: &str) -> Result<(), Problem> {
    let problem = |why: &str| Err(Problem::new(30, why, "the domain's DNS name, like corp.example.com"));
    if text.parse::<IpAddr>().is_ok() {
        return problem("this is an address, and Kerberos knows domains by name");
    }
    if !text.contains('.') && !text.is_empty() {
        return problem("this has no dot: it is a NetBIOS name where the DNS name belongs");
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() > 255 || !text.split('.').all(is_label) {
        return problem("this is no DNS name: letters, digits and - between dots, without one at the end");
    }
    Ok(())
}

/// The NetBIOS name of a domain.
///
/// # Errors
/// What is wrong with it.
pub fn netbios(text: &str) -> Result<(), Problem> {
    let problem = |why: &str| Err(Problem::new(30, why, "the domain's NetBIOS name, like CORP"));
    if text.contains('.') {
        return problem("this has a dot: it is a DNS name where the NetBIOS name belongs");
    }
    if text.chars().count() > NETBIOS_MAX {
        return problem("a NetBIOS name has at most 15 characters");
    }
    if text.is_empty() || text.chars().any(|c| c.is_control() || NOT_IN_NETBIOS.contains(c)) {
        return problem("a NetBIOS name has at least one character, and no space or any of \\ / : * ? \" < > |");
    }
    Ok(())
}

/// A domain's own SID.
///
/// # Errors
/// What is wrong with it: an account's SID, above all.
pub fn domain_sid(text: &str) -> Result<(), Problem> {
    const FORM: &str = "the domain's SID, S-1-5-21-a-b-c: `(Get-ADDomain).DomainSID`";
    let problem = |why: String, fix: String| Err(Problem::new(30, why, fix));
    let Some(rest) = text.strip_prefix("S-1-5-21-") else {
        return problem("this is not the SID of a domain".into(), FORM.into());
    };
    let parts: Vec<&str> = rest.split('-').collect();
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u32>().is_ok();
    match parts.as_slice() {
        parts if !parts.iter().all(is_number) => {
            problem("the parts of a SID are numbers below 4294967296".into(), FORM.into())
        }
        [_, _, _] => Ok(()),
        [a, b, c, rid] => problem(
            format!("this is the SID of an account or group: its last part, {rid}, numbers it within its domain"),
            format!("the domain's SID, S-1-5-21-{a}-{b}-{c}"),
        ),
        _ => problem("this is not the SID of a domain, which has three numbers after S-1-5-21".into(), FORM.into()),
    }
}

/// Whether this is the SID of an account: a domain's with one more number.
#[must_use]
pub fn is_account_sid(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(domain, rid)| domain_sid(domain).is_ok() && rid.parse::<u32>().is_ok())
}

/// A domain's own GUID, without braces.
///
/// # Errors
/// What is wrong with it.
pub fn domain_guid(text: &str) -> Result<(), Problem> {
    if is_guid(text) {
        return Ok(());
    }
    match bare_guid(text) {
        Some(bare) => Err(Problem::new(30, "the domain's GUID has no braces here", bare.to_owned())),
        None => Err(Problem::new(
            30,
            "this is no GUID",
            "the domain's GUID, 8-4-4-4-12 hex digits: `(Get-ADDomain).ObjectGUID`",
        )),
    }
}

/// A plugin's GUID, with braces.
///
/// # Errors
/// What is wrong with it.
pub fn plugin_guid(text: &str) -> Result<(), Problem> {
    if bare_guid(text).is_some() {
        return Ok(());
    }
    if is_guid(text) {
        let why = "without braces Windows finds no plugin of this GUID, and the container has no account (CCG events 3, 4, 6, 8)";
        return Err(Problem::new(8, why, format!("\"{{{text}}}\"")));
    }
    Err(Problem::new(
        8,
        "this is no GUID",
        "the GUID of the plugin, in quotes and with braces: \"{8-4-4-4-12 hex digits}\"",
    ))
}

/// The name of a cluster's object: a DNS subdomain by RFC 1123.
///
/// # Errors
/// What is wrong with it.
pub fn object_name(text: &str) -> Result<(), Problem> {
    if text.len() <= 253 && text.split('.').all(is_label) {
        return Ok(());
    }
    let why =
        "Kubernetes takes at most 253 lower-case letters, digits, - and . here, with a letter or digit at both ends";
    Err(Problem::new(6, why, suggestion(text)))
}

/// The name of a namespace: a DNS label by RFC 1123.
///
/// # Errors
/// What is wrong with it.
pub fn namespace(text: &str) -> Result<(), Problem> {
    if is_label(text) {
        return Ok(());
    }
    let why = "Kubernetes takes at most 63 lower-case letters, digits and - for a namespace, with a letter or digit at both ends";
    Err(Problem::new(6, why, suggestion(text).replace('.', "-")))
}

/// The GUID inside of braces, if it is that.
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
