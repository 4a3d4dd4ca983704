//! Overlapping events: callers leave and runs end while others arrive.

use proptest::prelude::*;

use super::world::{KEYS, Key, Outcome, World};

#[derive(Clone, Debug)]
enum Event {
    Write,
    Arrive(Key),
    /// The caller that arrived with this event leaves.
    Leave(usize),
    Finish(Key, Outcome),
    /// Every task is polled once.
    Step,
}

fn event() -> impl Strategy<Value = Event> {
    let outcome = prop_oneof![3 => Just(Outcome::Answers), 1 => Just(Outcome::Fails), 1 => Just(Outcome::Panics)];
    prop_oneof![
        1 => Just(Event::Write),
        1 => (0..KEYS).prop_map(Event::Arrive),
        1 => (0..40_usize).prop_map(Event::Leave),
        1 => (0..KEYS, outcome).prop_map(|(key, outcome)| Event::Finish(key, outcome)),
        2 => Just(Event::Step),
    ]
}

fn play(events: &[Event]) -> World {
    let mut world = World::new();
    for (number, event) in events.iter().enumerate() {
        match event {
            Event::Write => world.write(),
            Event::Arrive(key) => world.arrive(number, *key),
            Event::Leave(caller) => world.leave(*caller),
            Event::Finish(key, outcome) => world.finish(*key, *outcome),
            Event::Step => world.step(),
        }
        world.answered();
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn remaining_callers_are_answered_after_two_runs(events in prop::collection::vec(event(), 1..60)) {
        let mut world = play(&events);
        for _ in 0..2 {
            world.settle();
            (0..KEYS).for_each(|key| world.finish(key, Outcome::Answers));
        }
        world.settle();
        world.answered();
        prop_assert_eq!((world.waiting(), world.running_keys()), (0, 0));
    }

    #[test]
    fn abandoned_keys_are_removed_and_new_callers_served(events in prop::collection::vec(event(), 1..60)) {
        let (mut world, newcomer) = (play(&events), events.len());
        (0..newcomer).for_each(|caller| world.leave(caller));
        world.settle();
        prop_assert_eq!(world.running_keys(), 0);
        world.arrive(newcomer, 0);
        world.settle();
        world.finish(0, Outcome::Answers);
        world.settle();
        prop_assert!(matches!(world.answered().get(&newcomer), Some(Ok((_, Ok(_))))));
    }
}
