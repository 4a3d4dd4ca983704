//! Plain text for a terminal: colours and line breaks.

use std::io;

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSeparator, WordSplitter};

use crate::colours;

/// The longest line, except for commands and paths, which are to be copied.
const WIDTH: usize = 100;

pub(super) const GREEN: Style = AnsiColor::Green.on_default();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(super) const RED: Style = AnsiColor::Red.on_default().bold();
pub(super) const PLAIN: Style = Style::new();

/// Whether standard output shows colours.
pub(super) fn has_colours() -> bool {
    colours::are_shown_by(&io::stdout())
}

/// Paints text, if the output shows colours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Painter {
    pub(super) has_colours: bool,
}

impl Painter {
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if self.has_colours { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// Breaks text into lines, the first with `first` before it and the others with `next`. Words are never broken: names
/// are to be copied and searched for.
pub(super) fn wrapped(text: &str, first: &str, next: &str) -> String {
    let options = Options::new(WIDTH).initial_indent(first).subsequent_indent(next).break_words(false);
    let options = options.word_separator(WordSeparator::AsciiSpace).word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}
