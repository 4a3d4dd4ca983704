//! Integrated login end to end: a real directory, the executable, a browser, and the stand-in for SQL Server.

mod configurations;
mod credential_spec;
mod faults;
mod identity;
mod kcm;
mod lab;
pub(crate) mod site;
mod switching;
mod ticket;
