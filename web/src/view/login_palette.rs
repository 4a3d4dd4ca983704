//! The colours of logins: which of its kind's colours a login has.

use std::collections::HashMap;
use std::hash::Hasher;

use bookstore_db::identity::{AuthScheme, LoginState};
use bookstore_db::list::CreatorCount;
use fnv::FnvHasher;

use super::badge::{AccountKind, Badge};

/// The colours of the logins on a page.
///
/// A login's colour follows from its name: every replica and every page has the same one. Where several logins are
/// shown and two of a kind would share a colour, the one that came later gets another.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoginPalette {
    /// By login in lower case: under SQL Server's usual collations names are equal in any case.
    assigned: HashMap<String, usize>,
    is_embedded: bool,
}

impl LoginPalette {
    /// For a page that shows one login at a time.
    pub(crate) fn of(state: &LoginState) -> Self {
        let is_embedded = state.identity.as_deref().is_some_and(|it| it.auth_scheme == AuthScheme::Embedded);
        Self { assigned: HashMap::new(), is_embedded }
    }

    /// For a page that shows all these logins.
    pub(crate) fn of_creators<'a>(state: &LoginState, creators: impl IntoIterator<Item = &'a CreatorCount>) -> Self {
        let mut palette = Self::of(state);
        let mut creators: Vec<&CreatorCount> = creators.into_iter().collect();
        creators.sort_by(|a, b| (a.first_on, &a.created_by).cmp(&(b.first_on, &b.created_by)));
        for creator in creators {
            let login = creator.created_by.to_lowercase();
            let own = palette.own_colour(&login);
            let colours = AccountKind::of(&login, palette.is_embedded).colours();
            let is_free = |colour: &usize| !palette.assigned.values().any(|taken| taken == colour);
            let colour = std::iter::once(own).chain(colours).find(is_free).unwrap_or(own);
            palette.assigned.insert(login, colour);
        }
        palette
    }

    /// The badge of a login.
    pub(crate) fn badge(&self, login: &str) -> Badge {
        let key = login.to_lowercase();
        let colour = self.assigned.get(&key).copied().unwrap_or_else(|| self.own_colour(&key));
        Badge { login: login.to_owned(), kind: AccountKind::of(login, self.is_embedded), colour }
    }

    /// The colour by name. FNV gives the same one in every replica and every build.
    fn own_colour(&self, login: &str) -> usize {
        let mut hasher = FnvHasher::default();
        hasher.write(login.as_bytes());
        let colours = AccountKind::of(login, self.is_embedded).colours();
        let count = (colours.len() as u64).max(1);
        colours.start + usize::try_from(hasher.finish() % count).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use time::macros::datetime;

    const NOBODY: LoginState = LoginState { identity: None, since: None, outage: None };

    fn creator(login: &str) -> CreatorCount {
        let on = Some(datetime!(2026-03-05 12:00 UTC));
        CreatorCount { created_by: login.to_owned(), books: 1, first_on: on, last_on: on }
    }

    #[test]
    fn colour_ignores_case() {
        let colour = |login| LoginPalette::default().badge(login).colour;
        assert_eq!(colour(r"Bookstore\WebGMSA$"), colour(r"BOOKSTORE\webgmsa$"));
    }

    #[test]
    fn two_service_accounts_on_a_page_never_share_a_colour() {
        for first in 0..20 {
            let logins = [0, 1, 2, 3].map(|n| creator(&format!(r"D\web{}$", first + n)));
            let palette = LoginPalette::of_creators(&NOBODY, &logins);
            let colours: BTreeSet<_> = logins.iter().map(|it| palette.badge(&it.created_by).colour).collect();
            assert_eq!(colours.len(), 4);
        }
    }

    #[test]
    fn login_alone_on_a_page_has_the_colour_of_its_name() {
        let login = creator(r"D\web$");
        let alone = LoginPalette::of_creators(&NOBODY, [&login]).badge(&login.created_by).colour;
        assert_eq!(alone, LoginPalette::default().badge(&login.created_by).colour);
    }
}
