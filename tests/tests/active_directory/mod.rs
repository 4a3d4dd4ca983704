//! Integrated login end to end: a real directory, the executable, a browser, and the stand-in for SQL Server.

mod credential_spec;
mod faults;
mod identity;
pub(crate) mod site;
mod switching;
