//! From evidence to causes and fixes: what the table of known failures (`docs/gmsa-facts.md`, section 4) says, by numbers and codes.
//!
//! Pure functions: they look at nothing, they only know. A cause is named only if the evidence fits it; where it fits several, each
//! says what would tell it from the others.

pub(super) mod clock;
pub(super) mod controllers;
pub(super) mod kerberos;
pub(super) mod login;
pub(super) mod name;
pub(super) mod objects;
pub(super) mod port;
pub(super) mod records;
#[cfg(all(unix, feature = "kerberos"))]
pub(super) mod service;
pub(super) mod tls;
