//! The bookstore's executable: prints an error and turns it into an exit code. 0 is success, 1 a failure while running, 2 a wrong
//! command line or setting.

use std::process::ExitCode;

use bookstore_web::cli;

fn main() -> ExitCode {
    match cli::run(std::env::args_os(), |name| std::env::var_os(name)) {
        Ok(code) => code,
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}
