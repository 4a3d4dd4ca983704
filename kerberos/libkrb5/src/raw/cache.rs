//! Ticket caches: files, folders, the kernel's keyring, a daemon.

use std::ptr;

use super::context::{Library, LibraryError, argument, copy};
use super::ffi;
use super::principal::Principal;

/// A ticket without its keys. Times are seconds since 1970; 0 stands for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The client.
    pub client: String,
    /// The service.
    pub server: String,
    /// Valid from this time.
    pub starts: u32,
    /// Valid until this time.
    pub ends: u32,
    /// Renewable until this time.
    pub renew_till: u32,
    /// The encryption type of the key that client and service share.
    pub session_key_type: i32,
    /// The ticket as the KDC issued it, encrypted for the service.
    pub encrypted: Vec<u8>,
}

impl Library {
    /// The name of the cache that a login uses.
    pub fn default_cache_name(&self) -> String {
        // SAFETY: the context is open; the name stays the context's.
        copy(unsafe { ffi::krb5_cc_default_name(self.context) })
    }

    /// Reads the cache of this name; of a collection the primary cache. Returns the client that the cache belongs to,
    /// and the tickets in the order of the cache, without the library's own settings.
    ///
    /// # Errors
    /// The type of the cache is unknown, or the cache cannot be read.
    pub fn read_cache(&self, name: &str) -> Result<(String, Vec<Ticket>), LibraryError> {
        let cache = self.open_cache(name)?;
        Ok((cache.principal()?, cache.tickets()?))
    }

    pub(super) fn open_cache(&self, name: &str) -> Result<OpenCache<'_>, LibraryError> {
        let name = argument(name)?;
        let mut cache = ptr::null_mut();
        // SAFETY: the context is open; the name ends with NUL; `cache` is writable.
        let code = unsafe { ffi::krb5_cc_resolve(self.context, name.as_ptr(), &raw mut cache) };
        self.check(code)?;
        Ok(OpenCache { library: self, cache })
    }
}

pub(super) struct OpenCache<'a> {
    library: &'a Library,
    pub(super) cache: ffi::krb5_ccache,
}

impl OpenCache<'_> {
    fn principal(&self) -> Result<String, LibraryError> {
        let mut principal = ptr::null_mut();
        // SAFETY: context and cache are open; `principal` is writable.
        let code = unsafe { ffi::krb5_cc_get_principal(self.library.context, self.cache, &raw mut principal) };
        self.library.check(code)?;
        let principal = Principal { library: self.library, principal };
        Ok(self.library.text_of(principal.principal))
    }

    fn tickets(&self) -> Result<Vec<Ticket>, LibraryError> {
        let Library { context } = *self.library;
        let mut cursor = ptr::null_mut();
        // SAFETY: context and cache are open; `cursor` is writable.
        let code = unsafe { ffi::krb5_cc_start_seq_get(context, self.cache, &raw mut cursor) };
        self.library.check(code)?;
        let mut tickets = Vec::new();
        let end = loop {
            let mut entry = ffi::krb5_creds::default();
            // SAFETY: context, cache and cursor are open; `entry` is writable.
            let code = unsafe { ffi::krb5_cc_next_cred(context, self.cache, &raw mut cursor, &raw mut entry) };
            if code != 0 {
                break code;
            }
            tickets.extend(self.ticket(&entry));
            // SAFETY: the entry is of `krb5_cc_next_cred`, and freed once; its key is overwritten.
            unsafe { ffi::krb5_free_cred_contents(context, &raw mut entry) };
        };
        // SAFETY: context and cache are open; the cursor is closed once.
        unsafe { ffi::krb5_cc_end_seq_get(context, self.cache, &raw mut cursor) };
        if end == ffi::KRB5_CC_END { Ok(tickets) } else { self.library.check(end).map(|()| tickets) }
    }

    /// The ticket of an entry; none if it is a setting of the library or a removed ticket.
    fn ticket(&self, entry: &ffi::krb5_creds) -> Option<Ticket> {
        // SAFETY: the context is open; the principal is the entry's.
        let is_setting = unsafe { ffi::krb5_is_config_principal(self.library.context, entry.server) } != 0;
        let times = &entry.times;
        let is_removed = times.authtime == -1 && times.endtime == 0;
        if is_setting || is_removed {
            return None;
        }
        Some(Ticket {
            client: self.library.text_of(entry.client),
            server: self.library.text_of(entry.server),
            // A ticket without a start is valid from its authentication. Times are unsigned up to 2106.
            starts: (if times.starttime == 0 { times.authtime } else { times.starttime }).cast_unsigned(),
            ends: times.endtime.cast_unsigned(),
            renew_till: times.renew_till.cast_unsigned(),
            session_key_type: entry.keyblock.enctype,
            encrypted: bytes(&entry.ticket),
        })
    }
}

impl Drop for OpenCache<'_> {
    fn drop(&mut self) {
        // SAFETY: the cache is of `krb5_cc_resolve`, and closed once.
        unsafe { ffi::krb5_cc_close(self.library.context, self.cache) };
    }
}

fn bytes(data: &ffi::krb5_data) -> Vec<u8> {
    let Ok(length) = usize::try_from(data.length) else { return Vec::new() };
    if data.data.is_null() || length == 0 {
        return Vec::new();
    }
    // SAFETY: data of the library has this many bytes, and stays until its entry is freed.
    unsafe { std::slice::from_raw_parts(data.data.cast::<u8>(), length) }.to_vec()
}
