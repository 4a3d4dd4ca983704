//! Finds out, after a login failed, whether the server offers no encryption at all. The driver starts TLS whatever the
//! server answers, and reports only that TLS failed.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::prelogin::{ENCRYPT_NOT_SUP, ENCRYPT_OFF, HEADER, PACKET_TYPE, Prelogin, body_length, parse, request};

const TIMEOUT: Duration = Duration::from_secs(2);

/// Asks by a PRELOGIN on a connection of its own. Returns false if that fails, too.
pub(super) async fn offers_no_encryption(server: SocketAddr) -> bool {
    matches!(timeout(TIMEOUT, ask(server)).await, Ok(Ok(Some(Prelogin { encryption: ENCRYPT_NOT_SUP, .. }))))
}

async fn ask(server: SocketAddr) -> io::Result<Option<Prelogin>> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(&packet(PACKET_TYPE, ENCRYPT_OFF)).await?;
    let mut header = [0; HEADER];
    stream.read_exact(&mut header).await?;
    let Some(length) = body_length(header) else { return Ok(None) };
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(parse(&body))
}

/// A PRELOGIN with its header.
fn packet(packet_type: u8, encryption: u8) -> Vec<u8> {
    let body = request(encryption);
    let length = (HEADER + body.len()) as u8;
    [&[packet_type, 1, 0, length, 0, 0, 1, 0], &body[..]].concat()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::connection_string::{ConnectionString, Target};
    use crate::login_policy::LoginPolicy;
    use crate::sql_server::connect;

    /// A server that answers PRELOGIN with this encryption and closes the connection at the next message.
    async fn server(encryption: u8) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut packet = vec![0; 4096];
                let _ = stream.read(&mut packet).await;
                let _ = stream.write_all(&super::packet(4, encryption)).await;
                let _ = stream.read(&mut packet).await;
            }
        });
        port
    }

    async fn error(encryption: u8, options: &str) -> String {
        let text = format!("Server=127.0.0.1,{};User ID=sa;Password=x;{options}", server(encryption).await);
        let Target::SqlServer(settings) = ConnectionString::parse(&text).unwrap().target else { panic!("{text}") };
        connect(&settings, LoginPolicy::default()).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn server_without_tls_is_named_and_no_advice_is_already_followed() {
        for options in ["Encrypt=Optional", "Encrypt=Optional;TrustServerCertificate=true", "Encrypt=Mandatory"] {
            let error = error(ENCRYPT_NOT_SUP, options).await;
            assert!(error.contains("offers no encryption, not even for the password"), "{options}: {error}");
            assert!(!error.contains("TrustServerCertificate") && !error.contains("Encrypt="), "{options}: {error}");
        }
    }

    #[tokio::test]
    async fn other_failures_of_tls_keep_their_reason() {
        let error = error(ENCRYPT_OFF, "Encrypt=Optional").await;
        assert!(!error.contains("offers no encryption"), "{error}");
    }
}
