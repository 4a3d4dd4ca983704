//! The whole shop through its front door: the executable, HTTP, and the database behind it.

mod cancelling;
mod database_away;
mod durability;
mod journeys;
mod secrets;
mod sharing;
