//! Whose credentials these are, by the files that hold them: GSSAPI does not tell it of a ticket that has expired, of a key that the
//! directory refuses, nor before a KDC has answered.
//!
//! Formats: <https://web.mit.edu/kerberos/krb5-latest/doc/formats/ccache_file_format.html>, versions 3 and 4, and
//! <https://web.mit.edu/kerberos/krb5-latest/doc/formats/keytab_file_format.html>, version 2.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;

/// The principal is at the beginning of either file.
const ENOUGH: u64 = 4096;

/// The client's principal, by `KRB5CCNAME` or else `KRB5_CLIENT_KTNAME`, where they name files.
pub(super) fn principal(lookup: impl Fn(&str) -> Option<OsString>) -> Option<String> {
    let read = |variable| begin(lookup(variable)?.to_str()?);
    let cached = read("KRB5CCNAME").and_then(|file| of_cache(&file));
    cached.or_else(|| of_keytab(&read("KRB5_CLIENT_KTNAME")?))
}

fn begin(name: &str) -> Option<Vec<u8>> {
    let path = name.strip_prefix("FILE:").unwrap_or(name);
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(ENOUGH).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn of_cache(mut file: &[u8]) -> Option<String> {
    match bytes::<2>(&mut file)? {
        [5, 4] => {
            let header = u16::from_be_bytes(bytes(&mut file)?);
            file = file.get(usize::from(header)..)?;
        }
        [5, 3] => {}
        _ => return None,
    }
    bytes::<4>(&mut file)?; // the name's type
    let components = long(&mut file)?;
    named(components, || text(&mut file, long))
}

fn of_keytab(mut file: &[u8]) -> Option<String> {
    let ([5, 2], _size) = (bytes::<2>(&mut file)?, bytes::<4>(&mut file)?) else { return None };
    let components = short(&mut file)?;
    named(components, || text(&mut file, short))
}

/// The realm comes before so many components of the name.
fn named(components: usize, mut next: impl FnMut() -> Option<String>) -> Option<String> {
    let realm = next()?;
    let name = (0..components).map(|_| next()).collect::<Option<Vec<_>>>()?;
    Some(format!("{}@{realm}", name.join("/")))
}

fn text(file: &mut &[u8], length: fn(&mut &[u8]) -> Option<usize>) -> Option<String> {
    let length = length(file)?;
    let (text, rest) = file.split_at_checked(length)?;
    *file = rest;
    String::from_utf8(text.to_vec()).ok()
}

fn short(file: &mut &[u8]) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes(file)?)))
}

fn long(file: &mut &[u8]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes(file)?)).ok()
}

fn bytes<const N: usize>(file: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, rest) = file.split_first_chunk()?;
    *file = rest;
    Some(*bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHE: &[u8] = b"\x05\x04\0\x02XX\0\0\0\x01\0\0\0\x01\0\0\0\x04R.LO\0\0\0\x04web$rest";
    const KEYTAB: &[u8] = b"\x05\x02\0\0\0\x40\0\x02\0\x04R.LO\0\x04HTTP\0\x02dbrest";

    #[test]
    fn a_cache_and_a_keytab_tell_their_principal() {
        assert_eq!(of_cache(CACHE).as_deref(), Some("web$@R.LO"));
        assert_eq!(of_keytab(KEYTAB).as_deref(), Some("HTTP/db@R.LO"));
    }

    #[test]
    fn a_file_that_breaks_off_or_is_something_else_tells_nothing() {
        for end in 0..CACHE.len() - 4 {
            assert_eq!(of_cache(&CACHE[..end]), None, "{end}");
        }
        for end in 0..KEYTAB.len() - 4 {
            assert_eq!(of_keytab(&KEYTAB[..end]), None, "{end}");
        }
        assert_eq!(of_cache(b"\x05\x04\0\0\0\0\0\x01\xff\xff\xff\xff\xff\xff\xff\xff"), None);
        assert_eq!(of_cache(KEYTAB), None);
    }

    #[test]
    fn the_cache_counts_before_the_keytab_and_what_is_no_file_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let [cache, keytab] = [("cache", CACHE), ("keytab", KEYTAB)].map(|(name, content)| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            format!("FILE:{}", path.display())
        });
        let principal = |cache: &str| {
            principal(|name| match name {
                "KRB5CCNAME" => Some(cache.into()),
                _ => Some(keytab.clone().into()),
            })
        };
        assert_eq!(principal(&cache).as_deref(), Some("web$@R.LO"));
        assert_eq!(principal("MEMORY:").as_deref(), Some("HTTP/db@R.LO"));
    }
}
