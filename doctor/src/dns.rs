//! Queries name servers by UDP and by TCP separately: the system's resolver hides which of the two failed.

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

use crate::evidence::{DnsReply, Transport};

const PORT: u16 = 53;

/// The first two name servers of this system.
pub(crate) fn name_servers() -> Vec<IpAddr> {
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

/// Sends one query to one name server.
pub(crate) async fn query(
    server: IpAddr,
    transport: Transport,
    name: &str,
    kind: RecordType,
    limit: Duration,
) -> DnsReply {
    let Ok(name) = Name::from_ascii(format!("{}.", name.trim_end_matches('.'))) else { return DnsReply::NotFound };
    let address = SocketAddr::new(server, PORT);
    let response = async {
        let provider = TokioRuntimeProvider::new();
        let mut client: Client<TokioRuntimeProvider> = match transport {
            Transport::Udp => {
                let stream = UdpClientStream::builder(address, provider).with_timeout(Some(limit)).build();
                let (client, background) = Client::from_sender(stream);
                tokio::spawn(background);
                client
            }
            Transport::Tcp => {
                let (stream, handle) = TcpClientStream::new(address, None, Some(limit), provider);
                let (client, background) = Client::with_timeout(stream.await?, handle, limit);
                tokio::spawn(background);
                client
            }
        };
        // Like the C library and the Kerberos libraries, so that an answer is cut here where it is cut for them.
        client.disable_edns();
        client.query(name, DNSClass::IN, kind).await
    };
    match timeout(limit, response).await {
        Ok(Ok(response)) => reply(&response),
        Ok(Err(error)) => DnsReply::NoReply(error.to_string()),
        Err(_) => DnsReply::NoReply(format!("no answer within {limit:?}")),
    }
}

fn reply(response: &DnsResponse) -> DnsReply {
    match response.response_code {
        _ if response.truncation => DnsReply::Truncated,
        ResponseCode::NXDomain => DnsReply::NotFound,
        ResponseCode::NoError => {
            let records: Vec<_> = response.answers.iter().map(|record| record_text(&record.data)).collect();
            if records.is_empty() { DnsReply::NotFound } else { DnsReply::Records(records) }
        }
        code => DnsReply::Refused(code.to_string()),
    }
}

fn record_text(data: &RData) -> String {
    match data {
        RData::SRV(srv) => srv.target.to_string().trim_end_matches('.').to_owned(),
        other => other.to_string(),
    }
}

/// Whether the DNS has an address for the name; none if no name server answers.
pub(crate) async fn has_address(name: &str, limit: Duration) -> Option<bool> {
    for server in name_servers() {
        for kind in [RecordType::A, RecordType::AAAA] {
            match query(server, Transport::Udp, name, kind, limit / 4).await {
                DnsReply::Records(_) | DnsReply::Truncated => return Some(true),
                DnsReply::NotFound if kind == RecordType::AAAA => return Some(false),
                DnsReply::NotFound => {}
                DnsReply::Refused(_) | DnsReply::NoReply(_) => break,
            }
        }
    }
    None
}
