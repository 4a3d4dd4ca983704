//! The executable `bookstore`: maps errors to exit codes. 0 is success, 1 a failure while running, 2 a wrong command
//! line or setting.

use std::process::ExitCode;

use bookstore_web::cli;

/// jemalloc uses a fifth less CPU per request than glibc's allocator, at the same memory. mimalloc is like glibc's.
/// Measured: `bench/README.md`.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let names: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
    match cli::run(std::env::args_os(), &names, |name| std::env::var_os(name)) {
        Ok(code) => code,
        Err(error) => {
            error.print();
            error.exit_code()
        }
    }
}
