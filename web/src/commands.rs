//! The commands of the program. Each reads its settings, does its work and prints its result.

pub(crate) mod backup;
pub(crate) mod credspec;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod gmsa_ticket;
pub(crate) mod healthcheck;
pub(crate) mod migrate;
mod preflight;
pub(crate) mod serve;
mod terminal;
mod traced;
