//! Rules for the keywords of SqlClient that have no effect here: which values they accept, and why they have no effect.
//!
//! A value that asks for what happens anyway (`Persist Security Info=False`) is accepted silently. Other values are a
//! warning, or an error if ignoring them would give users something other than they asked for.

use super::assignments::{Assignments, SWITCH};
use super::error::{ParseError, Warning};
use super::keywords::Keyword;

use Outcome::{Accepted, NoEffect, Refused};

/// What happens with a valid value.
#[derive(Clone, Copy)]
enum Outcome {
    /// It asks for what happens anyway.
    Accepted,
    NoEffect(&'static str),
    Refused(&'static str),
}

/// The values that a keyword accepts, and their outcomes.
enum Rule {
    /// `true` or `false`.
    Switch { on: Outcome, off: Outcome },
    /// One of these words.
    Words(&'static [(&'static str, Outcome)]),
    /// A text of at most 128 UTF-16 code units, SqlClient's limit for names; has no effect.
    Name(&'static str),
    /// Any text; has no effect.
    Text(&'static str),
}

const NOT_TCP: Outcome = Refused("only TCP is supported; remove it, or write Network Library=dbmssocn");
const NOT_MIRRORED: &str =
    "database mirroring is not supported; name the listener of an availability group as the server";
const NO_ENCLAVE: &str = "the shop reads no encrypted columns, so it needs no enclave";
const EVERY_ADDRESS: Outcome = NoEffect("every address of the server's name is tried, in the order of the system");
const NO_TRANSACTIONS: &str = "there are no System.Transactions here";
const OWN_TYPES: Outcome = NoEffect("the types of TDS 7.4 are used");

/// Returns the rule of a keyword that has no effect here.
fn rule(keyword: Keyword) -> Option<Rule> {
    let no_effect = |reason| Rule::Switch { on: NoEffect(reason), off: Accepted };
    Some(match keyword {
        // `interpret.rs` refuses the logins of Microsoft Entra ID before anything else.
        Keyword::Authentication => Rule::Words(&[("SqlPassword", Accepted), ("Sql Password", Accepted)]),
        Keyword::AsynchronousProcessing => {
            Rule::Switch { on: Accepted, off: NoEffect("every command is asynchronous") }
        }
        Keyword::AttestationProtocol => {
            Rule::Words(&[("AAS", NoEffect(NO_ENCLAVE)), ("HGS", NoEffect(NO_ENCLAVE)), ("None", Accepted)])
        }
        Keyword::ColumnEncryptionSetting => {
            Rule::Words(&[("Enabled", NoEffect("the books have no encrypted columns")), ("Disabled", Accepted)])
        }
        Keyword::ConnectionReset => {
            no_effect("statements leave no state on a connection, so connections are not reset")
        }
        Keyword::ContextConnection => Rule::Switch {
            on: Refused("the shop does not run inside a SQL Server; remove it and write Server=…"),
            off: Accepted,
        },
        Keyword::CurrentLanguage => Rule::Name("the login's own language is used"),
        Keyword::EnclaveAttestationUrl => Rule::Text(NO_ENCLAVE),
        Keyword::Enlist => no_effect(NO_TRANSACTIONS),
        Keyword::FailoverPartner => Rule::Name(NOT_MIRRORED),
        Keyword::FailoverPartnerSpn => Rule::Text(NOT_MIRRORED),
        Keyword::IpAddressPreference => {
            Rule::Words(&[("IPv4First", EVERY_ADDRESS), ("IPv6First", EVERY_ADDRESS), ("UsePlatformDefault", Accepted)])
        }
        Keyword::MultipleActiveResultSets => no_effect("a connection runs one statement at a time"),
        Keyword::NetworkLibrary => Rule::Words(&[
            ("dbmssocn", Accepted),
            ("dbnmpntw", NOT_TCP),
            ("dbmslpcn", NOT_TCP),
            ("dbmsrpcn", NOT_TCP),
            ("dbmsvinn", NOT_TCP),
            ("dbmsadsn", NOT_TCP),
            ("dbmsspxn", NOT_TCP),
            ("dbmsgnet", NOT_TCP),
        ]),
        Keyword::PersistSecurityInfo => no_effect("the password is never returned"),
        Keyword::Replication => no_effect("the shop does not take part in replication"),
        Keyword::TransactionBinding => Rule::Words(&[
            ("Implicit Unbind", NoEffect(NO_TRANSACTIONS)),
            ("Explicit Unbind", NoEffect(NO_TRANSACTIONS)),
        ]),
        Keyword::TransparentNetworkIpResolution => Rule::Switch { on: Accepted, off: EVERY_ADDRESS },
        Keyword::TypeSystemVersion => Rule::Words(&[
            ("Latest", Accepted),
            ("SQL Server 2012", OWN_TYPES),
            ("SQL Server 2008", OWN_TYPES),
            ("SQL Server 2005", OWN_TYPES),
            ("SQL Server 2000", OWN_TYPES),
        ]),
        Keyword::UserInstance => Rule::Switch {
            on: Refused(
                "user instances belong to SQL Server Express on Windows; remove it, or write Server=(embedded)",
            ),
            off: Accepted,
        },
        _ => return None,
    })
}

/// Whether [`check`] covers this keyword.
pub(super) fn has_rule(keyword: Keyword) -> bool {
    rule(keyword).is_some()
}

/// Checks the values of all keywords that have a rule.
pub(super) fn check(assignments: &Assignments) -> Result<Vec<Warning>, ParseError> {
    let mut warnings = Vec::new();
    for keyword in assignments.keywords() {
        let Some(rule) = rule(keyword) else { continue };
        match outcome(assignments, keyword, &rule)? {
            Accepted => {}
            NoEffect(reason) => warnings.push(Warning::NoEffect { keyword: assignments.name(keyword), reason }),
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
        Rule::Words(words) => assignments.choice(keyword, words)?.unwrap_or(Accepted),
        Rule::Name(reason) => {
            assignments.short_text(keyword, 128)?;
            NoEffect(reason)
        }
        Rule::Text(reason) => NoEffect(reason),
    })
}
