//! The doctor, asked as an operator asks it: each row of the table of known failures that can be seen from inside is made to happen,
//! and the verdict names its cause and its fix. What a verdict has to say is `case.rs`'s `Expected`; the rows are in `directory/` and
//! `server.rs`.

mod case;
#[cfg(all(target_os = "linux", feature = "kerberos"))]
mod directory;
#[cfg(all(target_os = "linux", feature = "kerberos"))]
mod name_server;
mod report;
mod server;
