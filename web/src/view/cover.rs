//! The cover of a book, drawn from its title and author: the same book has the same cover in every replica, and nothing
//! is stored.

mod lettering;
mod palette;

use std::hash::Hasher;

use askama::Template;
use askama::filters::HtmlSafe;
use bookstore_db::book::Book;
use fnv::FnvHasher;

use lettering::TextLine;
use palette::{PALETTES, Palette};

/// The number of drawings in `drawing.svg`.
const DRAWINGS: u64 = 8;

/// A cover, 200 wide and 300 high. It has no ids and no style attributes, so that a page can contain many under the
/// strict content security policy.
#[derive(Clone, Debug, Template)]
#[template(path = "cover.svg")]
pub(crate) struct Cover {
    drawing: u64,
    /// Rotates and shifts the drawing, 0 to 7.
    variation: u64,
    palette: Palette,
    /// Whether the title is above the drawing.
    title_first: bool,
    lines: Vec<TextLine>,
    label: Option<String>,
}

/// The template escapes its values.
impl HtmlSafe for Cover {}

impl Cover {
    /// The cover with its text and a label for screen readers.
    pub(crate) fn full(book: &Book) -> Self {
        Self::decorative(book).named(&book.title, &book.author())
    }

    /// The cover with its text, beside the same text on the page.
    pub(crate) fn decorative(book: &Book) -> Self {
        Self::draw(&book.title, &book.author()).lettered(&book.title, &book.author())
    }

    /// The drawing alone, for a size at which text is not readable.
    pub(crate) fn thumbnail(book: &Book) -> Self {
        Self::draw(&book.title, &book.author())
    }

    fn draw(title: &str, author: &str) -> Self {
        // FNV gives the same cover in every replica and every build.
        let mut hasher = FnvHasher::default();
        hasher.write(format!("{title}\0{author}").as_bytes());
        let hash = hasher.finish();
        Self {
            drawing: (hash >> 8) % DRAWINGS,
            variation: hash >> 20 & 7,
            palette: PALETTES[(hash >> 28) as usize % PALETTES.len()],
            title_first: hash >> 40 & 1 == 0,
            lines: Vec::new(),
            label: None,
        }
    }

    fn lettered(self, title: &str, author: &str) -> Self {
        Self { lines: lettering::letter(title, author, self.title_first), ..self }
    }

    fn named(self, title: &str, author: &str) -> Self {
        Self { label: Some(lettering::printable(&format!("Cover of {title} by {author}"))), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cover(title: &str, author: &str) -> Cover {
        Cover::draw(title, author).lettered(title, author).named(title, author)
    }

    fn is_drawable(cover: &Cover) -> Result<(), TestCaseError> {
        let svg = cover.to_string();
        let document = roxmltree::Document::parse(&svg).map_err(|e| TestCaseError::fail(format!("{e}: {svg}")))?;
        for node in document.descendants() {
            prop_assert!(!node.has_attribute("style") && !node.has_attribute("id"), "{svg}");
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn any_title_gives_valid_xml_without_ids_and_styles(title in any::<String>(), author in any::<String>()) {
            is_drawable(&cover(&title, &author))?;
            is_drawable(&Cover::draw(&title, &author))?;
        }

        #[test]
        fn every_drawing_in_every_variation_is_valid_xml(drawing in 0..DRAWINGS, variation in 0_u64..8) {
            is_drawable(&Cover { drawing, variation, ..cover("Emma", "Jane Austen") })?;
        }
    }

    #[test]
    fn book_always_has_the_same_cover() {
        assert_eq!(cover("Emma", "Jane Austen").to_string(), cover("Emma", "Jane Austen").to_string());
    }

    #[test]
    fn title_is_text_and_never_markup() {
        let svg = cover("<script>alert('x')</script>", "\"&").to_string();
        assert!(!svg.contains("<script") && svg.contains("&#60;script&#62;"), "{svg}");
    }
}
