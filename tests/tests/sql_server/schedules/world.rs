//! Requests on a store, what their clients were promised, and the database.

use std::collections::{BTreeSet, VecDeque};

use bookstore_db::book::{Book, RequestId};
use bookstore_db::connection_string::ConnectionString;
use bookstore_db::error::Error;
use bookstore_db::login_policy::LoginPolicy;
use bookstore_db::store::Store;
use bookstore_db::switch::Switch;
use bookstore_tests::books::{draft, first_page, input};
use bookstore_tests::fixture::settings;
use bookstore_tests::proxy::Proxy;
use bookstore_tests::sql;
use bookstore_tests::wait::{PATIENCE, eventually};
use sql_server_stand_in::{Fault, Gate, StandIn};
use tokio::task::{JoinHandle, JoinSet};

use super::LOGINS;

pub(super) const KEYS: usize = 3;
const MAX_POOL_SIZE: usize = 3;

/// The world of one schedule.
pub(super) struct World<'a> {
    server: &'a mut StandIn,
    proxy: &'a Proxy,
    switch: Switch,
    keys: [Key; KEYS],
    /// The requests under way, the oldest first.
    requests: VecDeque<(usize, JoinHandle<Result<Book, Error>>)>,
}

/// What is known of the book of one request id.
struct Key {
    request_id: RequestId,
    expected: Expected,
    /// The logins that have sent the request.
    logins: BTreeSet<&'static str>,
    /// A request without an answer may still take effect.
    may_appear: bool,
    /// The same of a delete.
    may_vanish: bool,
}

enum Expected {
    Unknown,
    Absent,
    Present(Box<Book>),
}

impl<'a> World<'a> {
    pub(super) fn new(server: &'a mut StandIn, proxy: &'a Proxy) -> Self {
        let switch = Switch::new(Store::open(&connection_string(server, proxy, LOGINS[0])).unwrap());
        let keys = std::array::from_fn(|_| Key {
            request_id: RequestId::random(),
            expected: Expected::Absent,
            logins: BTreeSet::new(),
            may_appear: false,
            may_vanish: false,
        });
        Self { server, proxy, switch, keys, requests: VecDeque::new() }
    }

    /// The login of the store that the next request uses.
    fn login(&self) -> &'static str {
        LOGINS[(self.switch.current().generation() as usize - 1) % LOGINS.len()]
    }

    /// Starts a request on the current store.
    pub(super) fn send(&mut self, number: usize) {
        let login = self.login();
        let key = &mut self.keys[number];
        key.logins.insert(login);
        if let Expected::Absent = key.expected {
            key.expected = Expected::Unknown;
        }
        let (store, request_id) = (self.switch.current(), key.request_id);
        let title = format!("Book {number}");
        let request = async move { store.create(&draft(&input(&title)), request_id).await };
        self.requests.push_back((number, tokio::spawn(request)));
    }

    /// Waits for the answers of all requests.
    pub(super) async fn settle(&mut self) {
        while let Some((number, request)) = self.requests.pop_front() {
            let answer = request.await.unwrap();
            self.keys[number].answered(answer);
        }
    }

    pub(super) async fn delete(&mut self, number: usize) {
        self.settle().await;
        let store = self.switch.current();
        let key = &mut self.keys[number];
        let Expected::Present(book) = &key.expected else { return };
        match store.delete(book.id, book.version).await {
            Ok(()) if key.may_appear => key.expected = Expected::Unknown,
            Ok(()) => key.expected = Expected::Absent,
            Err(Error::NotFound(_)) if key.may_vanish => key.expected = Expected::Unknown,
            Err(error) => {
                assert_outage(&error);
                (key.expected, key.may_vanish) = (Expected::Unknown, true);
            }
        }
    }

    pub(super) async fn kill_sessions(&mut self) {
        self.server.stop().await;
        self.server.restart().await.unwrap();
    }

    pub(super) async fn abandon(&mut self) {
        let Some((number, request)) = self.requests.pop_front() else { return };
        request.abort();
        match request.await {
            Ok(answer) => self.keys[number].answered(answer),
            Err(_) => self.keys[number].may_appear = true,
        }
    }

    pub(super) async fn progress(&mut self) {
        let before = self.server.counters().statements();
        let is_over = || self.requests.iter().all(|(_, request)| request.is_finished());
        let has_progress = async || self.server.counters().statements() > before || is_over();
        eventually("a request has progress", PATIENCE, has_progress).await;
    }

    pub(super) async fn switch(&mut self) {
        let other = LOGINS[self.switch.current().generation() as usize % LOGINS.len()];
        let wanted = connection_string(self.server, self.proxy, other);
        if let Err(error) = self.switch.switch_to(&wanted, LoginPolicy::default()).await {
            assert_outage(&error);
        }
    }

    /// Compares the database with the promises.
    pub(super) async fn check_rows(&self) {
        let statement = "SELECT Id, RequestId, CreatedBy FROM dbo.Books WHERE RequestId IS NOT NULL";
        let administrator = settings(&self.server.connection_string("sa"));
        let rows: Vec<_> = sql::batch(&administrator, statement).await.unwrap().into_iter().flatten().collect();
        for Key { request_id, expected, logins, may_vanish, .. } in &self.keys {
            let is_own = |row: &&tiberius::Row| row.get::<tiberius::Uuid, _>("RequestId") == Some(request_id.0);
            let found: Vec<_> = rows.iter().filter(is_own).collect();
            assert!(found.len() <= 1, "{request_id} has {} rows", found.len());
            let id = found.first().and_then(|row| row.get::<i32, _>("Id"));
            match expected {
                Expected::Unknown => {}
                Expected::Absent => assert_eq!(id, None, "the book of {request_id} was deleted or never sent"),
                Expected::Present(_) if *may_vanish && id.is_none() => {}
                Expected::Present(book) => assert_eq!(id, Some(book.id.0), "the book of {request_id}"),
            }
            let creator = found.first().and_then(|row| row.get::<&str, _>("CreatedBy"));
            assert!(creator.is_none_or(|creator| logins.contains(creator)), "{creator:?} did not send {request_id}");
        }
    }

    /// Sends each request again until it is acknowledged, and compares once more.
    pub(super) async fn check_that_retries_succeed(&mut self) {
        for number in 0..KEYS {
            let login = self.login();
            self.keys[number].logins.insert(login);
            let (store, request_id) = (self.switch.current(), self.keys[number].request_id);
            let title = format!("Book {number}");
            let retry = async || store.create(&draft(&input(&title)), request_id).await;
            let book = eventually("the request is acknowledged", PATIENCE, retry).await;
            self.keys[number].answered(Ok(book));
        }
        self.check_rows().await;
    }

    /// All connections of the pool are free, and all can be used at once.
    pub(super) async fn check_pool(&self) {
        let store = self.switch.current();
        let is_idle = async || match store.pool() {
            pool if pool.busy() == 0 && pool.waiting == 0 => Ok(()),
            pool => Err(format!("{pool:?}")),
        };
        eventually("the pool is idle", PATIENCE, is_idle).await;
        let gate = Gate::closed();
        self.server.faults().always(Fault::HoldReply(gate.clone()));
        let mut reads = JoinSet::new();
        for _ in 0..MAX_POOL_SIZE {
            let store = store.clone();
            // A connection that was cut while it was idle may cost a read its answer.
            let read = async move || store.list(&first_page()).await.map(drop).inspect_err(assert_outage);
            reads.spawn(eventually("a read has an answer", PATIENCE, read));
        }
        let all = async || match gate.arrivals() {
            MAX_POOL_SIZE.. => Ok(()),
            arrivals => Err(format!("{arrivals} statements have arrived, {:?}", store.pool())),
        };
        eventually("each connection of the pool runs a statement", PATIENCE, all).await;
        self.server.faults().clear();
        gate.open();
        reads.join_all().await;
    }
}

impl Key {
    fn answered(&mut self, answer: Result<Book, Error>) {
        match answer {
            Ok(book) => {
                assert_eq!(book.request_id, self.request_id);
                if let Expected::Present(before) = &self.expected
                    && !self.may_vanish
                {
                    assert_eq!(before.id, book.id, "{} was acknowledged as two books", self.request_id);
                }
                self.expected = Expected::Present(Box::new(book));
            }
            Err(error) => {
                assert_outage(&error);
                self.may_appear = true;
            }
        }
    }
}

fn assert_outage(error: &Error) {
    assert!(error.is_outage() || matches!(error, Error::Busy(_) | Error::Locked(_)), "{error:?}");
}

fn connection_string(server: &StandIn, proxy: &Proxy, login: &str) -> ConnectionString {
    let (direct, port) = (server.connection_string(login), proxy.addr.port());
    format!("{direct};Server=127.0.0.1,{port};Max Pool Size={MAX_POOL_SIZE}").parse().unwrap()
}
