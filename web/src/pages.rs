//! The pages for people, in HTML.

pub(crate) mod api_docs;
pub(crate) mod books;
pub(crate) mod compare;
pub(crate) mod diagnostics;
pub(crate) mod events;
pub(crate) mod home;
pub(crate) mod identity;
pub(crate) mod legacy;
