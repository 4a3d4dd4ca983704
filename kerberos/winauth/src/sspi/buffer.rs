//! The tokens that SSPI reads and writes.

use std::ptr;
use std::slice;

use windows_sys::Win32::Foundation::SEC_E_INVALID_TOKEN;
use windows_sys::Win32::Security::Authentication::Identity::{
    FreeContextBuffer, SECBUFFER_TOKEN, SECBUFFER_VERSION, SecBuffer, SecBufferDesc,
};

use crate::status::Status;

/// A token for SSPI to read: a copy, because SSPI declares its input writable.
pub(super) struct InputToken {
    bytes: Vec<u8>,
    length: u32,
}

impl InputToken {
    /// # Errors
    /// `SEC_E_INVALID_TOKEN` for a token of 4 GiB or more, which no package creates.
    pub(super) fn new(token: &[u8]) -> Result<Self, Status> {
        let length = u32::try_from(token.len()).map_err(|_| Status::new(SEC_E_INVALID_TOKEN))?;
        Ok(Self { bytes: token.to_vec(), length })
    }

    /// Points into `self`.
    pub(super) fn buffer(&mut self) -> SecBuffer {
        SecBuffer { cbBuffer: self.length, BufferType: SECBUFFER_TOKEN, pvBuffer: self.bytes.as_mut_ptr().cast() }
    }
}

/// A token that SSPI allocates (`ISC_REQ_ALLOCATE_MEMORY`), freed when dropped.
pub(super) struct OutputToken {
    buffer: SecBuffer,
}

impl OutputToken {
    pub(super) fn none() -> Self {
        Self { buffer: SecBuffer { cbBuffer: 0, BufferType: SECBUFFER_TOKEN, pvBuffer: ptr::null_mut() } }
    }

    /// The buffer for SSPI to fill with memory of its own. Nothing else may write to it.
    pub(super) fn buffer(&mut self) -> &mut SecBuffer {
        &mut self.buffer
    }

    pub(super) fn to_vec(&self) -> Vec<u8> {
        if self.buffer.pvBuffer.is_null() {
            return Vec::new();
        }
        // SAFETY: the pointer is not null, so SSPI has set it and the length together to memory that it allocated and
        // filled, which is ours until `drop` frees it; no allocation on Windows is longer than isize::MAX; bytes need
        // no alignment.
        unsafe { slice::from_raw_parts(self.buffer.pvBuffer.cast(), self.buffer.cbBuffer as usize) }.to_vec()
    }
}

impl Drop for OutputToken {
    fn drop(&mut self) {
        if !self.buffer.pvBuffer.is_null() {
            // SAFETY: SSPI allocated it for us to free, it is freed here only, and `to_vec` gives out no pointer into
            // it.
            unsafe { FreeContextBuffer(self.buffer.pvBuffer) };
        }
    }
}

/// The one-buffer list in which SSPI takes and returns tokens.
pub(super) fn list_of(buffer: &mut SecBuffer) -> SecBufferDesc {
    SecBufferDesc { ulVersion: SECBUFFER_VERSION, cBuffers: 1, pBuffers: buffer }
}
