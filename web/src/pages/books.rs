//! The pages about books: the list, one book, and the forms that create, edit and delete one.

mod conflict;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod edit;
pub(crate) mod export;
mod field_comparison;
mod form;
#[cfg(feature = "internals")]
pub mod fuzzing;
pub(crate) mod list;
#[cfg(feature = "internals")]
pub mod measuring;
mod merge;
mod notice;
mod pager;
mod path_id;
pub(crate) mod query;
pub(crate) mod show;
#[cfg(test)]
mod tests;
pub(crate) mod view;
