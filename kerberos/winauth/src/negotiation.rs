//! The exchange of tokens between client and server.

use std::io;
use std::mem;

use crate::sspi::{Context, Credentials};
use crate::text::Target;

/// The exchange of tokens with a server until both sides have finished.
pub trait NextBytes {
    /// Takes the server's token (`None` for the first call) and returns the token to send.
    ///
    /// An empty token completes the login on this side; the driver still sends it, as an empty message.
    ///
    /// # Errors
    /// `Other` if SSPI fails, with its status in the text; `InvalidInput` for a call out of order.
    fn next_bytes(&mut self, bytes: Option<&[u8]>) -> io::Result<Option<Vec<u8>>>;
}

/// One login: its credentials, its target and its state.
#[derive(Debug)]
pub struct Negotiation {
    // Declared before the credentials, so that its context is released before them.
    state: State,
    credentials: Credentials,
    target: Target,
}

#[derive(Debug)]
enum State {
    New,
    Continuing(Context),
    Finished,
}

impl Negotiation {
    pub(crate) fn new(credentials: Credentials, target: Target) -> Self {
        Self { state: State::New, credentials, target }
    }
}

impl NextBytes for Negotiation {
    fn next_bytes(&mut self, bytes: Option<&[u8]>) -> io::Result<Option<Vec<u8>>> {
        let Self { state, credentials, target } = self;
        // A failure below leaves the login finished and its context released.
        let (context, reply) = match (mem::replace(state, State::Finished), bytes) {
            (State::New, None) => Context::start(credentials, target)
                .map_err(|status| status.into_error("asking for a ticket", target.name()))?,
            (State::Continuing(mut context), Some(token)) => {
                let reply = context
                    .answer(credentials, target, token)
                    .map_err(|status| status.into_error("checking the server's answer", target.name()))?;
                (context, reply)
            }
            (State::New, Some(_)) => return Err(out_of_order("the server sent the first token")),
            (State::Continuing(_), None) => return Err(out_of_order("the server's token is missing")),
            (State::Finished, _) => return Err(out_of_order("the login has finished")),
        };
        if !reply.is_complete {
            *state = State::Continuing(context);
        }
        Ok(Some(reply.token))
    }
}

fn out_of_order(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("SSPI login called out of order: {what}"))
}
