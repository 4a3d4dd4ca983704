//! Keytabs.

use std::ptr;

use super::context::{Library, LibraryError, argument, copy};
use super::ffi;

/// Most bytes of a keytab's name: the largest path.
const MAX_NAME: usize = 4096;

/// An entry of a keytab without the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The account.
    pub principal: String,
    /// The version number of the account's password that the key is derived from (kvno).
    pub version: u32,
    /// The key's encryption type.
    pub encryption_type: i32,
    /// When the entry was added, in seconds since 1970.
    pub added: u32,
}

impl Library {
    /// The name of the keytab by which a login gets a ticket if its cache has none.
    ///
    /// # Errors
    /// The configured name cannot be used.
    pub fn default_client_keytab_name(&self) -> Result<String, LibraryError> {
        let mut keytab = ptr::null_mut();
        // SAFETY: the context is open; `keytab` is writable.
        let code = unsafe { ffi::krb5_kt_client_default(self.context, &raw mut keytab) };
        self.check(code)?;
        let keytab = Keytab { library: self, keytab };
        let mut name = [0; MAX_NAME];
        let length = u32::try_from(name.len()).unwrap_or_default();
        // SAFETY: context and keytab are open; `name` is writable for that length.
        let code = unsafe { ffi::krb5_kt_get_name(self.context, keytab.keytab, name.as_mut_ptr(), length) };
        self.check(code)?;
        Ok(copy(name.as_ptr()))
    }

    /// Reads the keytab of this name.
    ///
    /// # Errors
    /// The type of the keytab is unknown, or the keytab cannot be read.
    pub fn read_keytab(&self, name: &str) -> Result<Vec<Key>, LibraryError> {
        self.open_keytab(name)?.keys()
    }

    /// Gets a ticket for the principal by its key in the keytab, and throws it away. Blocks while a KDC answers.
    ///
    /// # Errors
    /// The KDC refuses, or none answers.
    pub fn test_key(&self, keytab: &str, principal: &str) -> Result<(), LibraryError> {
        let (keytab, client) = (self.open_keytab(keytab)?, self.principal(principal)?);
        let mut ticket = ffi::krb5_creds::default();
        // SAFETY: context, principal and keytab are open; `ticket` is writable; the service and the options are
        // optional.
        let code = unsafe {
            ffi::krb5_get_init_creds_keytab(
                self.context,
                &raw mut ticket,
                client.principal,
                keytab.keytab,
                0,
                ptr::null(),
                ptr::null_mut(),
            )
        };
        self.check(code)?;
        // SAFETY: the ticket is of `krb5_get_init_creds_keytab`, and freed once; its key is overwritten.
        unsafe { ffi::krb5_free_cred_contents(self.context, &raw mut ticket) };
        Ok(())
    }

    pub(super) fn open_keytab(&self, name: &str) -> Result<Keytab<'_>, LibraryError> {
        let name = argument(name)?;
        let mut keytab = ptr::null_mut();
        // SAFETY: the context is open; the name ends with NUL; `keytab` is writable.
        let code = unsafe { ffi::krb5_kt_resolve(self.context, name.as_ptr(), &raw mut keytab) };
        self.check(code)?;
        Ok(Keytab { library: self, keytab })
    }
}

pub(super) struct Keytab<'a> {
    library: &'a Library,
    pub(super) keytab: ffi::krb5_keytab,
}

impl Keytab<'_> {
    fn keys(&self) -> Result<Vec<Key>, LibraryError> {
        let Library { context } = *self.library;
        let mut cursor = ptr::null_mut();
        // SAFETY: context and keytab are open; `cursor` is writable.
        let code = unsafe { ffi::krb5_kt_start_seq_get(context, self.keytab, &raw mut cursor) };
        self.library.check(code)?;
        let mut keys = Vec::new();
        let end = loop {
            let mut entry = ffi::krb5_keytab_entry::default();
            // SAFETY: context, keytab and cursor are open; `entry` is writable.
            let code = unsafe { ffi::krb5_kt_next_entry(context, self.keytab, &raw mut entry, &raw mut cursor) };
            if code != 0 {
                break code;
            }
            keys.push(Key {
                principal: self.library.text_of(entry.principal),
                version: entry.vno,
                encryption_type: entry.key.enctype,
                added: entry.timestamp.cast_unsigned(),
            });
            // SAFETY: the entry is of `krb5_kt_next_entry`, and freed once; its key is overwritten.
            unsafe { ffi::krb5_free_keytab_entry_contents(context, &raw mut entry) };
        };
        // SAFETY: context and keytab are open; the cursor is closed once.
        unsafe { ffi::krb5_kt_end_seq_get(context, self.keytab, &raw mut cursor) };
        if end == ffi::KRB5_KT_END { Ok(keys) } else { self.library.check(end).map(|()| keys) }
    }
}

impl Drop for Keytab<'_> {
    fn drop(&mut self) {
        // SAFETY: the keytab is of `krb5_kt_resolve` or `krb5_kt_client_default`, and closed once.
        unsafe { ffi::krb5_kt_close(self.library.context, self.keytab) };
    }
}
