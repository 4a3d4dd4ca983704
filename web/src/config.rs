//! The settings of the program, read once at the start. `config/settings.rs` has the table of all settings.

mod parse;
mod read;
mod settings;
mod similar_variables;
mod text_file;
mod values;

pub(crate) use parse::connection_string_text;
pub use read::ConfigErrors;
pub(crate) use read::admin_addr;
pub(crate) use settings::help;
pub use values::{Config, ConnectionStringSource, LogFormat};
