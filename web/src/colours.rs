//! Whether a stream shows colours.

use std::io::IsTerminal;

/// Whether the stream is a terminal that takes colours, and the user does not refuse them (<https://no-color.org>). The
/// console of Windows has to be asked to take them; older ones cannot.
pub(crate) fn are_shown_by(stream: &impl IsTerminal) -> bool {
    stream.is_terminal()
        && !anstyle_query::no_color()
        && anstyle_query::term_supports_color()
        && anstyle_query::windows::enable_ansi_colors().unwrap_or(true)
}
