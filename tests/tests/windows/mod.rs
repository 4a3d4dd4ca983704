//! The Windows executable end to end: under Wine, in a real directory, against the stand-in for SQL Server.

mod login;
mod machine;
mod stopping;
