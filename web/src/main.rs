//! The bookstore's executable: prints an error and turns it into an exit code. 0 is success, 1 a failure while running, 2 a wrong
//! command line or setting.

use std::process::ExitCode;

use bookstore_web::cli;

/// A fifth less CPU for each request than with glibc's, at the same memory; mimalloc measured like glibc's (`bench/README.md`).
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match cli::run(std::env::args_os(), |name| std::env::var_os(name)) {
        Ok(code) => code,
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}
