//! SQL Server Browser: which port a named instance listens on. One datagram each way, [MC-SQLR] 2.2.3 and 2.2.5.
//!
//! tiberius can ask it too, but keeps the port to itself, and the SPN of an integrated login needs it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

/// The browser's port, by [MC-SQLR] 1.9.
const PORT: u16 = 1434;
/// Client unicast request for one instance.
const CLNT_UCAST_INST: u8 = 0x04;
/// Server response.
const SVR_RESP: u8 = 0x05;
/// A browser answers at once or not at all.
const PATIENCE: Duration = Duration::from_secs(1);

/// Asks the browser at `server` for the TCP port of `instance`.
pub(crate) async fn port_of(server: SocketAddr, instance: &str) -> io::Result<u16> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any).await?;
    socket.connect((server.ip(), PORT)).await?;
    let mut request = vec![CLNT_UCAST_INST];
    request.extend_from_slice(instance.as_bytes());
    request.push(0);
    socket.send(&request).await?;
    let mut reply = [0; 1024];
    let length = timeout(PATIENCE, socket.recv(&mut reply)).await.map_err(|_| {
        io::Error::new(
            io::ErrorKind::TimedOut,
            "SQL Server Browser (UDP 1434) did not answer; start it, open the port, or write the port: Server=host,port",
        )
    })??;
    tcp_port(&reply[..length]).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "SQL Server Browser knows no TCP port for the instance; enable TCP/IP for it in SQL Server Configuration Manager",
        )
    })
}

/// The port in `ServerName;…;InstanceName;…;tcp;49152;;`.
fn tcp_port(reply: &[u8]) -> Option<u16> {
    let (&SVR_RESP, rest) = reply.split_first()? else { return None };
    let text = String::from_utf8_lossy(rest.get(2..)?);
    let mut words = text.split(';');
    words.find(|word| word.eq_ignore_ascii_case("tcp"))?;
    words.next()?.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_port_is_the_word_after_tcp() {
        let reply = |text: &str| [&[SVR_RESP, text.len() as u8, 0], text.as_bytes()].concat();
        assert_eq!(
            tcp_port(&reply("ServerName;H;InstanceName;I;IsClustered;No;Version;16.0;tcp;49152;;")),
            Some(49152)
        );
        assert_eq!(tcp_port(&reply("ServerName;H;InstanceName;I;np;\\\\H\\pipe;;")), None);
        assert_eq!(tcp_port(&reply("tcp;0;;")), None);
        assert_eq!(tcp_port(b""), None);
    }

    proptest! {
        #[test]
        fn no_datagram_panics(reply in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = tcp_port(&reply);
        }
    }
}
