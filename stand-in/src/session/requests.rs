//! Serves the requests of a session one after another, each to its end or to its cancellation by an attention.

use super::handshake::AuthenticatedClient;
use super::server_state::ServerState;
use crate::engine::{CancelFlag, Engine, Request};
use crate::error::SqlError;
use crate::faults::{Fault, FaultPoint, Faults, MAX_DELAY};
use crate::wire::messages::{MessageReader, ReplyWriter};
use crate::wire::packet::MessageKind;
use crate::wire::tls::Stream;
use crate::wire::tokens::{DoneKind, Tokens, done};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::io;
use tokio::io::{ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The most chunks of a reply that wait for a slow client.
const QUEUED_CHUNKS: usize = 4;

type Reader = MessageReader<ReadHalf<Box<dyn Stream>>>;
type Writer = ReplyWriter<WriteHalf<Box<dyn Stream>>>;

/// Serves a session until the client closes the connection.
///
/// # Errors
/// When the client violates the protocol or the connection breaks.
pub(crate) async fn serve(server: &ServerState, client: AuthenticatedClient) -> io::Result<()> {
    let (read, write) = tokio::io::split(client.stream);
    let (mut reader, mut writer) = (MessageReader::new(read), ReplyWriter::new(write));
    writer.set_packet_size(client.packet_size);
    let mut engine = client.engine;
    let (hashes, mut known) = (RandomState::new(), HashSet::new());
    while let Some(message) = reader.next().await? {
        if message.kind == MessageKind::Attention {
            end_with(&mut writer, done::ATTENTION).await?;
            continue;
        }
        if message.ignored {
            // "Attention" (MS-TDS 2.2.1.7): a message that was cancelled half-sent gets one DONE with the error bit.
            end_with(&mut writer, done::ERROR).await?;
            continue;
        }
        let request = Request::parse(&message)?;
        engine.prepare_for(message.resets, message.transaction()?);
        if !matches!(request, Request::Transaction(_)) {
            server.counters.count_statement();
        }
        let is_first_run = known.insert(hashes.hash_one(request.text()));
        engine = match choose_action(&server.faults, &request, is_first_run, &mut reader, &mut writer).await? {
            RequestAction::Run => {
                run(engine, |engine, chunks| engine.run(request, chunks), &mut reader, &mut writer).await?
            }
            RequestAction::RunThenFail(error) => {
                let engine = run_without_reply(engine, request).await?;
                fail(&mut writer, &error, server).await?;
                engine
            }
            RequestAction::RunThenClose => {
                drop(run_without_reply(engine, request).await?);
                return Ok(());
            }
            RequestAction::Fail(error) => {
                run(engine, move |engine, chunks| engine.fail(&request, error, chunks), &mut reader, &mut writer)
                    .await?
            }
            RequestAction::Close => return Ok(()),
        };
        if engine.is_terminated() {
            return Ok(());
        }
    }
    Ok(())
}

/// What to do with a request.
enum RequestAction {
    Run,
    RunThenFail(SqlError),
    RunThenClose,
    Fail(SqlError),
    Close,
}

async fn choose_action(
    faults: &Faults,
    request: &Request,
    is_first_run: bool,
    reader: &mut Reader,
    writer: &mut Writer,
) -> io::Result<RequestAction> {
    Ok(match faults.take(FaultPoint::Statement, request.text()) {
        Some(Fault::Error { number, text }) => RequestAction::Fail(SqlError::new(number, 16, text)),
        Some(Fault::FatalError { number, text }) => RequestAction::Fail(SqlError::new(number, 20, text)),
        Some(Fault::ErrorAfterRunning { number, text }) => RequestAction::RunThenFail(SqlError::new(number, 16, text)),
        Some(Fault::CloseAfterRunning) => RequestAction::RunThenClose,
        Some(Fault::NeverAnswer) => {
            while reader.next().await?.is_some() {}
            RequestAction::Close
        }
        Some(Fault::DelayReply(delay)) => {
            tokio::time::sleep(delay.min(MAX_DELAY)).await;
            RequestAction::Run
        }
        Some(Fault::DelayFirstRun(delay)) => {
            if is_first_run {
                tokio::time::sleep(delay.min(MAX_DELAY)).await;
            }
            RequestAction::Run
        }
        Some(Fault::HoldReply(gate)) => {
            writer.hold(gate);
            RequestAction::Run
        }
        Some(Fault::TrickleReply(pause)) => {
            writer.trickle(pause.min(MAX_DELAY));
            RequestAction::Run
        }
        Some(Fault::CloseAfterBytes(bytes)) => {
            writer.cut_after(bytes);
            RequestAction::Run
        }
        _ => RequestAction::Run,
    })
}

/// Cancels the running request when the session ends first.
struct CancelOnDrop(CancelFlag);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn start(
    mut engine: Engine,
    work: impl FnOnce(&mut Engine, mpsc::Sender<Vec<u8>>) + Send + 'static,
) -> (JoinHandle<Engine>, mpsc::Receiver<Vec<u8>>, CancelOnDrop) {
    let cancel = CancelOnDrop(engine.cancel());
    let (sender, chunks) = mpsc::channel(QUEUED_CHUNKS);
    let running = tokio::task::spawn_blocking(move || {
        work(&mut engine, sender);
        engine
    });
    (running, chunks, cancel)
}

/// Runs work of the engine, sends its reply and watches for attentions.
async fn run(
    engine: Engine,
    work: impl FnOnce(&mut Engine, mpsc::Sender<Vec<u8>>) + Send + 'static,
    reader: &mut Reader,
    writer: &mut Writer,
) -> io::Result<Engine> {
    let (running, mut chunks, cancel) = start(engine, work);
    let mut attention = false;
    loop {
        tokio::select! {
            chunk = chunks.recv() => match chunk {
                Some(chunk) => writer.write(&chunk).await?,
                None => break,
            },
            message = reader.next(), if !attention => match message? {
                Some(message) if message.kind == MessageKind::Attention => {
                    attention = true;
                    cancel.0.cancel();
                }
                Some(message) => return Err(io::Error::other(format!("{:?} while a request runs", message.kind))),
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            },
        }
    }
    let engine = running.await.map_err(io::Error::other)?;
    if attention {
        if writer.has_sent_part() {
            // The acknowledgement is a message of its own, after the one that was cut short.
            writer.finish().await?;
        }
        end_with(writer, done::ATTENTION).await?;
    } else {
        writer.finish().await?;
    }
    Ok(engine)
}

/// Runs a request and discards its reply.
async fn run_without_reply(engine: Engine, request: Request) -> io::Result<Engine> {
    let (running, mut chunks, _cancel) = start(engine, move |engine, chunks| engine.run(request, chunks));
    while chunks.recv().await.is_some() {}
    running.await.map_err(io::Error::other)
}

async fn fail(writer: &mut Writer, error: &SqlError, server: &ServerState) -> io::Result<()> {
    let mut tokens = Tokens::default();
    tokens.error(error, &server.name);
    tokens.done(DoneKind::Batch, done::ERROR, 0);
    writer.write(&tokens.bytes).await?;
    writer.finish().await
}

/// Ends a message with a DONE of this status.
async fn end_with(writer: &mut Writer, status: u16) -> io::Result<()> {
    let mut tokens = Tokens::default();
    tokens.done(DoneKind::Batch, status, 0);
    writer.write(&tokens.bytes).await?;
    writer.finish().await
}
