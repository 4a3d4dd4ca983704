//! The text of a cover: title and author, broken into lines, as large as they fit.

use textwrap::Options;
use textwrap::core::display_width;

/// One line of text, centred at (100, `y`).
#[derive(Clone, Debug)]
pub(super) struct TextLine {
    pub(super) text: String,
    pub(super) y: u32,
    pub(super) size: u32,
    pub(super) class: &'static str,
}

/// Width of the text on a cover that is 200 wide.
const WIDTH: u32 = 168;
/// Height of the title's area.
const TITLE_HEIGHT: u32 = 92;
/// Font sizes, from the largest for a short title to the smallest readable one.
const TITLE_SIZES: [u32; 6] = [30, 25, 21, 18, 15, 12];
const AUTHOR_SIZE: u32 = 12;
const AUTHOR_LINES: usize = 2;

/// The lines of a cover. `title_first` puts the title above the drawing.
pub(super) fn letter(title: &str, author: &str, title_first: bool) -> Vec<TextLine> {
    let (size, title) = fit(&printable(title));
    let author = cut(wrap(&printable(author), AUTHOR_SIZE), AUTHOR_LINES);
    let height = leading(size) * title.len() as u32;
    let title_top = if title_first { 18 } else { 170 } + (TITLE_HEIGHT - height.min(TITLE_HEIGHT)) / 2;
    let author_top = 292 - leading(AUTHOR_SIZE) * author.len() as u32;
    let place = |lines: Vec<String>, top: u32, size: u32, class: &'static str| {
        let y = move |index: usize| top + leading(size) * index as u32 + size;
        lines.into_iter().enumerate().map(move |(index, text)| TextLine { text, y: y(index), size, class })
    };
    place(title, title_top, size, "cover-title").chain(place(author, author_top, AUTHOR_SIZE, "cover-author")).collect()
}

/// Replaces the characters that XML does not allow.
pub(super) fn printable(text: &str) -> String {
    let is_allowed = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if is_allowed(c) { c } else { ' ' }).collect()
}

fn fit(title: &str) -> (u32, Vec<String>) {
    let longest_word = title.split_whitespace().map(display_width).max().unwrap_or(0);
    for size in TITLE_SIZES {
        let lines = wrap(title, size);
        if lines.len() <= lines_at(size) && longest_word <= columns(size) {
            return (size, lines);
        }
    }
    let size = TITLE_SIZES.into_iter().find(|size| wrap(title, *size).len() <= lines_at(*size)).unwrap_or(12);
    (size, cut(wrap(title, size), lines_at(size)))
}

fn wrap(text: &str, size: u32) -> Vec<String> {
    textwrap::wrap(text, Options::new(columns(size))).into_iter().map(|line| line.into_owned()).collect()
}

/// Letters per line. A bold serif letter is about 0.7 times as wide as high in the widest font of the style.
fn columns(size: u32) -> usize {
    (WIDTH * 10 / (size * 7)) as usize
}

fn leading(size: u32) -> u32 {
    size * 6 / 5
}

fn lines_at(size: u32) -> usize {
    (TITLE_HEIGHT / leading(size)) as usize
}

fn cut(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title_lines(title: &str) -> Vec<TextLine> {
        letter(title, "A", true).into_iter().filter(|line| line.class == "cover-title").collect()
    }

    #[test]
    fn short_title_is_large_and_a_long_one_small() {
        let size = |title: &str| title_lines(title)[0].size;
        assert_eq!(size("Emma"), 30);
        assert!(size("The Posthumous Papers of the Pickwick Club, vol. I") < 20);
    }

    #[test]
    fn no_line_is_wider_than_the_cover() {
        for title in ["W".repeat(50), "吾輩は猫である".repeat(7), "Война и мир ".repeat(4), "📚".repeat(25)]
        {
            for line in title_lines(&title) {
                assert!(display_width(&line.text) <= columns(line.size), "{line:?}");
            }
        }
    }

    #[test]
    fn title_and_author_stay_in_their_areas() {
        for title_first in [true, false] {
            let lines = letter(&"long words ".repeat(20), &"name ".repeat(50), title_first);
            assert!(lines.iter().all(|line| line.y < 295), "{lines:?}");
            assert!(lines.iter().filter(|line| line.class == "cover-title").all(|line| line.y <= 270));
        }
    }
}
