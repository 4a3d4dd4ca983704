//! The library with its configuration.

use std::ffi::{CStr, CString, c_char};
use std::fmt;
use std::ptr;

use super::ffi;

/// A context of the library: its configuration as it was when it was opened.
#[derive(Debug)]
pub struct Library {
    pub(super) context: ffi::krb5_context,
}

/// An error of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryError {
    /// Its number in `krb5.h`, or the system's.
    pub code: i32,
    /// Its text.
    pub message: String,
}

/// What an error means for a cache or keytab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// It does not exist.
    Missing,
    /// The library does not know its type.
    UnknownType,
    /// It is not a cache or keytab.
    Malformed,
    /// Another error.
    Other,
}

/// `ENOENT`, which the library passes on, on every Unix.
const NO_SUCH_FILE: i32 = 2;

impl LibraryError {
    /// What the error means for a cache or keytab.
    pub fn kind(&self) -> ErrorKind {
        match self.code {
            ffi::KRB5_FCC_NOFILE | ffi::KRB5_CC_NOTFOUND | ffi::KRB5_KT_NOTFOUND | NO_SUCH_FILE => ErrorKind::Missing,
            ffi::KRB5_CC_UNKNOWN_TYPE | ffi::KRB5_KT_UNKNOWN_TYPE => ErrorKind::UnknownType,
            ffi::KRB5_CC_FORMAT | ffi::KRB5_CCACHE_BADVNO | ffi::KRB5_KEYTAB_BADVNO | ffi::KRB5_KT_FORMAT => {
                ErrorKind::Malformed
            }
            _ => ErrorKind::Other,
        }
    }
}

impl std::error::Error for LibraryError {}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Library {
    /// Reads the configuration, with its included files.
    ///
    /// # Errors
    /// The configuration cannot be read or has a syntax error.
    pub fn open() -> Result<Self, LibraryError> {
        let mut context = ptr::null_mut();
        // SAFETY: `context` is writable.
        let code = unsafe { ffi::krb5_init_context(&raw mut context) };
        if code == 0 { Ok(Self { context }) } else { Err(error(ptr::null_mut(), code)) }
    }

    /// The realm that is appended to a principal without one.
    ///
    /// # Errors
    /// The configuration names none.
    pub fn default_realm(&self) -> Result<String, LibraryError> {
        let mut realm = ptr::null_mut();
        // SAFETY: the context is open; `realm` is writable.
        let code = unsafe { ffi::krb5_get_default_realm(self.context, &raw mut realm) };
        self.check(code)?;
        let text = copy(realm);
        // SAFETY: the realm is of `krb5_get_default_realm`, and freed once.
        unsafe { ffi::krb5_free_default_realm(self.context, realm) };
        Ok(text)
    }

    /// The realm to which the configuration maps the host, if it does.
    pub fn realm_of_host(&self, host: &str) -> Option<String> {
        let host = CString::new(host).ok()?;
        let mut realms = ptr::null_mut();
        // SAFETY: the context is open; the host ends with NUL; `realms` is writable.
        let code = unsafe { ffi::krb5_get_host_realm(self.context, host.as_ptr(), &raw mut realms) };
        if code != 0 || realms.is_null() {
            return None;
        }
        // SAFETY: a list of realms ends with null, so its first element is readable.
        let realm = copy(unsafe { *realms });
        // SAFETY: the list is of `krb5_get_host_realm`, and freed once.
        unsafe { ffi::krb5_free_host_realm(self.context, realms) };
        // The empty realm stands for "unknown".
        Some(realm).filter(|realm| !realm.is_empty())
    }

    /// The value of a relation in the section `[libdefaults]`.
    pub fn setting(&self, relation: &str) -> Option<String> {
        let relation = CString::new(relation).ok()?;
        let (mut profile, mut value) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the context is open; `profile` is writable.
        let code = unsafe { ffi::krb5_get_profile(self.context, &raw mut profile) };
        self.check(code).ok()?;
        let section = c"libdefaults".as_ptr();
        // SAFETY: the profile is open; the names end with NUL or are null, which is allowed for the third and the
        // default; `value` is writable.
        let code = unsafe {
            ffi::profile_get_string(profile, section, relation.as_ptr(), ptr::null(), ptr::null(), &raw mut value)
        };
        let text = (code == 0 && !value.is_null()).then(|| copy(value));
        // SAFETY: the value is of `profile_get_string` or null, and freed once.
        unsafe { ffi::profile_release_string(value) };
        // SAFETY: the profile is of `krb5_get_profile`, and freed once.
        unsafe { ffi::profile_abandon(profile) };
        text
    }

    /// The result of a call by its code.
    pub(super) fn check(&self, code: ffi::krb5_error_code) -> Result<(), LibraryError> {
        if code == 0 { Ok(()) } else { Err(error(self.context, code)) }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: the context is of `krb5_init_context`, and freed once.
        unsafe { ffi::krb5_free_context(self.context) };
    }
}

/// A text of the library; empty if it is null.
pub(super) fn copy(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: texts of the library end with NUL and stay until they are freed, which no caller does before.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

fn error(context: ffi::krb5_context, code: ffi::krb5_error_code) -> LibraryError {
    // SAFETY: the context is open, or null, for which the library has fixed texts.
    let text = unsafe { ffi::krb5_get_error_message(context, code) };
    let message = copy(text);
    // SAFETY: the text is of `krb5_get_error_message`, and freed once.
    unsafe { ffi::krb5_free_error_message(context, text) };
    LibraryError { code, message }
}

/// The argument of a call; a text with NUL inside is none.
pub(super) fn argument(text: &str) -> Result<CString, LibraryError> {
    CString::new(text).map_err(|_| LibraryError { code: 0, message: "the name contains a NUL character".to_owned() })
}
