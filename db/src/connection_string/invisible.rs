//! Names and positions of invisible characters, which a copy from a web page, a document or an editor leaves behind.

use std::fmt;

use crate::invisible::is_invisible;

/// An invisible character, and its position in the connection string. `Display` prints both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvisibleCharacter {
    character: char,
    /// Counted in characters, from 1.
    position: usize,
}

impl InvisibleCharacter {
    /// Finds the first one in a part of the connection string that follows `before` characters.
    pub(super) fn find(part: &str, before: usize) -> Option<Self> {
        let found = part.chars().enumerate().find(|(_, character)| is_invisible(*character));
        found.map(|(at, character)| Self { character, position: before + at + 1 })
    }
}

impl fmt::Display for InvisibleCharacter {
    /// `character 5, a no-break space (U+00A0)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {}, {} (U+{:04X})", self.position, name(self.character), u32::from(self.character))
    }
}

/// The name for people, with its article.
fn name(character: char) -> &'static str {
    match character {
        '\u{A0}' => "a no-break space",
        '\u{AD}' => "a soft hyphen",
        '\u{200B}' => "a zero-width space",
        '\u{200C}' => "a zero-width non-joiner",
        '\u{200D}' => "a zero-width joiner",
        '\u{200E}' => "a left-to-right mark",
        '\u{200F}' => "a right-to-left mark",
        '\u{2028}' => "a line separator",
        '\u{2029}' => "a paragraph separator",
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => "a mark of the writing direction",
        '\u{202F}' => "a narrow no-break space",
        '\u{2060}' => "a word joiner",
        '\u{3000}' => "an ideographic space",
        '\u{FE00}'..='\u{FE0F}' => "a variation selector",
        '\u{FEFF}' => "a byte order mark",
        '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{205F}' => "a space of a special width",
        _ => "an invisible character",
    }
}
