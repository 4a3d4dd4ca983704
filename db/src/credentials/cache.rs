//! Ticket caches in files, versions 3 and 4:
//! <https://web.mit.edu/kerberos/krb5-latest/doc/formats/ccache_file_format.html>.

use time::OffsetDateTime;

use super::der;
use super::encryption_type::EncryptionType;
use super::place::{Place, Unread};
use super::reader::{Counts, Principal, Reader};

/// The realm under which the library keeps notes to itself among the tickets, and under which it leaves notes that it removed.
const NOTES: [&str; 2] = ["X-CACHECONF:", "X-RMED-CONF:"];
/// The first component of a ticket-granting ticket's service.
const TICKET_GRANTING: &str = "krbtgt/";

/// A ticket cache, or why it tells nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketCache {
    /// Its name, and who chose it.
    pub place: Place,
    /// What it holds.
    pub content: Result<Tickets, Unread>,
}

/// What a ticket cache holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tickets {
    /// The client that it belongs to, like `webgmsa$@CONTOSO.COM`.
    pub principal: String,
    /// The tickets, in the order in which they came. Expired ones stay until the cache is made anew.
    pub tickets: Vec<Ticket>,
}

/// A ticket without its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whom it proves.
    pub client: String,
    /// To whom: `krbtgt/CONTOSO.COM@CONTOSO.COM`, `MSSQLSvc/db.contoso.com:1433@CONTOSO.COM`.
    pub server: String,
    /// Good from then.
    pub starts: OffsetDateTime,
    /// Good until then.
    pub ends: OffsetDateTime,
    /// Can be renewed until then; none if it cannot be renewed.
    pub renew_till: Option<OffsetDateTime>,
    /// The type of the key between client and server.
    pub session_key: EncryptionType,
    /// The type of the server's own key, in which the ticket is sealed.
    pub sealed_by: Option<EncryptionType>,
    /// Which version of the server's key that is (kvno).
    pub key_version: Option<u32>,
}

impl TicketCache {
    /// Reads the cache. Blocks while a file is read.
    pub fn read(place: Place) -> Self {
        let content = place.bytes().and_then(|file| Tickets::parse(&file).ok_or(Unread::Malformed));
        Self { place, content }
    }
}

impl Tickets {
    /// The ticket with which others are got, of the client's own realm if there are several; the one that lasts longest counts.
    pub fn granting(&self) -> Option<&Ticket> {
        let realm = self.principal.rsplit_once('@').map_or("", |(_, realm)| realm);
        let own = format!("{TICKET_GRANTING}{realm}@{realm}");
        self.tickets
            .iter()
            .filter(|ticket| ticket.is_granting())
            .max_by_key(|ticket| (ticket.server == own, ticket.ends))
    }

    pub(super) fn parse(file: &[u8]) -> Option<Self> {
        let mut file = Reader::new(file, Counts::Long);
        let version = match file.array::<2>()? {
            [5, version @ (3 | 4)] => version,
            _ => return None,
        };
        if version == 4 {
            let header = file.short()?;
            file.take(usize::from(header))?;
        }
        let principal = principal(&mut file)?.to_string();
        let mut tickets = Vec::new();
        while !file.is_empty() {
            tickets.extend(ticket(&mut file, version)?);
        }
        Some(Self { principal, tickets })
    }
}

impl Ticket {
    /// Whether it is one with which others are got.
    pub fn is_granting(&self) -> bool {
        self.server.starts_with(TICKET_GRANTING)
    }

    /// Whether it is too old at that time.
    pub fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.ends <= now
    }
}

fn principal(file: &mut Reader<'_>) -> Option<Principal> {
    let _kind = file.long()?;
    let components = file.count()?;
    file.principal(components)
}

/// The next entry: a ticket, or none if it is a note or was removed. The outer answer is none where the file breaks off.
fn ticket(file: &mut Reader<'_>, version: u8) -> Option<Option<Ticket>> {
    let (client, server) = (principal(file)?, principal(file)?);
    let session_key = EncryptionType(i32::from(file.short()?.cast_signed()));
    if version == 3 {
        file.short()?; // the type once more
    }
    file.data()?; // the key
    let [authenticated, starts, ends, renew_till] = [file.long()?, file.long()?, file.long()?, file.long()?];
    file.byte()?; // whether the second ticket's key was used
    file.long()?; // flags
    for _ in 0..2 {
        // Addresses, then authorization data: a type and data each.
        for _ in 0..file.count()? {
            file.short()?;
            file.data()?;
        }
    }
    let sealed = der::service_key(file.data()?);
    file.data()?; // the second ticket
    let is_removed = authenticated == u32::MAX && ends == 0;
    if is_removed || NOTES.contains(&server.realm.as_str()) {
        return Some(None);
    }
    Some(Some(Ticket {
        client: client.to_string(),
        server: server.to_string(),
        // A ticket that is good at once need not say from when.
        starts: moment(if starts == 0 { authenticated } else { starts }),
        ends: moment(ends),
        renew_till: (renew_till != 0).then(|| moment(renew_till)),
        session_key,
        sealed_by: sealed.map(|(kind, _)| kind),
        key_version: sealed.and_then(|(_, version)| version),
    }))
}

/// Seconds since 1970, to 2106.
fn moment(seconds: u32) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(i64::from(seconds))
}
