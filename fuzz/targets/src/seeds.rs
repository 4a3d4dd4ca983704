//! Replays the committed seeds, and random changes of them.

#![cfg(test)]

#[cfg(all(unix, feature = "kerberos"))]
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use crate::TARGETS;

/// Changes per seed: a fraction of a second per target.
const CHANGES: usize = 20;

fn seeds(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds").join(target);
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn seeds_and_their_changes_are_handled() {
    let mut rng = Rng::with_seed(1);
    for (name, run) in TARGETS.iter().copied() {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for file in seeds {
            let seed = std::fs::read(&file).unwrap();
            run(&seed);
            for _ in 0..CHANGES {
                run(&change(seed.clone(), &mut rng));
            }
        }
    }
}

/// Replaces, inserts, removes or repeats bytes.
fn change(mut bytes: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    for _ in 0..=rng.usize(..4) {
        let at = rng.usize(..=bytes.len());
        let end = rng.usize(at..=bytes.len()).min(at + 16);
        match rng.u8(..4) {
            0 if at < bytes.len() => bytes[at] = rng.u8(..),
            1 => bytes.insert(at, rng.u8(..)),
            2 => drop(bytes.drain(at..end)),
            _ => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

#[cfg(all(unix, feature = "kerberos"))]
#[test]
fn every_target_has_a_file_for_cargo_fuzz() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz_targets");
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let mut names: Vec<OsString> = TARGETS.iter().map(|(name, _)| format!("{name}.rs").into()).collect();
    files.sort();
    names.sort();
    assert_eq!(files, names);
}
