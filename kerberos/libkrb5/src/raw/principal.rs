//! Principals as texts.

use std::ptr;

use super::context::{Library, LibraryError, argument, copy};
use super::ffi;

impl Library {
    /// The text of a principal, like `webgmsa$@CONTOSO.COM`; empty if there is none.
    pub(super) fn text_of(&self, principal: ffi::krb5_const_principal) -> String {
        let mut text = ptr::null_mut();
        if principal.is_null() {
            return String::new();
        }
        // SAFETY: the context is open, the principal is one of the library; `text` is writable.
        let code = unsafe { ffi::krb5_unparse_name(self.context, principal, &raw mut text) };
        if code != 0 {
            return String::new();
        }
        let name = copy(text);
        // SAFETY: the text is of `krb5_unparse_name`, and freed once.
        unsafe { ffi::krb5_free_unparsed_name(self.context, text) };
        name
    }

    pub(super) fn principal(&self, name: &str) -> Result<Principal<'_>, LibraryError> {
        let name = argument(name)?;
        let mut principal = ptr::null_mut();
        // SAFETY: the context is open; the name ends with NUL; `principal` is writable.
        let code = unsafe { ffi::krb5_parse_name(self.context, name.as_ptr(), &raw mut principal) };
        self.check(code)?;
        Ok(Principal { library: self, principal })
    }
}

/// A principal of the library.
pub(super) struct Principal<'a> {
    pub(super) library: &'a Library,
    pub(super) principal: ffi::krb5_principal,
}

impl Drop for Principal<'_> {
    fn drop(&mut self) {
        // SAFETY: the principal is of the library, and freed once.
        unsafe { ffi::krb5_free_principal(self.library.context, self.principal) };
    }
}
