//! The SQL Server stand-in, seen through tiberius.

mod client;
mod faults;
mod locks;
mod login;
mod permissions;
mod scripts;
mod sql;
mod types;
