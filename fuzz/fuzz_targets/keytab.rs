#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| bookstore_fuzz_targets::keytab(input));
