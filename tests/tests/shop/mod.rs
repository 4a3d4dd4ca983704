//! The whole shop through its front door: the executable, HTTP, and the database behind it.

mod cancelling;
mod comparing;
mod database_away;
mod durability;
mod journeys;
#[cfg(target_os = "linux")]
mod keepalive;
mod secrets;
mod sharing;
mod switching;
mod switching_under_load;
