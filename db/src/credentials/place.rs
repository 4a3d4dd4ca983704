//! Where the Kerberos library looks for credentials, in its own order: the environment, its configuration file, its default.
//! <https://web.mit.edu/kerberos/krb5-latest/doc/basic/ccache_def.html>,
//! <https://web.mit.edu/kerberos/krb5-latest/doc/basic/keytab_def.html>.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A cache or a keytab with hundreds of entries is far below this.
const LONGEST_FILE: u64 = 1 << 20;

/// Who chose a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenBy {
    /// The environment variable of this name.
    Variable(&'static str),
    /// `krb5.conf`.
    Configuration,
    /// The library.
    Default,
}

/// A place for credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As the library writes it: `FILE:/tmp/krb5cc_1000`, `MEMORY:`, `KCM:`.
    pub name: String,
    /// Who chose it.
    pub chosen_by: ChosenBy,
}

/// Why a place tells nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// There is no such file.
    Missing,
    /// The file is there and cannot be read; what the system said.
    Unreadable(String),
    /// The file is no cache or keytab, or breaks off.
    Malformed,
    /// It is no file: only the library can look into it.
    NoFile,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is no such file"),
            Self::Unreadable(cause) => write!(f, "it cannot be read: {cause}"),
            Self::Malformed => f.write_str("it is not a file of this kind, or it breaks off"),
            Self::NoFile => f.write_str("it is not a file, so only the Kerberos library can look into it"),
        }
    }
}

impl Place {
    pub(super) fn ticket_cache(lookup: &impl Fn(&str) -> Option<OsString>) -> Self {
        Self::find(lookup, "KRB5CCNAME", "default_ccache_name", "FILE:/tmp/krb5cc_%{uid}")
    }

    pub(super) fn client_keytab(lookup: &impl Fn(&str) -> Option<OsString>) -> Self {
        let default = "FILE:/etc/krb5/user/%{euid}/client.keytab";
        Self::find(lookup, "KRB5_CLIENT_KTNAME", "default_client_keytab_name", default)
    }

    fn find(
        lookup: &impl Fn(&str) -> Option<OsString>,
        variable: &'static str,
        relation: &str,
        default: &'static str,
    ) -> Self {
        if let Some(name) = lookup(variable) {
            return Self { name: name.to_string_lossy().into_owned(), chosen_by: ChosenBy::Variable(variable) };
        }
        let configuration = lookup("KRB5_CONFIG").unwrap_or_else(|| OsString::from("/etc/krb5.conf"));
        match configured(&configuration, relation) {
            Some(name) => Self { name: expand(&name), chosen_by: ChosenBy::Configuration },
            None => Self { name: expand(default), chosen_by: ChosenBy::Default },
        }
    }

    /// The file that holds it, if one does.
    pub fn file(&self) -> Option<PathBuf> {
        match self.name.split_once(':') {
            Some(("FILE" | "WRFILE", path)) => Some(path.into()),
            // One cache of several is the primary one; `DIR::` names one itself.
            Some(("DIR", path)) => match path.strip_prefix(':') {
                Some(path) => Some(path.into()),
                None => Some(Path::new(path).join(primary(Path::new(path)))),
            },
            Some((kind, _)) if kind.len() > 1 && kind.bytes().all(|letter| letter.is_ascii_uppercase()) => None,
            _ => Some(self.name.as_str().into()),
        }
    }

    pub(super) fn bytes(&self) -> Result<Vec<u8>, Unread> {
        let path = self.file().ok_or(Unread::NoFile)?;
        read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Unread::Missing,
            _ => Unread::Unreadable(error.to_string()),
        })
    }
}

/// A pipe or a device could keep its reader waiting, so only a regular file is opened.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn primary(folder: &Path) -> String {
    let name = read(&folder.join("primary")).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    name.map_or_else(|| "tkt".to_owned(), |name| name.trim().to_owned())
}

/// The relation in the section `[libdefaults]` of the configuration's first file. Included files are not followed.
fn configured(files: &OsStr, relation: &str) -> Option<String> {
    let first = files.to_str()?.split(':').next()?;
    let text = String::from_utf8(read(Path::new(first)).ok()?).ok()?;
    let mut section = "";
    text.lines().map(str::trim).find_map(|line| {
        if line.starts_with('[') {
            section = line;
        }
        let (name, value) = line.split_once('=')?;
        (section == "[libdefaults]" && name.trim() == relation).then(|| value.trim().to_owned())
    })
}

fn expand(name: &str) -> String {
    let own = own_id().map_or_else(|| "unknown".to_owned(), |id| id.to_string());
    name.replace("%{uid}", &own).replace("%{euid}", &own).replace("%{TEMP}", "/tmp")
}

/// The account's number, by the owner of the process's own folder: the standard library does not ask for it.
#[cfg(unix)]
fn own_id() -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").ok().map(|folder| folder.uid())
}

#[cfg(not(unix))]
fn own_id() -> Option<u32> {
    None
}
