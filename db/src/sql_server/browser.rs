//! SQL Server Browser: looks up the port of a named instance. One datagram each way, [MC-SQLR] 2.2.3 and 2.2.5.
//!
//! tiberius can do this too, but does not return the port, which the SPN of an integrated login needs.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

/// The port of SQL Server Browser, [MC-SQLR] 1.9.
const PORT: u16 = 1434;
/// Message type: client unicast request for one instance.
const CLNT_UCAST_INST: u8 = 0x04;
/// Message type: server response.
const SVR_RESP: u8 = 0x05;
/// How long to wait for the answer. SQL Server Browser answers immediately or not at all.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Asks SQL Server Browser at `server` for the TCP port of `instance`.
///
/// # Errors
/// An I/O error with the fix, if there is no answer or no TCP port in it.
pub async fn find_instance_port(server: SocketAddr, instance: &str) -> io::Result<u16> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any).await?;
    socket.connect((server.ip(), PORT)).await?;
    let mut request = vec![CLNT_UCAST_INST];
    request.extend_from_slice(instance.as_bytes());
    request.push(0);
    socket.send(&request).await?;
    let mut reply = [0; 1024];
    let length = timeout(TIMEOUT, socket.recv(&mut reply)).await.map_err(|_| {
        io::Error::new(
            io::ErrorKind::TimedOut,
            "SQL Server Browser (UDP 1434) did not answer; start it, open the port, or write the port: \
             Server=host,port",
        )
    })??;
    tcp_port(&reply[..length]).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "SQL Server Browser reports no TCP port for the instance; enable TCP/IP for it in SQL Server \
             Configuration Manager",
        )
    })
}

/// Reads the port from `ServerName;…;InstanceName;…;tcp;49152;;`.
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
    fn port_follows_the_word_tcp() {
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
