//! The security context: the state of one login between its tokens.

use std::ptr;

use windows_sys::Win32::Security::Authentication::Identity::{
    CompleteAuthToken, DeleteSecurityContext, ISC_REQ_ALLOCATE_MEMORY, ISC_REQ_INTEGRITY, ISC_REQ_MUTUAL_AUTH,
    InitializeSecurityContextW, SECURITY_NATIVE_DREP,
};
use windows_sys::Win32::Security::Credentials::SecHandle;

use super::Credentials;
use super::buffer::{InputToken, OutputToken, list_of};
use crate::status::{Progress, Status};
use crate::text::Target;

/// Integrity lets SPNEGO seal the list of mechanisms, so that nobody in between can remove Kerberos from it (RFC 4178,
/// section 5).
const REQUIREMENTS: u32 = ISC_REQ_MUTUAL_AUTH | ISC_REQ_INTEGRITY | ISC_REQ_ALLOCATE_MEMORY;

/// A context of SSPI, deleted when dropped.
pub(crate) struct Context {
    handle: SecHandle,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Context")
    }
}

/// The result of one step.
pub(crate) struct Reply {
    /// The token for the server; may be empty.
    pub(crate) token: Vec<u8>,
    /// Whether this side needs nothing further.
    pub(crate) is_complete: bool,
}

impl Context {
    /// Takes the first step, which gets the ticket.
    pub(crate) fn start(credentials: &Credentials, target: &Target) -> Result<(Self, Reply), Status> {
        let mut handle = SecHandle::default();
        let mut token = OutputToken::none();
        // A first call that fails creates no context, so there is none to delete.
        let progress = initialize(credentials, None, target, None, &mut handle, &mut token)?;
        let context = Self { handle };
        let reply = context.reply(progress, token)?;
        Ok((context, reply))
    }

    /// Takes a further step, with the server's token.
    pub(crate) fn answer(&mut self, credentials: &Credentials, target: &Target, token: &[u8]) -> Result<Reply, Status> {
        let input = InputToken::new(token)?;
        let mut output = OutputToken::none();
        let progress = initialize(credentials, Some(self.handle), target, Some(input), &mut self.handle, &mut output)?;
        self.reply(progress, output)
    }

    fn reply(&self, progress: Progress, mut token: OutputToken) -> Result<Reply, Status> {
        if progress.needs_completion {
            let list = list_of(token.buffer());
            // SAFETY: the handle is a live context's; the list and the token in it, which SSPI allocated, outlive the
            // call.
            Status::new(unsafe { CompleteAuthToken(&raw const self.handle, &raw const list) }).checked()?;
        }
        Ok(Reply { token: token.to_vec(), is_complete: progress.is_complete })
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the handle came from a successful InitializeSecurityContextW and is deleted here only.
        unsafe { DeleteSecurityContext(&raw const self.handle) };
    }
}

fn initialize(
    credentials: &Credentials,
    existing: Option<SecHandle>,
    target: &Target,
    mut input: Option<InputToken>,
    created: &mut SecHandle,
    output: &mut OutputToken,
) -> Result<Progress, Status> {
    let mut input_buffer = input.as_mut().map(InputToken::buffer);
    let input_list = input_buffer.as_mut().map(list_of);
    let mut output_list = list_of(output.buffer());
    let mut granted = 0;
    // SAFETY: `credentials` and `existing`, if any, are live handles; the target is UTF-16 that ends with NUL; both
    // lists, their buffers and the bytes of the input are owned by locals or borrowed for the call, and the output's
    // buffer starts out null, to be set by SSPI; `created` and `granted` are writable, and no reference but `created`
    // reaches that handle; the expiry is optional.
    let status = unsafe {
        InitializeSecurityContextW(
            credentials.handle(),
            existing.as_ref().map_or(ptr::null(), ptr::from_ref),
            target.as_ptr(),
            REQUIREMENTS,
            0,
            SECURITY_NATIVE_DREP,
            input_list.as_ref().map_or(ptr::null(), ptr::from_ref),
            0,
            created,
            &raw mut output_list,
            &raw mut granted,
            ptr::null_mut(),
        )
    };
    Status::new(status).progress()
}
