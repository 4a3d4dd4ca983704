//! The exchange of tokens, turn by turn.

use std::io;
use std::mem;

use crate::sspi::{Context, Credentials};
use crate::text::Target;

/// An exchange of tokens with a server, until both sides are content.
pub trait NextBytes {
    /// Takes the server's token (`None` at the start) and answers with the one to send.
    ///
    /// An answer that is empty says that the login is complete on this side; the driver still sends it, as an empty message.
    ///
    /// # Errors
    /// What SSPI answered, by the kinds that the package's documentation lists; `InvalidInput` for a call out of turn.
    fn next_bytes(&mut self, bytes: Option<&[u8]>) -> io::Result<Option<Vec<u8>>>;
}

/// One login: the credentials, whom they are for, and how far it has come.
#[derive(Debug)]
pub struct Negotiation {
    // Before the credentials, so that it is given back before them.
    stage: Stage,
    credentials: Credentials,
    target: Target,
}

#[derive(Debug)]
enum Stage {
    New,
    Waiting(Context),
    Over,
}

impl Negotiation {
    pub(crate) fn new(credentials: Credentials, target: Target) -> Self {
        Self { stage: Stage::New, credentials, target }
    }
}

impl NextBytes for Negotiation {
    fn next_bytes(&mut self, bytes: Option<&[u8]>) -> io::Result<Option<Vec<u8>>> {
        let Self { stage, credentials, target } = self;
        // Whatever fails below leaves the login over and its context given back.
        let (context, reply) = match (mem::replace(stage, Stage::Over), bytes) {
            (Stage::New, None) => {
                Context::start(credentials, target).map_err(|status| status.while_("asking for a ticket", target))?
            }
            (Stage::Waiting(mut context), Some(token)) => {
                let reply = context
                    .answer(credentials, target, token)
                    .map_err(|status| status.while_("checking the server's answer", target))?;
                (context, reply)
            }
            (Stage::New, Some(_)) => return Err(out_of_turn("the server spoke first")),
            (Stage::Waiting(_), None) => return Err(out_of_turn("the server's token is missing")),
            (Stage::Over, _) => return Err(out_of_turn("the login is over")),
        };
        if !reply.complete {
            *stage = Stage::Waiting(context);
        }
        Ok(Some(reply.token))
    }
}

fn out_of_turn(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("SSPI login called out of turn: {what}"))
}
