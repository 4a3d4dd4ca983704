//! PRELOGIN and TLS, looked at directly: the driver says only that a certificate was refused, not what is in it.
//!
//! TDS carries the handshake of TLS in PRELOGIN packets ([MS-TDS] 3.3.5.3), which no library does alone: the packets are ours, TLS is
//! the driver's own backend. Nothing is sent after the handshake; no login is tried.

pub(super) mod certificate;
mod look;
mod packets;
mod prelogin;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::report::Link;
use super::rules::tls;
use super::run::{Answer, Run, off_thread};
use crate::connection_string::SqlServerSettings;
use certificate::Certificate;
use look::{Look, is_checked, look};
use prelogin::NO_ENCRYPTION;

const PATIENCE: Duration = Duration::from_secs(3);

/// Looks at both. True if a login may be tried.
pub(super) async fn check(run: &mut Run, address: SocketAddr, settings: &SqlServerSettings) -> bool {
    let began = Instant::now();
    let patience = run.at_most(PATIENCE);
    let wanted = settings.clone();
    let look = off_thread(patience, move || look(address, &wanted, patience)).await;
    let silent =
        || Look { prelogin: Err(format!("no answer within {patience:?}")), handshake: None, certificate: None };
    let Look { prelogin, handshake, certificate } = look.unwrap_or_else(silent);
    let tried = format!("TDS PRELOGIN to {address}");
    match prelogin {
        Err(words) => {
            run.note(
                Link::Prelogin,
                tried,
                began,
                Answer::fail(format!("{address} does not speak TDS: {words}"), tls::no_prelogin(address.port())),
            );
            return false;
        }
        Ok(Some(prelogin)) if prelogin.encryption == NO_ENCRYPTION => {
            run.note(
                Link::Prelogin,
                tried,
                began,
                Answer::fail("the server offers no encryption", tls::no_encryption()),
            );
            return false;
        }
        Ok(Some(prelogin)) => {
            run.note(Link::Prelogin, tried, began, Answer::pass(format!("SQL Server {}", prelogin.version)))
        }
        Ok(None) => {}
    }
    let name = settings.host_name_in_certificate.as_deref().unwrap_or(&settings.server.host);
    let shown = certificate.as_ref().map_or_else(|| "no certificate was seen".to_owned(), describe);
    let checked = is_checked(settings);
    let answer = match (handshake, certificate) {
        (Some(Ok(())), _) if checked => Answer::pass(format!("TLS 1.2 or newer; {shown}")),
        (Some(Ok(())), _) => {
            Answer::pass(format!("TLS 1.2 or newer, the certificate taken unseen as the string asks; {shown}"))
        }
        (Some(Err(words)), Some(certificate)) => {
            let causes = tls::refused(&certificate, name, settings, OffsetDateTime::now_utc());
            Answer::fail(format!("the certificate was not accepted for {name}: {words}; {shown}"), causes)
        }
        (Some(Err(words)), None) => Answer::fail(format!("no TLS with the server: {words}"), tls::no_encryption()),
        (None, _) => Answer::fail("the server did not come to TLS", tls::no_prelogin(address.port())),
    };
    let passed = answer.causes.is_empty();
    run.note(Link::Tls, format!("TLS as the driver does it, for the name {name}"), began, answer);
    passed
}

fn describe(certificate: &Certificate) -> String {
    let Certificate { names, issuer, not_after, .. } = certificate;
    format!("certificate for {} by {issuer} until {}", names.join(", "), not_after.date())
}
