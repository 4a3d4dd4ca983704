//! Files of caches and keytabs, written here as the formats say, read back.

use std::path::Path;

use proptest::prelude::*;
use time::macros::datetime;

use super::cache::Tickets;
use super::keytab::keys;
use super::*;

/// Stands where a key stands. It must never be seen again.
const KEY: &[u8] = b"the-very-secret-key";
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
    let ticket = b"\x61\x1f\x30\x1d\xa0\x03\x02\x01\x05\xa1\x03\x1b\x01R\xa3\x11\x30\x0f\xa0\x03\x02\x01\x17\xa1\x03\x02\x01\x02\
        \xa2\x03\x04\x01x";
    let mut bytes = [principal("web$@R.TEST"), principal(server)].concat();
    let kind = 18_u16.to_be_bytes();
    bytes.extend([&kind[..], if version == 3 { &kind } else { b"" }, &data(KEY)].concat());
    bytes.extend(times.iter().flat_map(|time| time.to_be_bytes()));
    bytes.extend(b"\0\x40\xe1\0\0");
    bytes.extend([b"\0\0\0\x01\0\x02", &data(b"\x7f\0\0\x01")[..], b"\0\0\0\x01\0\x01", &data(b"auth")].concat());
    bytes.extend([data(ticket), data(b"")].concat());
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

#[test]
fn a_cache_tells_its_tickets_without_notes_and_removed_ones() {
    for version in [3, 4] {
        let found = Tickets::parse(&cache(version)).unwrap();
        assert_eq!(found.principal, "web$@R.TEST");
        let [granting, service] = &found.tickets[..] else { panic!("{found:?}") };
        assert_eq!((granting.server.as_str(), service.server.as_str()), (KRBTGT, SPN));
        assert_eq!((granting.starts, granting.ends), (datetime!(1970-01-01 1:00 UTC), datetime!(1970-01-01 11:00 UTC)));
        assert_eq!((granting.renew_till, service.renew_till), (Some(datetime!(1970-01-02 0:00 UTC)), None));
        assert_eq!(service.starts, datetime!(1970-01-01 2:00 UTC));
        assert_eq!(service.session_key, EncryptionType(18));
        assert_eq!((service.sealed_by, service.key_version), (Some(EncryptionType(23)), Some(2)));
        assert_eq!(found.granting(), Some(granting));
        assert!(service.has_expired(datetime!(1970-01-01 3:00 UTC)) && !service.has_expired(service.starts));
    }
}

#[test]
fn a_keytab_tells_whose_keys_it_has_and_steps_over_holes() {
    let found = keys(&keytab()).unwrap();
    assert_eq!(found.iter().map(|key| key.version).collect::<Vec<_>>(), [7, 300]);
    assert_eq!((found[0].principal.as_str(), found[0].encryption_type), ("web$@R.TEST", EncryptionType(17)));
    assert_eq!(found[0].added, datetime!(1970-01-01 1:00 UTC));
}

#[test]
fn no_key_is_kept() {
    let (tickets, keys) = (Tickets::parse(&cache(4)).unwrap(), keys(&keytab()).unwrap());
    let shown = format!("{tickets:?} {keys:?}");
    let secret = String::from_utf8(KEY.to_vec()).unwrap();
    let numbers = format!("{KEY:?}");
    assert!(!shown.contains(&secret) && !shown.contains(numbers.trim_matches(['[', ']'])), "{shown}");
}

#[test]
fn a_file_that_breaks_off_or_is_something_else_tells_nothing() {
    let (cache, keytab) = (cache(4), keytab());
    let ends_of_entries = (0..cache.len()).filter(|end| Tickets::parse(&cache[..*end]).is_some()).count();
    assert_eq!(ends_of_entries, 4, "only where an entry ends");
    assert_eq!((Tickets::parse(&keytab), keys(&cache)), (None, None));
    assert_eq!(Tickets::parse(b"\x05\x04\0\0\0\0\0\x01\xff\xff\xff\xff\xff\xff\xff\xff"), None);
    assert_eq!(keys(&keytab[..keytab.len() - 1]), None);
}

fn credentials(variables: &[(&str, &str)]) -> KerberosCredentials {
    KerberosCredentials::read_by(|name| Some(variables.iter().find(|(known, _)| *known == name)?.1.into()))
}

fn written(folder: &Path, name: &str, content: &[u8]) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

#[test]
fn the_cache_counts_before_the_keytab_and_what_is_no_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, keytab) = (written(folder.path(), "cc", &cache(4)), written(folder.path(), "kt", &keytab()));
    let both = credentials(&[("KRB5CCNAME", &format!("FILE:{cache}")), ("KRB5_CLIENT_KTNAME", &keytab)]);
    assert_eq!(both.principal(), Some("web$@R.TEST"));
    assert_eq!(both.cache.place.chosen_by, ChosenBy::Variable("KRB5CCNAME"));
    let memory = credentials(&[("KRB5CCNAME", "MEMORY:"), ("KRB5_CLIENT_KTNAME", &keytab)]);
    assert_eq!((memory.principal(), &memory.cache.content), (Some("web$@R.TEST"), &Err(Unread::NoFile)));
    for name in ["KCM:", "KEYRING:persistent:1000", "API:x"] {
        assert_eq!(credentials(&[("KRB5CCNAME", name)]).cache.content, Err(Unread::NoFile), "{name}");
    }
}

#[test]
fn a_folder_of_caches_has_a_primary_one() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "tktXYZ", &cache(4));
    written(folder.path(), "primary", b"tktXYZ\n");
    let folder = folder.path().display();
    for name in [format!("DIR:{folder}"), format!("DIR::{folder}/tktXYZ")] {
        assert_eq!(credentials(&[("KRB5CCNAME", &name)]).principal(), Some("web$@R.TEST"), "{name}");
    }
}

#[test]
fn without_a_variable_the_configuration_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let cache = written(folder.path(), "cc", &cache(4));
    let text = format!(
        "[realms]\n default_ccache_name = FILE:/wrong\n[libdefaults]\n # x\n default_ccache_name = FILE:{cache}\n"
    );
    let configuration = written(folder.path(), "krb5.conf", text.as_bytes());
    let found = credentials(&[("KRB5_CONFIG", &configuration)]);
    assert_eq!(found.principal(), Some("web$@R.TEST"));
    assert_eq!(found.cache.place.chosen_by, ChosenBy::Configuration);
    assert_eq!(found.client_keytab.place.chosen_by, ChosenBy::Default);
    assert_eq!(found.client_keytab.content, Err(Unread::Missing));
}

#[test]
fn what_is_not_a_regular_file_is_not_waited_for() {
    let found = credentials(&[("KRB5CCNAME", "/dev/zero"), ("KRB5_CLIENT_KTNAME", "/")]);
    assert!(matches!(found.cache.content, Err(Unread::Unreadable(_))), "{found:?}");
    assert!(matches!(found.client_keytab.content, Err(Unread::Unreadable(_))), "{found:?}");
}

proptest! {
    #[test]
    fn no_file_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), bent in any::<u8>()) {
        for whole in [cache(3), cache(4), keytab()] {
            let mut file = whole.clone();
            file[at.index(whole.len())] = bent;
            for file in [&file[..], &[&whole[..6], &bytes].concat()] {
                let _ = (Tickets::parse(file), keys(file));
            }
        }
    }
}
