//! Tests of the pages on the embedded store, without a network.

mod conflicts;
mod errors;
mod export;
mod list;
mod saving;
mod shop;
