//! The guarantees of single flight under generated schedules.
//!
//! `model.rs` compares it after each event with a model of a few lines; `schedules.rs` lets events overlap;
//! `threads.rs` runs it on several threads.

mod model;
mod schedules;
mod threads;
mod world;
