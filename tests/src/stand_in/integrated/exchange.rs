//! The acceptor's side of GSSAPI, by Kerberos alone or wrapped in SPNEGO, as SQL Server takes both.

use super::super::handshake::{Stream, read};
use super::super::packet::{Kind, ReplyWriter};
use super::super::tokens::Tokens;
use bytes::Bytes;
use libgssapi::context::{SecurityContext, ServerCtx};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_MECH_SPNEGO, OidSet};
use std::io;

/// No client of SQL Server needs more: SPNEGO takes two where the client's first guess of a mechanism is wrong.
const MAX_ROUNDS: usize = 4;
/// How each NTLM message begins (MS-NLMP 2.2.1).
const NTLM: &[u8] = b"NTLMSSP\0";
/// The client's further tokens come as SSPI messages; clients on Unix call them LOGIN7.
const FURTHER: [Kind; 2] = [Kind::Sspi, Kind::Login];

/// The principal that the client proves to be, beginning with the token of its LOGIN7; none if it does not.
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
        // The client has no more to say then, and drivers on Unix say nothing: the answer to the login comes next.
        if stepped.is_complete() {
            return Ok(source(&stepped).ok());
        }
        token = read(stream, &FURTHER).await?;
        context = Some(stepped);
    }
    Ok(None)
}

struct Step {
    context: ServerCtx,
    reply: Option<Vec<u8>>,
}

/// Reads the keytab, decrypts, and asks the replay cache: not for an async thread.
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
