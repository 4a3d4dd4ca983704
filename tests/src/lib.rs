//! What the end-to-end suites in `tests/tests/` share.
//!
//! - [`fixture`] creates stores: embedded ones, and databases on the stand-in or on a real SQL Server. [`books`] has
//!   their books, [`sql`] runs statements beside the shop.
//! - `small_disk` (Unix) runs the executable on a disk that can be filled.
//! - [`proxy`] breaks connections between the shop and its database.
//! - [`collector`] receives traces.
//! - [`shop`] runs the executable, [`browser`] uses it without JavaScript, [`switching`] changes its connection string
//!   while clients use it.
//! - `directory` (Linux, feature `kerberos`) leases the real directory of the lab to one test at a time.
//!
//! A suite that this machine cannot run is skipped with a line `SKIPPED` and the reason.

#[expect(clippy::expect_used, reason = "a panic here fails the test")]
pub mod books;
#[expect(clippy::expect_used, reason = "a panic here fails the test")]
pub mod browser;
#[expect(clippy::expect_used, reason = "a panic here fails the test")]
pub mod collector;
#[cfg(all(target_os = "linux", feature = "kerberos"))]
#[expect(clippy::expect_used, clippy::panic, reason = "a panic here fails the test")]
pub mod directory;
#[expect(clippy::expect_used, reason = "a panic here fails the test")]
pub mod fixture;
pub mod proxy;
#[expect(clippy::expect_used, clippy::panic, reason = "a panic here fails the test")]
pub mod server;
#[expect(clippy::expect_used, clippy::panic, reason = "a panic here fails the test")]
pub mod shop;
#[cfg(unix)]
#[expect(clippy::expect_used, reason = "a panic here fails the test")]
pub mod small_disk;
#[expect(clippy::expect_used, clippy::panic, reason = "a panic here fails the test")]
pub mod sql;
#[expect(clippy::expect_used, reason = "a panic here fails the test")]
pub mod switching;
pub mod wait;
