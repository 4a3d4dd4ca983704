//! Logins that cannot be meant as written: a Windows account with a password, a placeholder instead of a value.

use super::settings::Login;

/// Why a SQL login is probably not what the operator means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginDoubt {
    /// The user is named like a Windows account.
    WindowsAccount,
    /// The user is a placeholder of this form, as `{…}`.
    UserPlaceholder(&'static str),
    /// The password is a placeholder of this form.
    PasswordPlaceholder(&'static str),
}

impl Login {
    /// The doubts about a SQL login. Contains no part of the password.
    #[must_use]
    pub fn doubts(&self) -> Vec<LoginDoubt> {
        let Self::Sql { user, password } = self else { return Vec::new() };
        let placeholder = |text| PLACEHOLDERS.iter().find(|form| form.has(text)).map(|form| form.shown);
        let user = match placeholder(user) {
            Some(form) => Some(LoginDoubt::UserPlaceholder(form)),
            None => is_windows_account(user).then_some(LoginDoubt::WindowsAccount),
        };
        user.into_iter().chain(placeholder(password.expose()).map(LoginDoubt::PasswordPlaceholder)).collect()
    }
}

/// `DOMAIN\user`, which SQL Server does not allow as the name of a SQL login, or the name of a computer or gMSA, which
/// ends in `$`.
fn is_windows_account(user: &str) -> bool {
    user.contains('\\') || user.ends_with('$')
}

/// A form of placeholders.
struct Placeholder {
    start: &'static str,
    end: &'static str,
    /// Whether any name in it makes a placeholder. Otherwise it must contain one of [`WORDS`], because the form itself
    /// may be that of a password.
    any_name: bool,
    shown: &'static str,
}

/// The longer ones first.
const PLACEHOLDERS: &[Placeholder] = &[
    Placeholder { start: "{{", end: "}}", any_name: true, shown: "{{…}}" },
    Placeholder { start: "${", end: "}", any_name: true, shown: "${…}" },
    Placeholder { start: "$(", end: ")", any_name: true, shown: "$(…)" },
    Placeholder { start: "<<", end: ">>", any_name: false, shown: "<<…>>" },
    Placeholder { start: "<", end: ">", any_name: false, shown: "<…>" },
    Placeholder { start: "{", end: "}", any_name: false, shown: "{…}" },
    Placeholder { start: "[", end: "]", any_name: false, shown: "[…]" },
    Placeholder { start: "%", end: "%", any_name: false, shown: "%…%" },
];

/// What placeholders for users and passwords are named after.
const WORDS: &[&str] = &["pass", "pwd", "secret", "user", "login", "your", "here"];

impl Placeholder {
    fn has(&self, text: &str) -> bool {
        let Some(name) = text.strip_prefix(self.start).and_then(|text| text.strip_suffix(self.end)) else {
            return false;
        };
        let is_name_char = |c: char| {
            c.is_ascii_alphabetic() || matches!(c, '_' | '-' | ' ' | '.') || (self.any_name && c.is_ascii_digit())
        };
        let is_name = !name.is_empty() && name.chars().all(is_name_char);
        let name = name.to_ascii_lowercase();
        is_name && (self.any_name || WORDS.iter().any(|word| name.contains(word)))
    }
}
