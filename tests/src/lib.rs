//! What the suites share: stores, books, the shop as a process, a browser, and the SQL Server stand-in.

#[expect(clippy::expect_used, reason = "what fails here fails a test")]
pub mod books;
#[expect(clippy::expect_used, reason = "what fails here fails a test")]
pub mod browser;
#[cfg(all(target_os = "linux", feature = "kerberos"))]
#[expect(clippy::expect_used, clippy::panic, reason = "what fails here fails a test")]
pub mod directory;
#[expect(clippy::expect_used, clippy::panic, reason = "what fails here fails a test")]
pub mod fixture;
#[expect(clippy::expect_used, clippy::panic, reason = "what fails here fails a test")]
pub mod shop;
pub mod sql;
pub mod stand_in;
#[expect(clippy::expect_used, clippy::panic, reason = "what fails here fails a test")]
pub mod toggle;
