//! What the fuzzers run: one function per kind of input that comes from outside. A panic is a finding.
//!
//! `fuzz/run.sh` runs them with cargo-fuzz; the tests of this crate replay the committed seeds with the stable
//! toolchain. Ticket caches and keytabs (feature `kerberos`) are in `credentials`.

#[cfg(all(unix, feature = "kerberos"))]
mod credentials;
mod seeds;

use std::cell::LazyCell;

use bookstore_db::connection_string::ConnectionString;
use bookstore_db::sql_server::replay::{self, Stage};
use bookstore_gmsa::preflight::{Input, SourceFile, check};
use tokio::runtime::{Builder, Runtime};

#[cfg(all(unix, feature = "kerberos"))]
pub use credentials::{credential_cache, keytab};

/// A target: its name, which is also the folder of its seeds, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets. `fuzz/fuzz_targets/` has a file per target.
pub const TARGETS: &[Target] = &[
    ("connection_string", connection_string),
    ("credential_spec", credential_spec),
    ("manifest", manifest),
    ("book_form", book_form),
    ("list_query", list_query),
    ("server_reply", server_reply),
    #[cfg(all(unix, feature = "kerberos"))]
    ("credential_cache", credential_cache),
    #[cfg(all(unix, feature = "kerberos"))]
    ("keytab", keytab),
];

/// Parses a connection string. What is printed of a valid one is parsed to the same settings.
#[expect(clippy::panic, reason = "a finding")]
pub fn connection_string(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match ConnectionString::parse(&text) {
        Ok(parsed) => {
            let printed = parsed.to_secret_string();
            let again = ConnectionString::parse(&printed);
            let same = again.as_ref().is_ok_and(|again| again.target == parsed.target);
            assert!(same, "{printed:?} is not what {text:?} means: {again:?}");
        }
        Err(error) if error.to_string().is_empty() => panic!("{text:?} is refused without a reason"),
        Err(_) => {}
    }
}

/// Checks a credential spec.
pub fn credential_spec(bytes: &[u8]) {
    let _ = check(Input { credential_specs: vec![source(bytes)], ..Input::default() });
}

/// Checks manifests.
pub fn manifest(bytes: &[u8]) {
    let _ = check(Input { manifests: vec![source(bytes)], ..Input::default() });
}

fn source(bytes: &[u8]) -> SourceFile {
    let text = String::from_utf8_lossy(bytes).into_owned();
    SourceFile { name: "input".to_owned(), text, has_byte_order_mark: false }
}

/// Parses a submitted form and checks its fields.
pub fn book_form(bytes: &[u8]) {
    bookstore_web::fuzzing::book_form(bytes);
}

/// Parses the query of the list's address, and its normalized form again.
pub fn list_query(bytes: &[u8]) {
    bookstore_web::fuzzing::list_query(&String::from_utf8_lossy(bytes));
}

thread_local! {
    static RUNTIME: LazyCell<Option<Runtime>> =
        LazyCell::new(|| Builder::new_current_thread().enable_all().build().ok());
}

/// Reads the bytes as a server's reply. The first one chooses the request that gets it.
pub fn server_reply(bytes: &[u8]) {
    let Some((stage, reply)) = bytes.split_first() else { return };
    let stage = match stage % 8 {
        0 => Stage::Prelogin,
        1 => Stage::Login,
        _ => Stage::Statement,
    };
    RUNTIME.with(|runtime| {
        if let Some(runtime) = &**runtime {
            // Most replies are refused; that none panics is the property.
            let _ = runtime.block_on(replay::read(stage, reply));
        }
    });
}
