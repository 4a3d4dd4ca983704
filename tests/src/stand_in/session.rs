//! A session: one request after another, each answered in full or cancelled by an attention.

use super::engine::{Cancel, Engine, Request};
use super::error::SqlError;
use super::faults::{Fault, Faults, MAX_DELAY, Stage};
use super::handshake::{Session, Stream};
use super::packet::{Kind, MessageReader, ReplyWriter};
use super::server::Shared;
use super::tokens::{DoneKind, Tokens, done};
use std::io;
use tokio::io::{ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Pieces of a reply that may wait for a slow client.
const PIECES: usize = 4;

type Reader = MessageReader<ReadHalf<Box<dyn Stream>>>;
type Writer = ReplyWriter<WriteHalf<Box<dyn Stream>>>;

/// Serves a session until the client hangs up.
///
/// # Errors
/// When the client breaks the protocol or the connection breaks.
pub(crate) async fn serve(shared: &Shared, session: Session) -> io::Result<()> {
    let (read, write) = tokio::io::split(session.stream);
    let (mut reader, mut writer) = (MessageReader::new(read), ReplyWriter::new(write));
    writer.set_packet_size(session.packet_size);
    let mut engine = session.engine;
    while let Some(message) = reader.next().await? {
        if message.kind == Kind::Attention {
            acknowledge(&mut writer).await?;
            continue;
        }
        let request = Request::parse(&message)?;
        if !matches!(request, Request::Transaction(_)) {
            shared.counters.count_statement();
        }
        engine = match faulty(&shared.faults, &request, &mut reader, &mut writer).await? {
            Answer::Run => run(engine, request, &mut reader, &mut writer).await?,
            Answer::RunThenFail(error) => {
                let engine = run_unseen(engine, request).await?;
                fail(&mut writer, &error, shared).await?;
                engine
            }
            Answer::RunThenClose => {
                drop(run_unseen(engine, request).await?);
                return Ok(());
            }
            Answer::Fail(error) => {
                fail(&mut writer, &error, shared).await?;
                engine
            }
            Answer::Close => return Ok(()),
        };
    }
    Ok(())
}

/// What becomes of a request.
enum Answer {
    Run,
    RunThenFail(SqlError),
    RunThenClose,
    Fail(SqlError),
    Close,
}

async fn faulty(faults: &Faults, request: &Request, reader: &mut Reader, writer: &mut Writer) -> io::Result<Answer> {
    Ok(match faults.strike(Stage::Statement, request.text()) {
        Some(Fault::Error { number, text }) => Answer::Fail(SqlError::new(number, 16, text)),
        Some(Fault::ErrorAfterRunning { number, text }) => Answer::RunThenFail(SqlError::new(number, 16, text)),
        Some(Fault::CloseAfterRunning) => Answer::RunThenClose,
        Some(Fault::NeverAnswer) => {
            while reader.next().await?.is_some() {}
            Answer::Close
        }
        Some(Fault::DelayReply(delay)) => {
            tokio::time::sleep(delay.min(MAX_DELAY)).await;
            Answer::Run
        }
        Some(Fault::HoldReply(gate)) => {
            writer.hold(gate);
            Answer::Run
        }
        Some(Fault::TrickleReply(pause)) => {
            writer.trickle(pause.min(MAX_DELAY));
            Answer::Run
        }
        Some(Fault::CloseAfterBytes(bytes)) => {
            writer.cut_after(bytes);
            Answer::Run
        }
        _ => Answer::Run,
    })
}

/// Cancels what runs when the session ends before it.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn start(mut engine: Engine, request: Request) -> (JoinHandle<Engine>, mpsc::Receiver<Vec<u8>>, CancelOnDrop) {
    let cancel = CancelOnDrop(engine.cancel());
    let (sender, pieces) = mpsc::channel(PIECES);
    let running = tokio::task::spawn_blocking(move || {
        engine.run(request, sender);
        engine
    });
    (running, pieces, cancel)
}

/// Runs a request and sends its reply, with an eye on attentions.
async fn run(engine: Engine, request: Request, reader: &mut Reader, writer: &mut Writer) -> io::Result<Engine> {
    let (running, mut pieces, cancel) = start(engine, request);
    let mut attention = false;
    loop {
        tokio::select! {
            piece = pieces.recv() => match piece {
                Some(piece) => writer.write(&piece).await?,
                None => break,
            },
            message = reader.next(), if !attention => match message? {
                Some(message) if message.kind == Kind::Attention => {
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
        writer.write(&attention_done()).await?;
    }
    writer.finish().await?;
    Ok(engine)
}

/// Runs a request whose reply nobody sees.
async fn run_unseen(engine: Engine, request: Request) -> io::Result<Engine> {
    let (running, mut pieces, _cancel) = start(engine, request);
    while pieces.recv().await.is_some() {}
    running.await.map_err(io::Error::other)
}

async fn fail(writer: &mut Writer, error: &SqlError, shared: &Shared) -> io::Result<()> {
    let mut tokens = Tokens::default();
    tokens.error(error, &shared.name);
    tokens.done(DoneKind::Batch, done::ERROR, 0);
    writer.write(&tokens.bytes).await?;
    writer.finish().await
}

fn attention_done() -> Vec<u8> {
    let mut tokens = Tokens::default();
    tokens.done(DoneKind::Batch, done::ATTENTION, 0);
    tokens.bytes
}

/// Answers an attention that came when nothing ran.
async fn acknowledge(writer: &mut Writer) -> io::Result<()> {
    writer.write(&attention_done()).await?;
    writer.finish().await
}
