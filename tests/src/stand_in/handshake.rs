//! The way from a new connection to a session: PRELOGIN, TLS, LOGIN7, and the answer to it.

use super::admission;
use super::engine::Engine;
use super::error::SqlError;
use super::facts::VERSION_BYTES;
use super::faults::{Fault, MAX_DELAY, Stage};
use super::integrated;
use super::login::{self, Login};
use super::packet::{DEFAULT_PACKET, Kind, MessageReader, ReplyWriter, malformed};
use super::prelogin::{self, Encryption};
use super::server::Shared;
use super::store::MASTER;
use super::tls::HandshakeStream;
use super::tokens::{DoneKind, Tokens, done};
use std::io;
use std::sync::{Arc, PoisonError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// The packet sizes that can be agreed on, in bytes.
const PACKET_SIZES: std::ops::RangeInclusive<usize> = 512..=32_767;
/// The first byte of a TLS handshake: TDS 8 begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// A stream, encrypted or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What a client tells of itself when it logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenLogin {
    /// The name of its program.
    pub app_name: String,
    /// The name of its machine.
    pub host_name: String,
    /// The server's name as the client knows it.
    pub server_name: String,
    /// The database that it asks for; empty for the login's own.
    pub database: String,
    /// Whether it says that it will only read.
    pub read_only: bool,
    /// The packet size that was agreed on, in bytes.
    pub packet_size: usize,
    /// Whether what comes after the login is encrypted.
    pub encrypted: bool,
}

/// A client that has logged in.
pub(crate) struct Session {
    pub(crate) stream: Box<dyn Stream>,
    pub(crate) engine: Engine,
    pub(crate) packet_size: usize,
}

/// Brings a connection to a session; `None` when the login was refused, or sent elsewhere, and the client knows.
pub(crate) async fn shake_hands(shared: &Arc<Shared>, tcp: TcpStream) -> io::Result<Option<Session>> {
    let address = tcp.peer_addr()?.ip().to_string();
    let mut first = [0];
    tcp.peek(&mut first).await?;
    let strict = first == [TLS_HANDSHAKE];
    let wrong = match shared.faults.strike(Stage::Handshake, "") {
        Some(Fault::Certificate(wrong)) => Some(wrong),
        _ => None,
    };
    let acceptor = TlsAcceptor::from(shared.certificates.config(wrong));
    let mut tcp = HandshakeStream::new(tcp, !strict);
    let (login, stream, encrypted): (Login, Box<dyn Stream>, bool) = if strict {
        let mut tls = acceptor.accept(tcp).await?;
        agree(&mut tls).await?;
        (read_login(&mut tls).await?, Box::new(tls), true)
    } else {
        tcp.handshake_complete();
        let encryption = agree(&mut tcp).await?;
        let mut tls = acceptor.accept(HandshakeStream::new(tcp.into_inner(), true)).await?;
        tls.get_mut().0.handshake_complete();
        let login = read_login(&mut tls).await?;
        match encryption {
            Encryption::All => (login, Box::new(tls), true),
            Encryption::LoginOnly => (login, Box::new(tls.into_inner().0.into_inner()), false),
        }
    };
    let packet_size = agreed_packet_size(login.packet_size);
    let seen = SeenLogin {
        app_name: login.app_name.clone(),
        host_name: login.host_name.clone(),
        server_name: login.server_name.clone(),
        database: login.database.clone(),
        read_only: login.read_only,
        packet_size,
        encrypted,
    };
    *shared.last_login.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    answer(shared, login, packet_size, stream, address).await
}

/// The packet size for a client that asks for `asked` bytes; none is asked for with 0.
fn agreed_packet_size(asked: u32) -> usize {
    match usize::try_from(asked).unwrap_or(usize::MAX) {
        0 => DEFAULT_PACKET,
        asked => asked.clamp(*PACKET_SIZES.start(), *PACKET_SIZES.end()),
    }
}

/// The next message, which must be of one of these kinds, and the last before an answer.
pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin), kinds: &[Kind]) -> io::Result<bytes::Bytes> {
    let mut reader = MessageReader::new(stream);
    let message = reader.next().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    reader.into_inner()?;
    if kinds.contains(&message.kind) {
        Ok(message.body)
    } else {
        Err(malformed(format!("{:?} instead of {kinds:?}", message.kind)))
    }
}

async fn agree(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Encryption> {
    let agreed = prelogin::parse(&read(stream, &[Kind::Prelogin]).await?)?;
    let mut writer = ReplyWriter::new(stream);
    writer.write(&prelogin::reply(agreed, VERSION_BYTES)).await?;
    writer.finish().await?;
    Ok(agreed)
}

async fn read_login(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Login> {
    login::parse(&read(stream, &[Kind::Login]).await?)
}

async fn answer(
    shared: &Arc<Shared>,
    login: Login,
    packet_size: usize,
    mut stream: Box<dyn Stream>,
    address: String,
) -> io::Result<Option<Session>> {
    let mut tokens = Tokens::default();
    let fault = shared.faults.strike(Stage::Login, "");
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
    let engine = match integrated::prove(shared, &login.credentials, &mut stream).await? {
        Ok(_) if refused.is_some() => Err(refused.into_iter().collect()),
        Ok(claim) => {
            let shared = Arc::clone(shared);
            let enter = move || admission::enter(&shared, login, claim, address, scheme);
            tokio::task::spawn_blocking(enter).await.map_err(io::Error::other)?
        }
        Err(refused) => Err(vec![refused]),
    };
    let engine = match engine {
        Ok((engine, database)) => {
            shared.counters.count_login();
            welcome(&mut tokens, &database, packet_size, &shared.name);
            Some(engine)
        }
        Err(refused) => {
            refused.iter().for_each(|error| tokens.error(error, &shared.name));
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
    Ok(engine.filter(|_| redirect.is_none()).map(|engine| Session { stream, engine, packet_size }))
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
