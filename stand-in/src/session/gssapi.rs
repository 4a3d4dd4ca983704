//! The acceptor of GSSAPI logins: Kerberos, plain or in SPNEGO. SQL Server accepts both.

use crate::wire::messages::ReplyWriter;
use crate::wire::messages::read_message;
use crate::wire::packet::MessageKind;
use crate::wire::tls::Stream;
use crate::wire::tokens::Tokens;
use bytes::Bytes;
use libgssapi::context::{SecurityContext, ServerCtx};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_MECH_SPNEGO, OidSet};
use std::io;

/// The most rounds of a login. SPNEGO needs two if the client's first choice of mechanism is not accepted.
const MAX_ROUNDS: usize = 4;
/// The signature of NTLM messages (MS-NLMP 2.2.1).
const NTLM: &[u8] = b"NTLMSSP\0";
/// The message types of the client's further tokens: SSPI on Windows, LOGIN7 from clients on Unix.
const FURTHER: [MessageKind; 2] = [MessageKind::Sspi, MessageKind::Login];

/// Authenticates the client, starting with the token of its LOGIN7. `None` if that fails.
pub(super) async fn principal(first: &[u8], stream: &mut Box<dyn Stream>) -> io::Result<Option<String>> {
    let (mut context, mut token) = (None, Bytes::copy_from_slice(first));
    for _ in 0..MAX_ROUNDS {
        if token.windows(NTLM.len()).any(|part| part == NTLM) {
            return Ok(None);
        }
        let step = move || accept(context, &token);
        let step = tokio::task::spawn_blocking(step).await.map_err(io::Error::other)?;
        let Ok(Step { context: stepped, reply }) = step else { return Ok(None) };
        if let Some(reply) = &reply {
            send(stream, reply).await?;
        }
        // A completed client sends nothing more. The next message is the reply to the login.
        if stepped.is_complete() {
            return Ok(source(&stepped).ok());
        }
        token = read_message(stream, &FURTHER).await?;
        context = Some(stepped);
    }
    Ok(None)
}

struct Step {
    context: ServerCtx,
    reply: Option<Vec<u8>>,
}

/// One step of the exchange. It reads the keytab and the replay cache, so it must not run on an async thread.
fn accept(context: Option<ServerCtx>, token: &[u8]) -> Result<Step, Error> {
    let mut context = match context {
        Some(context) => context,
        None => {
            let mut mechanisms = OidSet::singleton(GSS_MECH_KRB5)?;
            mechanisms.add(GSS_MECH_SPNEGO)?;
            ServerCtx::new(Some(Cred::acquire(None, None, CredUsage::Accept, Some(&mechanisms))?))
        }
    };
    let reply = context.step(token, None)?.map(|reply| reply.to_vec());
    Ok(Step { context, reply })
}

async fn send(stream: &mut Box<dyn Stream>, token: &[u8]) -> io::Result<()> {
    let mut tokens = Tokens::default();
    tokens.sspi(token);
    let mut writer = ReplyWriter::new(stream);
    writer.write(&tokens.bytes).await?;
    writer.finish().await
}

fn source(context: &ServerCtx) -> Result<String, Error> {
    Ok(String::from_utf8_lossy(&context.source_name()?.display_name()?).into_owned())
}
