//! LIKE with T-SQL's wildcards `%`, `_`, `[abc]`, `[a-z]`, `[^a]` and an escape character.
//!
//! Source: "LIKE (Transact-SQL)" in Microsoft's documentation. `_` matches one UTF-16 unit, as in all collations
//! without supplementary characters ("Collation and Unicode support").

use super::collation::fold;

/// One element of a pattern.
#[derive(Debug)]
enum PatternItem {
    AnyText,
    AnyUnit,
    Unit(u16),
    Set { negated: bool, ranges: Vec<(u16, u16)> },
}

/// Whether the whole of `text` matches `pattern`. An invalid pattern matches nothing: an escape at the end, an open
/// bracket.
///
/// A binary collation compares code points. The default collation ignores case, and characters beyond U+FFFF in the
/// pattern have no weight, as in collations before version 90.
pub(crate) fn like(text: &str, pattern: &str, escape: Option<char>, is_binary: bool) -> bool {
    let fold = if is_binary { |c| c } else { fold };
    let pattern: String = pattern.chars().filter(|c| is_binary || c.len_utf16() == 1).collect();
    let Some(items) = parse_pattern(&pattern, escape, fold) else { return false };
    let text = fold_text(text, fold);
    // Greedy match with one position to backtrack to: the latest `%`, and how much of the text it has consumed.
    let (mut at, mut item) = (0, 0);
    let mut backtrack: Option<(usize, usize)> = None;
    loop {
        match items.get(item) {
            Some(PatternItem::AnyText) => {
                item += 1;
                backtrack = Some((item, at));
                continue;
            }
            Some(expected) if text.get(at).is_some_and(|unit| matches(expected, *unit)) => {
                (at, item) = (at + 1, item + 1);
                continue;
            }
            None if at == text.len() => return true,
            _ => {}
        }
        match backtrack {
            Some((after, from)) if from < text.len() => {
                backtrack = Some((after, from + 1));
                (at, item) = (from + 1, after);
            }
            _ => return false,
        }
    }
}

fn matches(item: &PatternItem, unit: u16) -> bool {
    match item {
        PatternItem::AnyText | PatternItem::AnyUnit => true,
        PatternItem::Unit(expected) => *expected == unit,
        PatternItem::Set { negated, ranges } => {
            ranges.iter().any(|(low, high)| (*low..=*high).contains(&unit)) != *negated
        }
    }
}

fn fold_text(text: &str, fold: fn(char) -> char) -> Vec<u16> {
    text.chars().map(fold).flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec()).collect()
}

/// A character of a pattern, and whether an escape makes it literal.
type PatternChar = (u16, bool);

/// Resolves the escapes; `None` for an escape at the end.
fn resolve_escapes(pattern: &str, escape: Option<char>, fold: fn(char) -> char) -> Option<Vec<PatternChar>> {
    let mut resolved = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let escaped = Some(c) == escape;
        let c = if escaped { chars.next()? } else { c };
        resolved.extend(fold(c).encode_utf16(&mut [0; 2]).iter().map(|unit| (*unit, escaped)));
    }
    Some(resolved)
}

fn is(c: Option<&PatternChar>, special: char) -> bool {
    c.is_some_and(|(unit, escaped)| !escaped && u32::from(*unit) == u32::from(special))
}

fn parse_pattern(pattern: &str, escape: Option<char>, fold: fn(char) -> char) -> Option<Vec<PatternItem>> {
    let chars = resolve_escapes(pattern, escape, fold)?;
    let mut items = Vec::new();
    let mut rest = chars.as_slice();
    while let [first, after @ ..] = rest {
        rest = after;
        items.push(if is(Some(first), '%') {
            PatternItem::AnyText
        } else if is(Some(first), '_') {
            PatternItem::AnyUnit
        } else if is(Some(first), '[') {
            let end = rest.iter().position(|c| is(Some(c), ']'))?;
            let set = parse_set(&rest[..end]);
            rest = &rest[end + 1..];
            set
        } else {
            PatternItem::Unit(first.0)
        });
    }
    Some(items)
}

/// Parses the content of brackets. Wildcards are literal there; `^`, `-` and `]` are literal after an escape.
fn parse_set(content: &[PatternChar]) -> PatternItem {
    let negated = is(content.first(), '^');
    let mut content = &content[usize::from(negated)..];
    let mut ranges = Vec::new();
    while let [(low, _), rest @ ..] = content {
        let range = if is(rest.first(), '-') { rest.get(1) } else { None };
        ranges.push((*low, range.map_or(*low, |(high, _)| *high)));
        content = if range.is_some() { &rest[2..] } else { rest };
    }
    PatternItem::Set { negated, ranges }
}
