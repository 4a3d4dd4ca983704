//! What readers are promised, under every schedule that a generator thinks of.
//!
//! `model.rs` compares the shared reads, event by event, with a few lines that say what should happen; `schedules.rs` cuts the
//! events short at arbitrary points; `threads.rs` lets real threads race.

mod model;
mod schedules;
mod threads;
mod world;
