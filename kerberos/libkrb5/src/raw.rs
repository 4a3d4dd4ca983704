//! Safe wrappers of the library's functions. Each handle is freed when dropped, and borrows the context that it is of.

#![allow(unsafe_code, reason = "every foreign call of this package is in this file and its submodules")]

mod cache;
mod context;
mod keytab;
mod login;
mod principal;

/// Declarations that `build.rs` generates.
#[allow(
    clippy::all,
    clippy::multiple_unsafe_ops_per_block,
    clippy::undocumented_unsafe_blocks,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    dead_code,
    unnameable_types,
    unreachable_pub,
    unused_qualifications,
    reason = "generated"
)]
mod ffi {
    include!(concat!(env!("OUT_DIR"), "/krb5.rs"));
}

pub use cache::Ticket;
pub use context::{ErrorKind, Library, LibraryError};
pub use keytab::Key;
