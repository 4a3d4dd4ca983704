//! The keywords that SqlClient knows and that change nothing here, one line each: what they take, and why they are moot.
//!
//! A value that asks for what happens anyway (`Persist Security Info=False`) is taken in silence; any other is a warning, or an
//! error where passing over it would give people something else than they asked for.

use super::{
    ParseError, Warning,
    assignments::{Assignments, SWITCH},
    keywords::Keyword,
};

use Outcome::{AsHere, Refused, WithoutEffect};

/// What becomes of a value that is well formed.
#[derive(Clone, Copy)]
enum Outcome {
    /// It asks for what happens anyway.
    AsHere,
    WithoutEffect(&'static str),
    Refused(&'static str),
}

/// The values that a keyword takes.
enum Rule {
    /// A switch: what `true` and `false` come to.
    Switch { on: Outcome, off: Outcome },
    /// One of these words.
    Words(&'static [(&'static str, Outcome)]),
    /// A text of at most 128 UTF-16 code units, SqlClient's limit for names.
    Name(&'static str),
    /// Any text.
    Text(&'static str),
}

const ENTRA: Outcome = Refused(
    "Microsoft Entra ID logins are not supported; write Integrated Security=true for Kerberos, or User ID=… and Password=… for a SQL login",
);
const NOT_TCP: Outcome = Refused("only TCP is spoken here; remove it, or write Network Library=dbmssocn");
const NOT_MIRRORED: &str =
    "database mirroring is not followed; name the listener of an availability group as the server";
const NO_ENCLAVE: &str = "no encrypted columns are read, so no enclave is asked";
const EVERY_ADDRESS: Outcome = WithoutEffect("every address of the server's name is tried, in the order of the system");
const NO_TRANSACTIONS: &str = "no System.Transactions exist here";
const OWN_TYPES: Outcome = WithoutEffect("the types of TDS 7.4 are used");

/// The rule of a keyword, if it is one of those that are moot.
fn rule(keyword: Keyword) -> Option<Rule> {
    let moot = |reason| Rule::Switch { on: WithoutEffect(reason), off: AsHere };
    Some(match keyword {
        Keyword::Authentication => Rule::Words(&[
            ("SqlPassword", AsHere),
            ("ActiveDirectoryPassword", ENTRA),
            ("ActiveDirectoryIntegrated", ENTRA),
            ("ActiveDirectoryInteractive", ENTRA),
            ("ActiveDirectoryServicePrincipal", ENTRA),
            ("ActiveDirectoryDeviceCodeFlow", ENTRA),
            ("ActiveDirectoryManagedIdentity", ENTRA),
            ("ActiveDirectoryMSI", ENTRA),
            ("ActiveDirectoryDefault", ENTRA),
            ("ActiveDirectoryWorkloadIdentity", ENTRA),
        ]),
        Keyword::AsynchronousProcessing => {
            Rule::Switch { on: AsHere, off: WithoutEffect("every command is asynchronous") }
        }
        Keyword::AttestationProtocol => {
            Rule::Words(&[("AAS", WithoutEffect(NO_ENCLAVE)), ("HGS", WithoutEffect(NO_ENCLAVE)), ("None", AsHere)])
        }
        Keyword::ColumnEncryptionSetting => {
            Rule::Words(&[("Enabled", WithoutEffect("the books have no encrypted columns")), ("Disabled", AsHere)])
        }
        Keyword::ConnectionReset => moot("statements leave no state on a connection, so none is reset"),
        Keyword::ContextConnection => Rule::Switch {
            on: Refused("the shop does not run inside a SQL Server; remove it and write Server=…"),
            off: AsHere,
        },
        Keyword::CurrentLanguage => Rule::Name("the login's own language is used"),
        Keyword::EnclaveAttestationUrl => Rule::Text(NO_ENCLAVE),
        Keyword::Enlist => moot(NO_TRANSACTIONS),
        Keyword::FailoverPartner => Rule::Name(NOT_MIRRORED),
        Keyword::FailoverPartnerSpn => Rule::Text(NOT_MIRRORED),
        Keyword::IpAddressPreference => {
            Rule::Words(&[("IPv4First", EVERY_ADDRESS), ("IPv6First", EVERY_ADDRESS), ("UsePlatformDefault", AsHere)])
        }
        Keyword::MultipleActiveResultSets => moot("a connection runs one statement at a time"),
        Keyword::NetworkLibrary => Rule::Words(&[
            ("dbmssocn", AsHere),
            ("dbnmpntw", NOT_TCP),
            ("dbmslpcn", NOT_TCP),
            ("dbmsrpcn", NOT_TCP),
            ("dbmsvinn", NOT_TCP),
            ("dbmsadsn", NOT_TCP),
            ("dbmsspxn", NOT_TCP),
            ("dbmsgnet", NOT_TCP),
        ]),
        Keyword::PersistSecurityInfo => moot("a password is never given back"),
        Keyword::PoolBlockingPeriod => Rule::Words(&[
            ("Auto", WithoutEffect("a failed connection blocks no later one")),
            ("AlwaysBlock", WithoutEffect("a failed connection blocks no later one")),
            ("NeverBlock", AsHere),
        ]),
        Keyword::Replication => moot("the shop takes no part in replication"),
        Keyword::TransactionBinding => Rule::Words(&[
            ("Implicit Unbind", WithoutEffect(NO_TRANSACTIONS)),
            ("Explicit Unbind", WithoutEffect(NO_TRANSACTIONS)),
        ]),
        Keyword::TransparentNetworkIpResolution => Rule::Switch { on: AsHere, off: EVERY_ADDRESS },
        Keyword::TypeSystemVersion => Rule::Words(&[
            ("Latest", AsHere),
            ("SQL Server 2012", OWN_TYPES),
            ("SQL Server 2008", OWN_TYPES),
            ("SQL Server 2005", OWN_TYPES),
            ("SQL Server 2000", OWN_TYPES),
        ]),
        Keyword::UserInstance => Rule::Switch {
            on: Refused(
                "user instances belong to SQL Server Express on Windows; remove it, or write Server=(embedded)",
            ),
            off: AsHere,
        },
        _ => return None,
    })
}

/// Whether [`check`] speaks about this keyword.
pub(super) fn cover(keyword: Keyword) -> bool {
    rule(keyword).is_some()
}

/// Checks the values of all moot keywords.
pub(super) fn check(assignments: &Assignments) -> Result<Vec<Warning>, ParseError> {
    let mut warnings = Vec::new();
    for keyword in assignments.keywords() {
        let Some(rule) = rule(keyword) else { continue };
        match outcome(assignments, keyword, &rule)? {
            AsHere => {}
            WithoutEffect(reason) => {
                warnings.push(Warning::WithoutEffect { keyword: assignments.name(keyword), reason })
            }
            Refused(reason) => return Err(ParseError::Refused { keyword: assignments.name(keyword), reason }),
        }
    }
    Ok(warnings)
}

fn outcome(assignments: &Assignments, keyword: Keyword, rule: &Rule) -> Result<Outcome, ParseError> {
    Ok(match rule {
        Rule::Switch { on, off } => match assignments.choice(keyword, SWITCH)? {
            Some(true) => *on,
            _ => *off,
        },
        Rule::Words(words) => assignments.choice(keyword, words)?.unwrap_or(AsHere),
        Rule::Name(reason) => {
            assignments.short_text(keyword, 128)?;
            WithoutEffect(reason)
        }
        Rule::Text(reason) => WithoutEffect(reason),
    })
}
