//! A login as a badge: the kind of account in words and as an icon, the name, and a colour. Colour is never the only
//! difference.

use std::ops::Range;

use askama::Template;
use askama::filters::HtmlSafe;

/// The kind of an account, as its name shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountKind {
    /// A name without a domain, like `sa`: a SQL login.
    Sql,
    /// `DOMAIN\name$`: a group managed service account, or a computer's account.
    Managed,
    /// `DOMAIN\name` or `name@domain`: a Windows account of a person or a service.
    Windows,
    /// A name without a domain in the embedded store, where nobody logs in: the account of a process, say.
    Local,
    /// No name: a row of the replaced demo without CreatedBy.
    Unrecorded,
}

impl AccountKind {
    /// In the embedded store only `sa`, which SQL Server alone has, stands for a SQL login.
    pub(super) fn of(login: &str, is_embedded: bool) -> Self {
        match login {
            "" => Self::Unrecorded,
            login if login.ends_with('$') => Self::Managed,
            login if login.contains(['\\', '@']) => Self::Windows,
            login if is_embedded && !login.eq_ignore_ascii_case("sa") => Self::Local,
            _ => Self::Sql,
        }
    }

    /// The numbers of its classes `login-0`, `login-1`, … in `style.css`. No two kinds share one, so that `sa` never
    /// looks like a service account.
    pub(super) const fn colours(self) -> Range<usize> {
        match self {
            Self::Sql => 0..3,
            Self::Managed => 3..7,
            Self::Windows => 7..10,
            Self::Local => 10..11,
            Self::Unrecorded => 11..11,
        }
    }

    /// Its name for people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Sql => "SQL login",
            Self::Managed => "gMSA",
            Self::Windows => "Windows user",
            Self::Local => "Local name",
            Self::Unrecorded => "Row without a creator",
        }
    }

    /// What that is.
    fn explanation(self) -> &'static str {
        match self {
            Self::Sql => "A SQL login: a name and a password",
            Self::Managed => "A group managed service account (gMSA), or a computer’s account: no password in the shop",
            Self::Windows => "A Windows account",
            Self::Local => "A name in the embedded store, where nobody logs in",
            Self::Unrecorded => "The row was inserted without CreatedBy, by the replaced demo",
        }
    }
}

/// The badge of a login.
#[derive(Clone, Debug, Template)]
#[template(path = "badge.html")]
pub(crate) struct Badge {
    pub(super) login: String,
    pub(super) kind: AccountKind,
    pub(super) colour: usize,
}

/// The template escapes its values.
impl HtmlSafe for Badge {}

impl Badge {
    /// The CSS class with the login's colour.
    pub(crate) fn class(&self) -> String {
        match self.kind {
            AccountKind::Unrecorded => "login-others".to_owned(),
            _ => format!("login-{}", self.colour),
        }
    }

    /// Whether the name needs smaller letters where a badge is narrow: most account names are shorter.
    fn is_long(&self) -> bool {
        const LONG: usize = 17;
        self.login.chars().count() > LONG
    }

    /// The login, or what stands in its place.
    pub(crate) fn text(&self) -> String {
        match self.kind {
            AccountKind::Unrecorded => "not recorded".to_owned(),
            _ => self.login.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::login_palette::LoginPalette;

    fn badge(login: &str) -> Badge {
        LoginPalette::default().badge(login)
    }

    #[test]
    fn sa_and_a_gmsa_differ_by_kind_and_colour() {
        let (sa, gmsa) = (badge("sa"), badge(r"BOOKSTORE\webgmsa$"));
        assert_eq!((sa.kind, gmsa.kind), (AccountKind::Sql, AccountKind::Managed));
        assert_ne!(sa.colour, gmsa.colour);
    }

    #[test]
    fn account_with_a_domain_is_a_windows_account() {
        for login in [r"BOOKSTORE\alice", "alice@bookstore.test", r"NT AUTHORITY\SYSTEM"] {
            assert_eq!(badge(login).kind, AccountKind::Windows, "{login}");
        }
    }

    #[test]
    fn process_account_of_the_embedded_store_is_not_a_sql_login() {
        assert_eq!(AccountKind::of("root", true), AccountKind::Local);
        assert_eq!(AccountKind::of("sa", true), AccountKind::Sql);
        assert_eq!(AccountKind::of("root", false), AccountKind::Sql);
    }

    #[test]
    fn row_without_a_creator_is_marked() {
        let html = badge("").to_string();
        assert!(html.contains("not recorded") && html.contains(r#"class="badge login-others""#), "{html}");
    }

    #[test]
    fn badge_names_its_kind_and_escapes_its_login() {
        let html = badge(r"<b>\x$").to_string();
        assert!(html.contains(r"&#60;b&#62;\x$") && !html.contains("<b>"), "{html}");
        assert!(html.contains(">gMSA<"), "{html}");
    }
}
