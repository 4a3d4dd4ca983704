//! Questions to the DNS itself, by UDP and by TCP apart: the system's resolver hides which of the two failed.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::net::client::{Client, ClientHandle};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::tcp::TcpClientStream;
use hickory_resolver::net::udp::UdpClientStream;
use hickory_resolver::proto::op::{DnsResponse, ResponseCode};
use hickory_resolver::proto::rr::{DNSClass, Name, RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use tokio::time::timeout;

const PORT: u16 = 53;

/// How a question travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Udp,
    Tcp,
}

/// What a name server said to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// So many records; for SRV their targets.
    Records(Vec<String>),
    /// The answer did not fit and was cut: it has to be asked for by TCP.
    Truncated,
    /// There is no such name, or it has no such record.
    Nothing,
    /// Another refusal, by its code.
    Refused(String),
    /// No answer, and why.
    Silent(String),
}

/// The name servers of this system, the first two.
pub(super) fn servers() -> Vec<IpAddr> {
    let Ok((config, _)) = read_system_conf() else { return Vec::new() };
    let mut servers: Vec<IpAddr> = Vec::new();
    for server in config.name_servers() {
        if !servers.contains(&server.ip) {
            servers.push(server.ip);
        }
    }
    servers.truncate(2);
    servers
}

/// Asks one name server one question.
pub(super) async fn ask(server: IpAddr, way: Way, name: &str, kind: RecordType, patience: Duration) -> Said {
    let Ok(name) = Name::from_ascii(format!("{}.", name.trim_end_matches('.'))) else { return Said::Nothing };
    let address = SocketAddr::new(server, PORT);
    let answer = async {
        let provider = TokioRuntimeProvider::new();
        let mut client: Client<TokioRuntimeProvider> = match way {
            Way::Udp => {
                let stream = UdpClientStream::builder(address, provider).with_timeout(Some(patience)).build();
                let (client, background) = Client::from_sender(stream);
                tokio::spawn(background);
                client
            }
            Way::Tcp => {
                let (stream, handle) = TcpClientStream::new(address, None, Some(patience), provider);
                let (client, background) = Client::with_timeout(stream.await?, handle, patience);
                tokio::spawn(background);
                client
            }
        };
        // As the C library and the Kerberos libraries ask, so that an answer is cut for us where it is cut for them.
        client.disable_edns();
        client.query(name, DNSClass::IN, kind).await
    };
    match timeout(patience, answer).await {
        Ok(Ok(answer)) => said(&answer),
        Ok(Err(error)) => Said::Silent(error.to_string()),
        Err(_) => Said::Silent(format!("no answer within {patience:?}")),
    }
}

fn said(answer: &DnsResponse) -> Said {
    match answer.response_code {
        _ if answer.truncation => Said::Truncated,
        ResponseCode::NXDomain => Said::Nothing,
        ResponseCode::NoError => {
            let records: Vec<_> = answer.answers.iter().map(|record| text(&record.data)).collect();
            if records.is_empty() { Said::Nothing } else { Said::Records(records) }
        }
        code => Said::Refused(code.to_string()),
    }
}

fn text(data: &RData) -> String {
    match data {
        RData::SRV(srv) => srv.target.to_string().trim_end_matches('.').to_owned(),
        other => other.to_string(),
    }
}

/// Whether the DNS has an address for the name; none if no name server says.
pub(super) async fn has(name: &str, patience: Duration) -> Option<bool> {
    for server in servers() {
        for kind in [RecordType::A, RecordType::AAAA] {
            match ask(server, Way::Udp, name, kind, patience / 4).await {
                Said::Records(_) | Said::Truncated => return Some(true),
                Said::Nothing if kind == RecordType::AAAA => return Some(false),
                Said::Nothing => {}
                Said::Refused(_) | Said::Silent(_) => break,
            }
        }
    }
    None
}
