//! Caches and keytabs written by the formats' documents and read back by the library:
//! <https://web.mit.edu/kerberos/krb5-latest/doc/formats/ccache_file_format.html>,
//! <https://web.mit.edu/kerberos/krb5-latest/doc/formats/keytab_file_format.html>.

use std::path::Path;

use bookstore_libkrb5::Library;
use time::macros::datetime;

use super::reader::{read_cache, read_keytab};
use super::*;

/// The content of every key. It must not appear in any output.
const KEY: &[u8] = b"the-very-secret-key";
/// Ticket { 5, "R", { 1, ["krbtgt"] }, { 23, 2, cipher } } in DER.
const TICKET: &[u8] = b"\x61\x2e\x30\x2c\xa0\x03\x02\x01\x05\xa1\x03\x1b\x01R\xa2\x0d\x30\x0b\xa0\x03\x02\x01\x01\
    \xa1\x04\x30\x02\x1b\x00\xa3\x11\x30\x0f\xa0\x03\x02\x01\x17\xa1\x03\x02\x01\x02\xa2\x03\x04\x01x";
const KRBTGT: &str = "krbtgt/R.TEST@R.TEST";
const SPN: &str = "MSSQLSvc/db.r.test:1433@R.TEST";

fn data(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes()[..], bytes].concat()
}

fn principal(text: &str) -> Vec<u8> {
    let (name, realm) = text.rsplit_once('@').unwrap();
    let components: Vec<_> = name.split('/').flat_map(|part| data(part.as_bytes())).collect();
    let count = name.split('/').count() as u32;
    [&1_u32.to_be_bytes()[..], &count.to_be_bytes(), &data(realm.as_bytes()), &components].concat()
}

/// An entry with one address and one piece of authorization data.
fn entry(version: u8, server: &str, times: [u32; 4]) -> Vec<u8> {
    let mut bytes = [principal("web$@R.TEST"), principal(server)].concat();
    let kind = 18_u16.to_be_bytes();
    bytes.extend([&kind[..], if version == 3 { &kind } else { b"" }, &data(KEY)].concat());
    bytes.extend(times.iter().flat_map(|time| time.to_be_bytes()));
    bytes.extend(b"\0\x40\xe1\0\0");
    bytes.extend([b"\0\0\0\x01\0\x02", &data(b"\x7f\0\0\x01")[..], b"\0\0\0\x01\0\x01", &data(b"auth")].concat());
    bytes.extend([data(TICKET), data(b"")].concat());
    bytes
}

fn cache(version: u8) -> Vec<u8> {
    let header: &[u8] = if version == 4 { b"\0\x0c\0\x01\0\x08\0\0\0\x05\0\0\0\0" } else { b"" };
    let hour = 3600;
    let entries = [
        entry(version, "krb5_ccache_conf_data/pa_type/x@X-CACHECONF:", [0; 4]),
        entry(version, KRBTGT, [hour, 0, 11 * hour, 24 * hour]),
        entry(version, "gone/db@R.TEST", [u32::MAX, 0, 0, 0]),
        entry(version, SPN, [hour, 2 * hour, 3 * hour, 0]),
    ];
    [&[5, version][..], header, &principal("web$@R.TEST"), &entries.concat()].concat()
}

fn keytab_entry(version: u8, longer: &[u8]) -> Vec<u8> {
    let name = b"\0\x01\0\x06R.TEST\0\x04web$\0\0\0\x01\0\0\x0e\x10";
    let key = [&(KEY.len() as u16).to_be_bytes()[..], KEY].concat();
    let entry = [&name[..], &[version], b"\0\x11", &key, longer].concat();
    data(&entry)
}

fn keytab() -> Vec<u8> {
    let hole = [&(-4_i32).to_be_bytes()[..], b"\xff\xff\xff\xff"].concat();
    [b"\x05\x02".to_vec(), keytab_entry(7, b""), hole, keytab_entry(44, &300_u32.to_be_bytes())].concat()
}

/// A folder for files, and the library.
struct Files {
    folder: tempfile::TempDir,
    library: Library,
}

impl Files {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), library: Library::open().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, content: &[u8]) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    fn cache(&self, content: &[u8]) -> Result<CacheContent, CredentialReadError> {
        read_cache(&self.library, &self.write("cc", content))
    }

    fn keytab(&self, content: &[u8]) -> Result<Vec<KeytabEntry>, CredentialReadError> {
        read_keytab(&self.library, &self.write("kt", content))
    }
}

#[test]
fn cache_yields_tickets_but_no_settings_and_no_removed_ones() {
    let files = Files::new();
    for version in [3, 4] {
        let found = files.cache(&cache(version)).unwrap();
        assert_eq!(found.principal, "web$@R.TEST");
        let [granting, service] = &found.tickets[..] else { panic!("{found:?}") };
        assert_eq!((granting.server.as_str(), service.server.as_str()), (KRBTGT, SPN));
        assert_eq!((granting.starts, granting.ends), (datetime!(1970-01-01 1:00 UTC), datetime!(1970-01-01 11:00 UTC)));
        assert_eq!((granting.renew_till, service.renew_till), (Some(datetime!(1970-01-02 0:00 UTC)), None));
        assert_eq!(service.starts, datetime!(1970-01-01 2:00 UTC));
        assert_eq!(service.session_key_type, EncryptionType(18));
        assert_eq!((service.service_key_type, service.key_version), (Some(EncryptionType(23)), Some(2)));
        assert_eq!(found.ticket_granting_ticket(), Some(granting));
        assert!(service.has_expired(datetime!(1970-01-01 3:00 UTC)) && !service.has_expired(service.starts));
    }
}

#[test]
fn keytab_yields_its_entries_and_skips_holes() {
    let found = Files::new().keytab(&keytab()).unwrap();
    assert_eq!(found.iter().map(|key| key.version).collect::<Vec<_>>(), [7, 300]);
    assert_eq!((found[0].principal.as_str(), found[0].encryption_type), ("web$@R.TEST", EncryptionType(17)));
    assert_eq!(found[0].added, datetime!(1970-01-01 1:00 UTC));
}

#[test]
fn keys_are_not_kept() {
    let files = Files::new();
    let shown = format!("{:?} {:?}", files.cache(&cache(4)).unwrap(), files.keytab(&keytab()).unwrap());
    let secret = String::from_utf8(KEY.to_vec()).unwrap();
    let numbers = format!("{KEY:?}");
    assert!(!shown.contains(&secret) && !shown.contains(numbers.trim_matches(['[', ']'])), "{shown}");
}

#[test]
fn foreign_file_is_refused_and_truncated_cache_keeps_its_complete_tickets() {
    let files = Files::new();
    assert_eq!(files.cache(&keytab()), Err(CredentialReadError::Malformed));
    assert_eq!(files.cache(b""), Err(CredentialReadError::Malformed));
    assert_eq!(files.keytab(&cache(4)), Err(CredentialReadError::Malformed));
    let truncated = files.cache(&cache(4)[..cache(4).len() - 1]).unwrap();
    assert_eq!(truncated.tickets.iter().map(|ticket| ticket.server.as_str()).collect::<Vec<_>>(), [KRBTGT]);
}

#[test]
fn folder_of_caches_has_a_primary_cache() {
    let files = Files::new();
    files.write("tktXYZ", &cache(4));
    files.write("primary", b"tktXYZ\n");
    let folder = files.path().display();
    for name in [format!("DIR:{folder}"), format!("DIR::{folder}/tktXYZ")] {
        assert_eq!(read_cache(&files.library, &name).unwrap().principal, "web$@R.TEST", "{name}");
    }
}

#[test]
fn names_that_cannot_be_used_are_distinguished() {
    let files = Files::new();
    let folder = files.path().display().to_string();
    let pipe = format!("{folder}/pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (name, error) in [
        (String::new(), CredentialReadError::Empty),
        (folder.clone(), CredentialReadError::Folder),
        (format!("FILE:{folder}"), CredentialReadError::Folder),
        (format!("FILE:{folder}/none"), CredentialReadError::Missing),
        (format!("file:{folder}/none"), CredentialReadError::UnknownType),
        (pipe, CredentialReadError::NotAFile),
        ("/dev/zero".to_owned(), CredentialReadError::NotAFile),
    ] {
        assert_eq!(read_cache(&files.library, &name), Err(error.clone()), "{name}");
        assert_eq!(read_keytab(&files.library, &name), Err(error), "{name}");
    }
}

#[test]
fn tickets_end_with_the_granting_ticket_or_else_the_last_one() {
    let files = Files::new();
    let mut tickets = files.cache(&cache(4)).unwrap();
    let location = CredentialLocation::unknown();
    let end = |content: &CacheContent| {
        let cache = TicketCache { location: location.clone(), content: Ok(content.clone()) };
        let client_keytab = Keytab { location: location.clone(), content: files.keytab(&keytab()) };
        let credentials = KerberosCredentials { cache, client_keytab };
        assert_eq!(credentials.newest_key_added(), Some(datetime!(1970-01-01 1:00 UTC)));
        credentials.tickets_end()
    };
    assert_eq!(end(&tickets), Some(datetime!(1970-01-01 11:00 UTC)));
    tickets.tickets.remove(0);
    assert_eq!(end(&tickets), Some(datetime!(1970-01-01 3:00 UTC)));
    tickets.tickets.clear();
    assert_eq!(end(&tickets), None);
}
