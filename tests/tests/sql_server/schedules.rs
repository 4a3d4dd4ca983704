//! Any schedule of cut connections, killed sessions, cancelled requests, retries, deletes and switches of the login:
//! each request id has at most one row, each acknowledged one exactly one, with the creator whose login sent it, and no
//! connection of the pool is lost.
//!
//! The store is the shop's own, on the stand-in. The schedule is generated and, if it fails, made shorter by proptest;
//! what meets what also depends on the machine. Kinds of breaks that wait for a time-out are left to `tests/faults/`.

mod world;

use bookstore_tests::fixture::prepare_database;
use bookstore_tests::proxy::{Armed, Break, Direction, Proxy};
use bookstore_tests::sql::settings;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use sql_server_stand_in::StandIn;
use tokio::sync::Mutex;

use world::{KEYS, World};

const CASES: u32 = 25;
const LOGINS: [&str; 2] = ["webapp", "other"];
/// A login and a statement send about this many bytes in each direction.
const MAX_OFFSET: usize = 4000;
const BREAKS: [Break; 5] = [Break::Close, Break::Reset, Break::HalfClose, Break::Dribble, Break::Corrupt];

#[derive(Clone, Debug)]
enum Event {
    /// A request to create the book of this key; a retry if there was one before.
    Send(usize),
    /// All requests get their answers; then the book is deleted, if it was acknowledged.
    Delete(usize),
    Cut(Armed),
    /// All connections of the server end.
    Kill,
    /// The client of the oldest request goes away.
    Abandon,
    /// Until the server has received another statement, or no request is under way.
    Progress,
    /// Later requests use the other login, if the switch succeeds.
    Switch,
}

fn event() -> impl Strategy<Value = Event> {
    let direction = prop_oneof![Just(Direction::ToServer), Just(Direction::ToClient)];
    let cut = (prop::sample::select(&BREAKS[..]), direction, 0..MAX_OFFSET);
    prop_oneof![
        6 => (0..KEYS).prop_map(Event::Send),
        2 => (0..KEYS).prop_map(Event::Delete),
        4 => cut.prop_map(|(kind, direction, after)| Event::Cut(Armed { kind, direction, after })),
        1 => Just(Event::Kill),
        1 => Just(Event::Abandon),
        4 => Just(Event::Progress),
        1 => Just(Event::Switch),
    ]
}

/// A server with both logins, and the proxy in front of it.
async fn start() -> (StandIn, Proxy) {
    let mut builder = StandIn::builder().login("sa", "Secret-1").database("Bookstore");
    for login in LOGINS {
        builder = builder.login(login, "Secret-2");
    }
    let server = builder.start().await.unwrap();
    for login in LOGINS {
        prepare_database(&settings(&server.connection_string("sa")), login).await;
    }
    let proxy = Proxy::start(server.addr()).await.unwrap();
    (server, proxy)
}

async fn play(server: &mut StandIn, proxy: &Proxy, events: Vec<Event>) {
    // What a schedule left that failed.
    server.faults().clear();
    proxy.disarm();
    let mut world = World::new(server, proxy);
    for event in events {
        match event {
            Event::Send(key) => world.send(key),
            Event::Delete(key) => world.delete(key).await,
            Event::Cut(armed) => proxy.arm(armed),
            Event::Kill => world.kill_sessions().await,
            Event::Abandon => world.abandon().await,
            Event::Progress => world.progress().await,
            Event::Switch => world.switch().await,
        }
    }
    world.settle().await;
    proxy.disarm();
    world.check_rows().await;
    world.check_that_retries_succeed().await;
    world.check_pool().await;
}

#[test]
fn any_schedule_creates_one_row_per_acknowledged_request() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let seed = std::env::var("BOOKSTORE_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    println!("BOOKSTORE_TEST_SEED={seed}");
    let config = ProptestConfig {
        cases: CASES,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 200,
        max_shrink_time: 60_000, // ms
        ..ProptestConfig::default()
    };
    let (server, proxy) = runtime.block_on(start());
    let server = Mutex::new(server);
    let run = |events| {
        runtime.block_on(async { play(&mut *server.lock().await, &proxy, events).await });
        Ok(())
    };
    let result = TestRunner::new(config).run(&prop::collection::vec(event(), 1..25), run);
    if let Err(failure) = result {
        panic!("with BOOKSTORE_TEST_SEED={seed}: {failure}");
    }
}
