//! The shared reads beside a model of what they promise: after each event both have answered the same readers in the same way, and
//! know as many keys.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use super::world::{KEYS, Key, Outcome, World};

#[derive(Clone, Debug)]
enum Event {
    Write,
    Arrive(Key),
    /// The reader that came so many readers ago goes away, if it still waits.
    Vanish(usize),
    Finish(Key, Outcome),
}

/// What should happen.
#[derive(Clone, Debug, Default)]
struct Promise {
    lines: BTreeMap<Key, Line>,
    readers: usize,
    /// The readers who had their answer by the last event, and how their run ended.
    answered: BTreeMap<usize, Outcome>,
}

/// Who waits for the run under way, and who for the next.
#[derive(Clone, Debug, Default)]
struct Line {
    running: BTreeSet<usize>,
    next: BTreeSet<usize>,
}

impl ReferenceStateMachine for Promise {
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
            3 => (0..6_usize).prop_map(Event::Vanish),
            3 => (0..KEYS, outcome).prop_map(|(key, outcome)| Event::Finish(key, outcome)),
        ]
        .boxed()
    }

    fn apply(mut promise: Self, event: &Event) -> Self {
        promise.answered.clear();
        match event {
            Event::Write => {}
            Event::Arrive(key) => promise.arrive(*key),
            Event::Vanish(ago) => promise.vanish(*ago),
            Event::Finish(key, outcome) => promise.finish(*key, *outcome),
        }
        promise
    }
}

impl Promise {
    fn arrive(&mut self, key: Key) {
        let reader = self.readers;
        self.readers += 1;
        match self.lines.get_mut(&key) {
            Some(line) => line.next.insert(reader),
            None => self.lines.entry(key).or_default().running.insert(reader),
        };
    }

    fn vanish(&mut self, ago: usize) {
        let gone = self.reader(ago);
        self.lines.retain(|_, Line { running, next }| {
            running.remove(&gone);
            next.remove(&gone);
            !(running.is_empty() && next.is_empty())
        });
    }

    fn finish(&mut self, key: Key, outcome: Outcome) {
        let Some(Line { running, next }) = self.lines.remove(&key) else { return };
        self.answered = running.into_iter().map(|reader| (reader, outcome)).collect();
        if !next.is_empty() {
            self.lines.insert(key, Line { running: next, next: BTreeSet::new() });
        }
    }

    /// A number that no reader has, if that many never came.
    fn reader(&self, ago: usize) -> usize {
        self.readers.checked_sub(ago + 1).unwrap_or(usize::MAX)
    }
}

struct Shared;

impl StateMachineTest for Shared {
    type SystemUnderTest = World;
    type Reference = Promise;

    fn init_test(_: &Promise) -> World {
        World::new()
    }

    fn apply(mut world: World, promise: &Promise, event: Event) -> World {
        match event {
            Event::Write => world.write(),
            Event::Arrive(key) => world.arrive(promise.readers - 1, key),
            Event::Vanish(ago) => world.vanish(promise.reader(ago)),
            Event::Finish(key, outcome) => world.finish(key, outcome),
        }
        world.settle();
        let answered = world.answered().into_iter().map(|(reader, seen)| match seen {
            Ok((_, Ok(_))) => (reader, Outcome::Answers),
            Ok((_, Err(()))) => (reader, Outcome::Fails),
            Err(_) => (reader, Outcome::Panics),
        });
        assert_eq!(answered.collect::<BTreeMap<_, _>>(), promise.answered);
        assert_eq!(world.under_way(), promise.lines.len());
        world
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn each_reader_gets_the_first_run_that_begins_after_it_came_and_nothing_is_kept(sequential 1..60 => Shared);
}
