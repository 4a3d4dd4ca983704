//! What several pages show: the layout, the identity of the shop, badges, covers, charts and formats.

pub(crate) mod badge;
#[cfg(test)]
mod badge_contrast_tests;
pub(crate) mod chart;
pub(crate) mod cover;
pub(crate) mod currency;
pub(crate) mod error_page;
pub(crate) mod formats;
pub(crate) mod identity_facts;
pub(crate) mod identity_line;
pub(crate) mod layout;
pub(crate) mod login_palette;
pub(crate) mod login_warning;
