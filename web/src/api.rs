//! The JSON API under `/api/v1`, and its OpenAPI document at `/api/openapi.json`.
//!
//! The API is strict where the pages are lenient: an unknown or invalid parameter is an error that names it.

mod body;
pub(crate) mod books;
pub(crate) mod identity;
mod if_match;
mod list;
pub(crate) mod openapi;
pub(crate) mod problem;
mod representation;
mod responses;
