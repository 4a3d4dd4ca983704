//! Gets tickets, once or again and again.

use std::time::Duration;

use bookstore_gmsa::directory::DirectoryError;
use bookstore_gmsa::ticket::{self, IssuedTicket, TicketError, TicketRequest};
use time::OffsetDateTime;

use super::{GmsaTicketArgs, GmsaTicketError};
use crate::server::shutdown;

/// The first pause after a failure, which doubles with every one, and the longest. A wrong password is not sent again
/// and again: each attempt reads it anew.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// The shortest pause between two tickets.
const SHORTEST: Duration = Duration::from_secs(1);

impl GmsaTicketArgs {
    /// Gets a ticket and, without `--once`, keeps it fresh until a signal arrives.
    ///
    /// # Errors
    /// See [`GmsaTicketError`]. Without `--once`, failures are logged and retried.
    pub(crate) async fn run(self) -> Result<(), GmsaTicketError> {
        if self.check {
            return self.check_cache();
        }
        let once = self.once;
        let request = TicketRequest {
            directory: self.directory.unwrap_or_default(),
            gmsa: self.gmsa.unwrap_or_default(),
            keytab: self.keytab,
            member: self.member,
            cache: self.cache,
            lifetime: self.lifetime,
        };
        if once {
            get(&request).await?;
            return Ok(());
        }
        let stop = shutdown::signals()?;
        tokio::select! {
            never = keep_fresh(&request) => match never {},
            () = stop.first => Ok(()),
        }
    }

    fn check_cache(&self) -> Result<(), GmsaTicketError> {
        let ends = ticket::end_of_ticket(&self.cache)?;
        if ends > OffsetDateTime::now_utc() {
            return Ok(());
        }
        Err(GmsaTicketError::Ended(self.cache.display().to_string(), ends.to_string()))
    }
}

async fn keep_fresh(request: &TicketRequest) -> std::convert::Infallible {
    let mut failures = 0_u32;
    loop {
        let pause = match get(request).await {
            Ok(ticket) => {
                failures = 0;
                pause_after(&ticket, OffsetDateTime::now_utc())
            }
            Err(error) => {
                let (first, longest) = RETRY;
                let pause = first.saturating_mul(1 << failures.min(16)).min(longest);
                failures = failures.saturating_add(1);
                tracing::error!(retry_in_seconds = pause.as_secs(), "no new ticket: {error}");
                pause
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn get(request: &TicketRequest) -> Result<IssuedTicket, TicketError> {
    let (request, cache) = (request.clone(), request.cache.display());
    let got = tokio::task::spawn_blocking(move || ticket::get(request)).await;
    let ticket = got.unwrap_or_else(|panic| Err(DirectoryError::System(panic.into()).into()))?;
    tracing::info!(%cache, principal = ticket.principal, ends = %ticket.ends, "got a ticket");
    Ok(ticket)
}

/// Half of the ticket's lifetime, so that the second half is left for retries, but no longer than the password is
/// valid.
fn pause_after(ticket: &IssuedTicket, now: OffsetDateTime) -> Duration {
    let left = Duration::try_from(ticket.ends - now).unwrap_or_default();
    (left / 2).min(ticket.password_valid_for).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticket_is_renewed_at_half_time_and_when_the_password_rolls() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let pause = |ends: i64, password| {
            let ends = now + time::Duration::seconds(ends);
            let password_valid_for = Duration::from_secs(password);
            pause_after(&IssuedTicket { principal: String::new(), ends, password_valid_for }, now).as_secs()
        };
        assert_eq!(pause(36_000, 2_592_000), 18_000);
        assert_eq!(pause(36_000, 60), 60);
        assert_eq!([pause(-5, 60), pause(60, 0), pause(1, 60)], [1, 1, 1]);
    }
}
