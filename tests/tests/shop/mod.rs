//! The whole shop from outside: the executable, HTTP, and the database behind it.

mod cancelling;
mod comparing;
#[cfg(all(target_os = "linux", feature = "kerberos"))] // `skip` is there only
mod disk_full;
mod durability;
mod journeys;
#[cfg(target_os = "linux")]
mod keepalive;
mod outage;
mod repeating;
mod secrets;
mod sharing;
mod switching;
mod switching_under_load;
mod time_zones;
mod unavailable;
