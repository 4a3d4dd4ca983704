//! Single flight compared with a model: after each event both have answered the same callers with the same outcome, and
//! have the same number of keys.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use super::world::{KEYS, Key, Outcome, World};

#[derive(Clone, Debug)]
enum Event {
    Write,
    Arrive(Key),
    /// The caller that arrived this many callers ago leaves, if it still waits.
    Leave(usize),
    Finish(Key, Outcome),
}

/// What has to happen.
#[derive(Clone, Debug, Default)]
struct Model {
    flights: BTreeMap<Key, ModelFlight>,
    callers: usize,
    /// The callers that the last event answered, and the outcome of their run.
    answered: BTreeMap<usize, Outcome>,
}

/// The callers that wait for the run under way, and those that wait for the next.
#[derive(Clone, Debug, Default)]
struct ModelFlight {
    running: BTreeSet<usize>,
    next: BTreeSet<usize>,
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Event;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Event> {
        let outcome = prop_oneof![3 => Just(Outcome::Answers), 1 => Just(Outcome::Fails), 1 => Just(Outcome::Panics)];
        prop_oneof![
            1 => Just(Event::Write),
            4 => (0..KEYS).prop_map(Event::Arrive),
            3 => (0..6_usize).prop_map(Event::Leave),
            3 => (0..KEYS, outcome).prop_map(|(key, outcome)| Event::Finish(key, outcome)),
        ]
        .boxed()
    }

    fn apply(mut model: Self, event: &Event) -> Self {
        model.answered.clear();
        match event {
            Event::Write => {}
            Event::Arrive(key) => model.arrive(*key),
            Event::Leave(ago) => model.leave(*ago),
            Event::Finish(key, outcome) => model.finish(*key, *outcome),
        }
        model
    }
}

impl Model {
    fn arrive(&mut self, key: Key) {
        let caller = self.callers;
        self.callers += 1;
        match self.flights.get_mut(&key) {
            Some(flight) => flight.next.insert(caller),
            None => self.flights.entry(key).or_default().running.insert(caller),
        };
    }

    fn leave(&mut self, ago: usize) {
        let gone = self.caller(ago);
        self.flights.retain(|_, ModelFlight { running, next }| {
            running.remove(&gone);
            next.remove(&gone);
            !(running.is_empty() && next.is_empty())
        });
    }

    fn finish(&mut self, key: Key, outcome: Outcome) {
        let Some(ModelFlight { running, next }) = self.flights.remove(&key) else { return };
        self.answered = running.into_iter().map(|caller| (caller, outcome)).collect();
        if !next.is_empty() {
            self.flights.insert(key, ModelFlight { running: next, next: BTreeSet::new() });
        }
    }

    /// A number that no caller has, if there were fewer.
    fn caller(&self, ago: usize) -> usize {
        self.callers.checked_sub(ago + 1).unwrap_or(usize::MAX)
    }
}

struct Shared;

impl StateMachineTest for Shared {
    type SystemUnderTest = World;
    type Reference = Model;

    fn init_test(_: &Model) -> World {
        World::new()
    }

    fn apply(mut world: World, model: &Model, event: Event) -> World {
        match event {
            Event::Write => world.write(),
            Event::Arrive(key) => world.arrive(model.callers - 1, key),
            Event::Leave(ago) => world.leave(model.caller(ago)),
            Event::Finish(key, outcome) => world.finish(key, outcome),
        }
        world.settle();
        let answered = world.answered().into_iter().map(|(caller, seen)| match seen {
            Ok((_, Ok(_))) => (caller, Outcome::Answers),
            Ok((_, Err(()))) => (caller, Outcome::Fails),
            Err(_) => (caller, Outcome::Panics),
        });
        assert_eq!(answered.collect::<BTreeMap<_, _>>(), model.answered);
        assert_eq!(world.running_keys(), model.flights.len());
        world
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn each_caller_gets_the_first_run_that_starts_after_it(sequential 1..60 => Shared);
}
