//! What the system's MIT Kerberos library knows: its configuration, ticket caches and keytabs, as a login by it uses
//! them; and logins by keytab or password. Nothing is parsed beside the library, so both always agree.
//!
//! The published bindings do not do: `libkrb5` is unmaintained, `krb5-sys` incomplete, `kadmin` needs the
//! administration library, and `libgssapi` has neither configuration nor keytabs. `raw` therefore calls the functions
//! itself; it is the one module with unsafe code, and its declarations are generated from the library's header. No key
//! leaves it. Calls block: a cache may be at a daemon, a file may be a pipe.
//! Without the feature `library`, and on Windows, this package is empty.

#![cfg(all(unix, feature = "library"))]

mod raw;

pub use raw::{ErrorKind, Key, Library, LibraryError, Ticket};
