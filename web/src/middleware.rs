//! What surrounds every route. The order is in `routes.rs`.

pub(crate) mod access;
pub(crate) mod compression;
pub(crate) mod failure;
pub(crate) mod headers;
pub(crate) mod one_store;
pub(crate) mod request_id;
