//! The bookstore's executable.

fn main() {}
