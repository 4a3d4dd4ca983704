//! The open connections of a listener: how many there are, and which of them to close.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, Id, JoinSet};

use super::activity::{Activity, Phase};

/// The tasks that serve connections. Dropping it closes all of them.
#[derive(Default)]
pub(super) struct OpenConnections {
    tasks: JoinSet<()>,
    open: HashMap<Id, OpenConnection>,
    per_client: HashMap<IpAddr, usize>,
}

struct OpenConnection {
    client: IpAddr,
    activity: Arc<Activity>,
    task: AbortHandle,
}

impl OpenConnection {
    /// Whether it has waited for its client for this long: for a request, or for the rest of one.
    fn is_idle(&self, least: Duration) -> bool {
        self.activity.phase() != Phase::Handling && self.activity.duration() >= least
    }
}

impl OpenConnections {
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// How many connections this client has.
    pub(super) fn of_client(&self, client: IpAddr) -> usize {
        self.per_client.get(&client).copied().unwrap_or_default()
    }

    /// How many have a request that is not answered.
    pub(super) fn handling(&self) -> usize {
        let is_handling = |phase| matches!(phase, Phase::ReadingBody | Phase::Handling);
        self.open.values().filter(|connection| is_handling(connection.activity.phase())).count()
    }

    /// Runs the task of a connection.
    pub(super) fn spawn(
        &mut self,
        client: IpAddr,
        activity: Arc<Activity>,
        connection: impl Future<Output = ()> + Send + 'static,
    ) {
        let task = self.tasks.spawn(connection);
        *self.per_client.entry(client).or_default() += 1;
        self.open.insert(task.id(), OpenConnection { client, activity, task });
    }

    /// Waits until a connection has ended. Returns `false` if none is open.
    pub(super) async fn one_ended(&mut self) -> bool {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => self.remove(id),
            Some(Err(error)) => self.remove(error.id()),
            None => return false,
        }
        true
    }

    /// Closes connections whose client has sent part of a request's head for `head`, or nothing for `idle`. Returns how
    /// many of each.
    pub(super) fn close_expired(&mut self, head: Duration, idle: Duration) -> (usize, usize) {
        let in_phase = |phase, limit| {
            move |(_, connection): &(&Id, &OpenConnection)| {
                connection.activity.phase() == phase && connection.activity.duration() >= limit
            }
        };
        let ids = |phase, limit| self.open.iter().filter(in_phase(phase, limit)).map(|(id, _)| *id).collect();
        let (slow, unused): (Vec<_>, Vec<_>) = (ids(Phase::ReadingHead, head), ids(Phase::Idle, idle));
        slow.iter().chain(&unused).for_each(|id| self.close(*id));
        (slow.len(), unused.len())
    }

    /// Whether a connection could be closed to make room: one that has been idle for `least`.
    pub(super) fn has_idle(&self, least: Duration) -> bool {
        self.open.values().any(|connection| connection.is_idle(least))
    }

    /// Closes the connection that is idle for the longest time, and for `least`, to make room. One on which no request
    /// has been answered yet is closed before one that was of use. Returns `false` if there is none.
    pub(super) fn close_longest_idle(&mut self, least: Duration) -> bool {
        let idle = self.open.iter().filter(|(_, connection)| connection.is_idle(least));
        let longest = idle
            .min_by_key(|(_, connection)| (connection.activity.has_served(), Reverse(connection.activity.duration())));
        let Some(id) = longest.map(|(id, _)| *id) else { return false };
        self.close(id);
        true
    }

    fn close(&mut self, id: Id) {
        if let Some(connection) = self.open.get(&id) {
            connection.task.abort();
            self.remove(id);
        }
    }

    /// Forgets the connection, if it is not forgotten already: an aborted task is reported once more when it has ended.
    fn remove(&mut self, id: Id) {
        let Some(connection) = self.open.remove(&id) else { return };
        if let Some(count) = self.per_client.get_mut(&connection.client) {
            *count -= 1;
            if *count == 0 {
                self.per_client.remove(&connection.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::net::Ipv4Addr;

    use super::*;

    fn add(connections: &mut OpenConnections, last: u8, steps: &[fn(&Activity)]) -> Arc<Activity> {
        let activity = Arc::new(Activity::new());
        steps.iter().for_each(|step| step(&activity));
        connections.spawn(Ipv4Addr::new(192, 0, 2, last).into(), Arc::clone(&activity), pending());
        activity
    }

    const HEAD: fn(&Activity) = Activity::received;
    const START: fn(&Activity) = |activity| activity.request_started(false);
    const START_WITH_BODY: fn(&Activity) = |activity| activity.request_started(true);
    const END: fn(&Activity) = |activity| {
        activity.response_ended();
        activity.flushed();
    };

    fn clients(connections: &OpenConnections) -> Vec<u8> {
        let mut clients: Vec<_> = connections
            .per_client
            .keys()
            .map(|client| match client {
                IpAddr::V4(address) => address.octets()[3],
                IpAddr::V6(_) => 0,
            })
            .collect();
        clients.sort_unstable();
        clients
    }

    #[tokio::test]
    async fn connections_without_an_answer_make_room_first_and_running_requests_never() {
        let mut connections = OpenConnections::default();
        add(&mut connections, 1, &[START]);
        add(&mut connections, 2, &[START, END]);
        add(&mut connections, 3, &[HEAD]);
        add(&mut connections, 4, &[START, END, START_WITH_BODY]);
        assert!(connections.close_longest_idle(Duration::ZERO));
        assert_eq!(clients(&connections), [1, 2, 4]);
        assert!(connections.close_longest_idle(Duration::ZERO));
        assert!(connections.close_longest_idle(Duration::ZERO));
        assert_eq!(clients(&connections), [1]);
        assert!(!connections.close_longest_idle(Duration::ZERO));
        assert_eq!(connections.handling(), 1);
    }

    #[tokio::test]
    async fn connection_that_was_just_opened_is_not_closed() {
        let mut connections = OpenConnections::default();
        add(&mut connections, 1, &[]);
        assert!(!connections.has_idle(Duration::from_secs(3600)));
        assert!(!connections.close_longest_idle(Duration::from_secs(3600)));
        assert!(connections.has_idle(Duration::ZERO));
    }

    #[tokio::test]
    async fn expired_connections_are_closed_by_phase() {
        let mut connections = OpenConnections::default();
        for (client, steps) in [(1, &[HEAD][..]), (2, &[START, END]), (3, &[START])] {
            add(&mut connections, client, steps);
        }
        let never = Duration::MAX;
        assert_eq!(connections.close_expired(never, never), (0, 0));
        assert_eq!(connections.close_expired(Duration::ZERO, never), (1, 0));
        assert_eq!(connections.close_expired(Duration::ZERO, Duration::ZERO), (0, 1));
        assert_eq!(clients(&connections), [3]);
    }

    #[tokio::test]
    async fn closed_connection_is_counted_once() {
        let mut connections = OpenConnections::default();
        let client = Ipv4Addr::new(192, 0, 2, 7).into();
        add(&mut connections, 7, &[]);
        add(&mut connections, 7, &[]);
        assert_eq!((connections.len(), connections.of_client(client)), (2, 2));
        connections.close_longest_idle(Duration::ZERO);
        assert!(connections.one_ended().await);
        assert_eq!((connections.len(), connections.of_client(client)), (1, 1));
    }
}
