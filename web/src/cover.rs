//! A cover for every book, drawn by the server from the title and the author alone: the same book has the same cover in every
//! replica, and nothing is stored.

mod lettering;
mod palette;

use askama::Template;
use askama::filters::HtmlSafe;
use bookstore_db::book::Book;

use crate::hash::fnv1a;
use lettering::Line;
use palette::{PALETTES, Palette};

/// How many drawings `cover.svg` has.
const DRAWINGS: u64 = 8;

/// A cover, 200 wide and 300 high. It holds no ids and no style attributes, so that a page may have many under a strict policy.
#[derive(Clone, Debug, Template)]
#[template(path = "cover.svg")]
pub(crate) struct Cover {
    drawing: u64,
    /// Turns and shifts the drawing, 0 to 7.
    variation: u64,
    palette: Palette,
    /// Whether the title stands above the drawing, or below it.
    title_first: bool,
    lines: Vec<Line>,
    label: Option<String>,
}

/// The template escapes what it is given.
impl HtmlSafe for Cover {}

impl Cover {
    /// The cover with its lettering, named for screen readers.
    pub(crate) fn full(book: &Book) -> Self {
        Self::decorative(book).named(&book.title, &book.author())
    }

    /// The cover with its lettering, beside a text that says the same.
    pub(crate) fn decorative(book: &Book) -> Self {
        Self::draw(&book.title, &book.author()).lettered(&book.title, &book.author())
    }

    /// The drawing alone, for a size at which nobody could read.
    pub(crate) fn thumbnail(book: &Book) -> Self {
        Self::draw(&book.title, &book.author())
    }

    fn draw(title: &str, author: &str) -> Self {
        let hash = fnv1a(format!("{title}\0{author}").as_bytes());
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
    fn a_book_always_has_the_same_cover() {
        assert_eq!(cover("Emma", "Jane Austen").to_string(), cover("Emma", "Jane Austen").to_string());
    }

    #[test]
    fn a_title_is_text_and_never_markup() {
        let svg = cover("<script>alert('x')</script>", "\"&").to_string();
        assert!(!svg.contains("<script") && svg.contains("&#60;script&#62;"), "{svg}");
    }
}
