//! Sessions: accept a connection, log the client in, serve its requests.

mod admission;
#[cfg(all(unix, feature = "kerberos"))]
mod gssapi;
mod handshake;
mod integrated;
pub(crate) mod listener;
mod requests;
pub(crate) mod server_state;
