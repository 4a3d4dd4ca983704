//! The Windows executable end to end: under Wine, in a real directory, against the stand-in for SQL Server.

mod certificates;
mod encryption;
mod login;
mod machine;
mod program;
mod relay;
mod stopping;
