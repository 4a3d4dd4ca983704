//! From a new connection to a session: PRELOGIN, TLS, LOGIN7 and the reply to it.

use super::admission;
use super::integrated;
use super::server_state::{LoginDetails, ServerState};
use crate::engine::Engine;
use crate::error::SqlError;
use crate::faults::{Fault, FaultPoint, MAX_DELAY};
use crate::store::MASTER;
use crate::tsql::context::VERSION_BYTES;
use crate::wire::login7::{self, LoginRequest};
use crate::wire::messages::{ReplyWriter, read_message};
use crate::wire::packet::{DEFAULT_PACKET, MessageKind};
use crate::wire::prelogin::{self, Encryption};
use crate::wire::tls::{HandshakeStream, Stream};
use crate::wire::tokens::{DoneKind, Tokens, done};
use std::io;
use std::sync::{Arc, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// The packet sizes that can be negotiated, in bytes.
const PACKET_SIZES: std::ops::RangeInclusive<usize> = 512..=32_767;
/// The largest packet of an encrypted connection ("Configure the network packet size" in Microsoft's documentation).
const LARGEST_ENCRYPTED_PACKET: usize = 16_383;
/// The first byte of a TLS handshake, with which TDS 8 connections start.
const TLS_HANDSHAKE: u8 = 0x16;

/// A client after its login.
pub(crate) struct AuthenticatedClient {
    pub(crate) stream: Box<dyn Stream>,
    pub(crate) engine: Engine,
    pub(crate) packet_size: usize,
}

/// Performs handshake and login. `None` if the login was refused or redirected, after the reply to the client.
pub(crate) async fn shake_hands(server: &Arc<ServerState>, tcp: TcpStream) -> io::Result<Option<AuthenticatedClient>> {
    let address = tcp.peer_addr()?.ip().to_string();
    let mut first = [0];
    tcp.peek(&mut first).await?;
    let strict = first == [TLS_HANDSHAKE];
    let (wrong, is_forced) = match server.faults.take(FaultPoint::Handshake, "") {
        Some(Fault::Certificate(wrong)) => (Some(wrong), false),
        fault => (None, fault == Some(Fault::ForceEncryption)),
    };
    let acceptor = TlsAcceptor::from(server.certificates.config(wrong));
    let mut tcp = HandshakeStream::new(tcp, !strict);
    let (login, stream, encrypted): (LoginRequest, Box<dyn Stream>, bool) = if strict {
        let mut tls = acceptor.accept(tcp).await?;
        negotiate(&mut tls, true, is_forced).await?;
        (read_login(&mut tls).await?, Box::new(tls), true)
    } else {
        tcp.handshake_complete();
        let encryption = negotiate(&mut tcp, false, is_forced).await?;
        if encryption == Encryption::Nothing {
            return refuse_clear_login(server, &mut tcp).await.map(|()| None);
        }
        let mut tls = acceptor.accept(HandshakeStream::new(tcp.into_inner(), true)).await?;
        tls.get_mut().0.handshake_complete();
        let login = read_login(&mut tls).await?;
        match encryption {
            Encryption::All => (login, Box::new(tls), true),
            Encryption::Nothing | Encryption::LoginOnly => (login, Box::new(tls.into_inner().0.into_inner()), false),
        }
    };
    server.counters.count_login_attempt();
    let packet_size = negotiated_packet_size(login.packet_size, encrypted);
    let details = LoginDetails {
        app_name: login.app_name.clone(),
        host_name: login.host_name.clone(),
        server_name: login.server_name.clone(),
        database: login.database.clone(),
        read_only: login.read_only,
        packet_size,
        encrypted,
    };
    *server.last_login.lock().unwrap_or_else(PoisonError::into_inner) = Some(details);
    answer(server, login, packet_size, stream, address).await
}

/// The packet size for a client that requests `requested` bytes; 0 requests the default.
fn negotiated_packet_size(requested: u32, encrypted: bool) -> usize {
    let largest = if encrypted { LARGEST_ENCRYPTED_PACKET } else { *PACKET_SIZES.end() };
    match usize::try_from(requested).unwrap_or(usize::MAX) {
        0 => DEFAULT_PACKET,
        requested => requested.clamp(*PACKET_SIZES.start(), largest),
    }
}

/// Exchanges PRELOGIN. `inside_tls`: whether TLS is already there, as in TDS 8; `is_forced`: whether everything is
/// encrypted, whatever the client asks for.
async fn negotiate(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    inside_tls: bool,
    is_forced: bool,
) -> io::Result<Encryption> {
    let requested = prelogin::parse(&read_message(stream, &[MessageKind::Prelogin]).await?, inside_tls)?;
    let encryption = if is_forced && requested != Encryption::Nothing { Encryption::All } else { requested };
    let mut writer = ReplyWriter::new(stream);
    writer.write(&prelogin::reply(encryption, VERSION_BYTES)).await?;
    writer.finish().await?;
    Ok(encryption)
}

/// Replies to a login that is not encrypted. A client that respects the server's PRELOGIN sends none and gives up.
async fn refuse_clear_login(
    server: &ServerState,
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> io::Result<()> {
    read_message(stream, &[MessageKind::Login]).await?;
    let mut tokens = Tokens::default();
    tokens.error(&SqlError::unsupported("logins without encryption"), &server.name);
    tokens.done(DoneKind::Batch, done::ERROR, 0);
    let mut writer = ReplyWriter::new(stream);
    writer.write(&tokens.bytes).await?;
    writer.finish().await
}

async fn read_login(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<LoginRequest> {
    login7::parse(&read_message(stream, &[MessageKind::Login]).await?)
}

async fn answer(
    server: &Arc<ServerState>,
    login: LoginRequest,
    packet_size: usize,
    mut stream: Box<dyn Stream>,
    address: String,
) -> io::Result<Option<AuthenticatedClient>> {
    let mut tokens = Tokens::default();
    let fault = server.faults.take(FaultPoint::Login, "");
    if let Some(Fault::DelayLogin(delay)) = fault {
        tokio::time::sleep(delay.min(MAX_DELAY)).await;
    }
    let refused = match &fault {
        Some(Fault::RefuseLogin { number, state, text }) => {
            Some(SqlError { state: *state, ..SqlError::new(*number, 14, text.clone()) })
        }
        _ => None,
    };
    let scheme = if let Some(Fault::Scheme(scheme)) = fault { Some(scheme) } else { None };
    let redirect = match fault {
        Some(Fault::Redirect { host, port }) => Some((host, port)),
        _ => None,
    };
    let engine = match integrated::prove(server, &login.credentials, &mut stream).await? {
        Ok(_) if refused.is_some() => Err(refused.into_iter().collect()),
        Ok(identity) => {
            let server = Arc::clone(server);
            let enter = move || admission::enter(&server, login, identity, address, scheme);
            tokio::task::spawn_blocking(enter).await.map_err(io::Error::other)?
        }
        Err(refused) => Err(vec![refused]),
    };
    let engine = match engine {
        Ok((engine, database)) => {
            server.counters.count_login();
            welcome(&mut tokens, &database, packet_size, &server.name);
            Some(engine)
        }
        Err(refused) => {
            refused.iter().for_each(|error| tokens.error(error, &server.name));
            None
        }
    };
    if let (Some(_), Some((host, port))) = (&engine, &redirect) {
        tokens.routing(host, *port);
    }
    tokens.done(DoneKind::Batch, if engine.is_some() { 0 } else { done::ERROR }, 0);
    let mut writer = ReplyWriter::new(stream);
    writer.write(&tokens.bytes).await?;
    writer.finish().await?;
    let stream = writer.into_inner();
    Ok(engine.filter(|_| redirect.is_none()).map(|engine| AuthenticatedClient { stream, engine, packet_size }))
}

fn welcome(tokens: &mut Tokens, database: &str, packet_size: usize, server: &str) {
    tokens.text_change(1, database, MASTER);
    tokens.info(5701, &format!("Changed database context to '{database}'."), server);
    tokens.collation_change();
    tokens.text_change(2, "us_english", "");
    tokens.info(5703, "Changed language setting to us_english.", server);
    tokens.login_ack("Microsoft SQL Server", VERSION_BYTES);
    tokens.text_change(4, &packet_size.to_string(), &DEFAULT_PACKET.to_string());
}
