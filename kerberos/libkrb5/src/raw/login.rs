//! Logins: ticket-granting tickets by the key of a keytab or by a password.

use std::ffi::CStr;
use std::ptr;

use super::cache::OpenCache;
use super::context::{Library, LibraryError, argument};
use super::ffi;
use super::principal::Principal;

impl Library {
    /// Gets a ticket-granting ticket by the principal's key in the keytab. It replaces the content of the cache. Blocks
    /// while a KDC answers.
    ///
    /// # Errors
    /// The keytab has no such key, the KDC refuses or none answers, or the cache cannot be written.
    pub fn login_by_keytab(&self, principal: &str, keytab: &str, cache: &str) -> Result<(), LibraryError> {
        let keytab = self.open_keytab(keytab)?;
        self.login(principal, cache, None, |client, ticket, options| {
            // SAFETY: context, principal, keytab and options are open; `ticket` is writable; the service is optional.
            unsafe {
                ffi::krb5_get_init_creds_keytab(
                    self.context,
                    ticket,
                    client.principal,
                    keytab.keytab,
                    0,
                    ptr::null(),
                    options,
                )
            }
        })
    }

    /// Gets a ticket-granting ticket by the principal's password. It is valid for at most `seconds`, and replaces the
    /// content of the cache. Blocks while a KDC answers.
    ///
    /// # Errors
    /// The KDC refuses or none answers, or the cache cannot be written.
    pub fn login_by_password(
        &self,
        principal: &str,
        password: &CStr,
        cache: &str,
        seconds: Option<i32>,
    ) -> Result<(), LibraryError> {
        self.login(principal, cache, seconds, |client, ticket, options| {
            // SAFETY: context, principal and options are open; the password ends with NUL; `ticket` is writable;
            // prompter and service are optional.
            unsafe {
                ffi::krb5_get_init_creds_password(
                    self.context,
                    ticket,
                    client.principal,
                    password.as_ptr(),
                    None,
                    ptr::null_mut(),
                    0,
                    ptr::null(),
                    options,
                )
            }
        })
    }

    /// Lets GSSAPI use the cache of this name on the calling thread, instead of the one that `KRB5CCNAME` names.
    ///
    /// # Errors
    /// The name has a NUL character, or the system has no memory.
    pub fn use_cache_on_this_thread(name: &str) -> Result<(), LibraryError> {
        let name = argument(name)?;
        let mut code = 0;
        // SAFETY: `code` is writable; the name ends with NUL and is copied; the former name is not requested.
        let major = unsafe { ffi::gss_krb5_ccache_name(&raw mut code, name.as_ptr(), ptr::null_mut()) };
        if major == 0 {
            return Ok(());
        }
        Err(LibraryError { code: code.cast_signed(), message: "GSSAPI does not accept the cache's name".to_owned() })
    }

    fn login(
        &self,
        principal: &str,
        cache: &str,
        seconds: Option<i32>,
        get: impl FnOnce(&Principal<'_>, *mut ffi::krb5_creds, *mut ffi::krb5_get_init_creds_opt) -> ffi::krb5_error_code,
    ) -> Result<(), LibraryError> {
        let (client, cache) = (self.principal(principal)?, self.open_cache(cache)?);
        let options = Options::new(self, &cache)?;
        if let Some(seconds) = seconds {
            // SAFETY: the options are open.
            unsafe { ffi::krb5_get_init_creds_opt_set_tkt_life(options.options, seconds) };
        }
        let mut ticket = ffi::krb5_creds::default();
        self.check(get(&client, &raw mut ticket, options.options))?;
        // SAFETY: the ticket is the library's, and freed once; its key is overwritten.
        unsafe { ffi::krb5_free_cred_contents(self.context, &raw mut ticket) };
        Ok(())
    }
}

/// The options of a login. They borrow the cache, which the login writes.
struct Options<'a> {
    library: &'a Library,
    options: *mut ffi::krb5_get_init_creds_opt,
}

impl<'a> Options<'a> {
    fn new(library: &'a Library, cache: &'a OpenCache<'_>) -> Result<Self, LibraryError> {
        let mut options = ptr::null_mut();
        // SAFETY: the context is open; `options` is writable.
        let code = unsafe { ffi::krb5_get_init_creds_opt_alloc(library.context, &raw mut options) };
        library.check(code)?;
        let options = Self { library, options };
        // SAFETY: context, options and cache are open.
        let code =
            unsafe { ffi::krb5_get_init_creds_opt_set_out_ccache(library.context, options.options, cache.cache) };
        library.check(code)?;
        Ok(options)
    }
}

impl Drop for Options<'_> {
    fn drop(&mut self) {
        // SAFETY: the options are of `krb5_get_init_creds_opt_alloc`, and freed once.
        unsafe { ffi::krb5_get_init_creds_opt_free(self.library.context, self.options) };
    }
}
