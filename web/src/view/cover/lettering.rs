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

/// Breaks a word only if it is longer than a line, and then with a hyphen.
fn wrap(text: &str, size: u32) -> Vec<String> {
    let lines = |columns| -> Vec<String> {
        textwrap::wrap(text, Options::new(columns)).into_iter().map(|line| line.into_owned()).collect()
    };
    let whole = lines(columns(size));
    if broken_lines(text, &whole).is_empty() {
        return whole;
    }
    let mut hyphenated = lines(columns(size) - 1);
    for index in broken_lines(text, &hyphenated) {
        hyphenated[index].push('-');
    }
    hyphenated
}

/// The lines that end within a word. A wide letter, as in Chinese, is a word by itself.
fn broken_lines(text: &str, lines: &[String]) -> Vec<usize> {
    let is_letter = |c: char| c.is_alphabetic() && display_width(c.encode_utf8(&mut [0; 4])) == 1;
    let mut rest = text;
    let mut ends_within_word = |line: &String| {
        rest = rest.trim_start();
        rest = rest.strip_prefix(line.as_str()).unwrap_or(rest);
        line.ends_with(is_letter) && rest.starts_with(is_letter)
    };
    (0..lines.len()).filter(|index| ends_within_word(&lines[*index])).collect()
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
    fn only_a_word_longer_than_a_line_is_broken_and_by_a_hyphen() {
        let title = "Unaussprechlichkeitserklärungen von Antidisestablishment";
        let lines: Vec<_> = title_lines(title).into_iter().map(|line| line.text).collect();
        assert!(lines.iter().any(|line| line.ends_with('-')), "{lines:?}");
        assert_eq!(lines.join("").replace([' ', '-'], ""), title.replace(' ', ""));
        for title in ["The Curious Incident of the Dog", "吾輩は猫である吾輩は猫である"] {
            assert!(title_lines(title).iter().all(|line| !line.text.ends_with('-')), "{title}");
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
