//! TDS, the protocol between client and server: parses what clients send, encodes what they receive. Sections refer to
//! Microsoft's [MS-TDS](https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/).

pub(crate) mod certificates;
pub(crate) mod columns;
pub(crate) mod fields;
pub(crate) mod login7;
pub(crate) mod messages;
pub(crate) mod packet;
pub(crate) mod prelogin;
mod read_value;
pub(crate) mod rpc;
pub(crate) mod tls;
pub(crate) mod tokens;
mod write_value;
