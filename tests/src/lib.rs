//! What the suites share.

pub mod stand_in;
