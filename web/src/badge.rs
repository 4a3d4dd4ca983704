//! A login as a badge: its name, a colour derived from the name, and an icon for the kind of account, so that nobody has to
//! tell logins apart by colour.

use std::ops::Range;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::hash::fnv1a;

/// What the form of a login's name says about the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountKind {
    /// A name without a domain: a login that SQL Server keeps, like `sa`.
    Sql,
    /// `DOMAIN\name` or `name@domain`: a person's or a service's Windows account.
    Windows,
    /// `DOMAIN\name$`: a group-managed service account, or a computer's own.
    Managed,
}

impl AccountKind {
    fn of(login: &str) -> Self {
        match login {
            login if login.ends_with('$') => Self::Managed,
            login if login.contains(['\\', '@']) => Self::Windows,
            _ => Self::Sql,
        }
    }

    /// The classes `badge-0`, `badge-1`, … of `style.css` that are for this kind. No two kinds share one, so that `sa` never
    /// looks like a service account.
    const fn colours(self) -> Range<u64> {
        match self {
            Self::Sql => 0..3,
            Self::Windows => 3..5,
            Self::Managed => 5..8,
        }
    }

    /// The kind in words.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Sql => "SQL login",
            Self::Windows => "Windows account",
            Self::Managed => "Managed service account",
        }
    }
}

/// A login, ready to be shown.
#[derive(Clone, Debug, Template)]
#[template(path = "badge.html")]
pub(crate) struct Badge {
    /// `DOMAIN\`, after which a long name may go on in the next line; empty without a domain.
    domain: String,
    name: String,
    kind: AccountKind,
    colour: u64,
}

/// The template escapes the name.
impl HtmlSafe for Badge {}

impl Badge {
    pub(crate) fn of(login: &str) -> Self {
        // SQL Server's names do not differ by case under its usual collations, so neither do their colours.
        let hash = fnv1a(login.to_lowercase().as_bytes());
        let kind = AccountKind::of(login);
        let colours = kind.colours();
        let (domain, name) = login.split_at(login.find('\\').map_or(0, |at| at + 1));
        Self {
            domain: domain.to_owned(),
            name: name.to_owned(),
            kind,
            colour: colours.start + hash % (colours.end - colours.start),
        }
    }

    /// The class that gives this login its colour, wherever it is drawn.
    pub(crate) fn class(&self) -> String {
        format!("badge-{}", self.colour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sa_and_a_gmsa_differ_by_kind_and_by_colour() {
        let (sa, gmsa) = (Badge::of("sa"), Badge::of(r"BOOKSTORE\webgmsa$"));
        assert_eq!((sa.kind, gmsa.kind), (AccountKind::Sql, AccountKind::Managed));
        assert_ne!(sa.colour, gmsa.colour);
    }

    #[test]
    fn windows_accounts_are_known_by_their_domain() {
        for login in [r"BOOKSTORE\alice", "alice@bookstore.test", r"NT AUTHORITY\SYSTEM"] {
            assert_eq!(Badge::of(login).kind, AccountKind::Windows, "{login}");
        }
    }

    #[test]
    fn a_colour_does_not_depend_on_case() {
        assert_eq!(Badge::of(r"Bookstore\WebGMSA$").colour, Badge::of(r"BOOKSTORE\webgmsa$").colour);
    }

    #[test]
    fn a_name_is_escaped_and_keeps_its_backslash() {
        let html = Badge::of(r"<b>\x$").to_string();
        assert!(html.contains(r"&#60;b&#62;\<wbr>x$") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn the_style_has_every_colour() {
        let style = include_str!("../static/style.css");
        for kind in [AccountKind::Sql, AccountKind::Windows, AccountKind::Managed] {
            for colour in kind.colours() {
                assert!(style.contains(&format!(".badge-{colour} ")), "{colour}");
            }
        }
    }
}
