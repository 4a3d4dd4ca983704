//! Text in the form that Windows takes: UTF-16 with a NUL at its end.

use std::io;

/// The service principal name of a login: UTF-8 for messages, UTF-16 for SSPI.
#[derive(Debug)]
pub(crate) struct Target {
    name: String,
    wide: Vec<u16>,
}

impl Target {
    /// # Errors
    /// `InvalidInput` if the name is empty or has a NUL in it.
    pub(crate) fn new(name: String) -> io::Result<Self> {
        if name.is_empty() || name.contains('\0') {
            let message =
                format!("{name:?} is not a service principal name; use the form MSSQLSvc/db.example.com:1433");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let wide = name.encode_utf16().chain([0]).collect();
        Ok(Self { name, wide })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A pointer to UTF-16 with a NUL at its end, valid as long as `self`.
    pub(crate) fn as_ptr(&self) -> *const u16 {
        self.wide.as_ptr()
    }
}
