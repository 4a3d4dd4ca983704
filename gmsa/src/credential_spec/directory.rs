//! Reads the facts for a credential spec from the directory: the domain's names, SID and GUID, and whether the accounts
//! are gMSAs.
//!
//! It uses the Kerberos credentials of the process. An anonymous caller sees only the rootDSE, which has neither SID
//! nor GUID.

mod query;

use super::draft::SpecDraft;
use super::spec::Domain;
use crate::directory::{DirectoryError, Server, Session, on_thread};
use bookstore_kerberos::gssapi;

/// Fills a draft with the directory's facts about the domain, and looks up its accounts. Blocks for at most 20 seconds.
///
/// # Errors
/// See [`DirectoryError`].
pub fn read(url: &str, draft: SpecDraft) -> Result<SpecDraft, DirectoryError> {
    let server = Server::parse(url)?;
    on_thread(&server.host.clone(), move |runtime| {
        // Here the library returns codes; the LDAP client, which requests the same ticket later, has only text.
        gssapi::get_ticket(&format!("ldap/{}", server.host))
            .map_err(|error| DirectoryError::no_ticket(&server.host, error))?;
        runtime.block_on(fill(&server, draft))
    })
}

async fn fill(server: &Server, draft: SpecDraft) -> Result<SpecDraft, DirectoryError> {
    let mut session = Session::open(server).await?;
    let Domain { dns_name, forest, netbios, sid, guid } = session.domain().await?;
    let mut draft = SpecDraft { domain: dns_name, forest: Some(forest), netbios, sid, guid, ..draft };
    draft.gmsa = session.account(&draft.domain, &draft.gmsa).await?;
    for account in &mut draft.additional {
        *account = session.account(&draft.domain, account).await?;
    }
    Ok(draft)
}
