//! An integrated login on a blocking thread, because the driver's calls of GSSAPI or SSPI block.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::ticket::{TicketPermit, interrupted};
use crate::error::Error;
use crate::login_policy::LoginPolicy;

/// Runs an integrated login with the permit for its ticket, within `limit`.
///
/// # Errors
/// [`Error::Unavailable`] after `limit`, [`Error::LoginPanicked`] if the driver panicked.
pub(super) async fn run_on_blocking_thread<T: Send + 'static>(
    login: impl Future<Output = tiberius::Result<T>> + Send + 'static,
    permit: Option<TicketPermit>,
    limit: Duration,
    policy: LoginPolicy,
) -> Result<tiberius::Result<T>, Error> {
    let runtime = Handle::current();
    let login = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        // The caller stops waiting at the same time; this limit ends the thread.
        policy.offer(|| runtime.block_on(timeout(limit, login)))
    });
    match login.await {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(elapsed)) => Err(Error::Unavailable(format!("the login took longer than Connect Timeout: {elapsed}"))),
        Err(error) => Err(interrupted(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::connect::NO_LIMIT;
    use super::*;

    #[tokio::test]
    async fn panic_of_the_driver_within_a_login_is_no_answer_of_the_server() {
        let login = async { panic!("index out of bounds: the len is 0") };
        let result = run_on_blocking_thread::<()>(login, None, NO_LIMIT, LoginPolicy::default()).await;
        let Err(error) = result else { panic!("{result:?}") };
        assert!(matches!(&error, Error::LoginPanicked(text) if text.starts_with("index out of bounds")), "{error}");
        assert!(error.is_outage() && !error.is_account_refused());
    }
}
