//! LIKE with T-SQL's wildcards `%`, `_`, `[abc]`, `[a-z]`, `[^a]` and an escape letter, without case.

/// One place of a pattern.
#[derive(Debug)]
enum Place {
    Any,
    One,
    Letter(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

/// Whether all of `text` fits `pattern`. An escape at the pattern's very end never fits, as in SQL Server.
pub(crate) fn like(text: &str, pattern: &str, escape: Option<char>) -> bool {
    let Some(places) = places(pattern, escape) else { return false };
    let text: Vec<char> = text.chars().map(fold).collect();
    // The usual walk with one place to return to: the latest `%` and how far it has swallowed.
    let (mut at, mut place) = (0, 0);
    let mut resume: Option<(usize, usize)> = None;
    loop {
        match places.get(place) {
            Some(Place::Any) => {
                place += 1;
                resume = Some((place, at));
                continue;
            }
            Some(wanted) if text.get(at).is_some_and(|c| fits(wanted, *c)) => {
                (at, place) = (at + 1, place + 1);
                continue;
            }
            None if at == text.len() => return true,
            _ => {}
        }
        match resume {
            Some((after, from)) if from < text.len() => {
                resume = Some((after, from + 1));
                (at, place) = (from + 1, after);
            }
            _ => return false,
        }
    }
}

fn fits(place: &Place, c: char) -> bool {
    match place {
        Place::Any | Place::One => true,
        Place::Letter(letter) => *letter == c,
        Place::Set { negated, ranges } => ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated,
    }
}

/// One letter without case; letters whose small form is longer stay as they are.
pub(crate) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

fn places(pattern: &str, escape: Option<char>) -> Option<Vec<Place>> {
    let letters: Vec<char> = pattern.chars().collect();
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(&c) = letters.get(at) {
        at += 1;
        places.push(match c {
            c if Some(c) == escape => {
                let literal = *letters.get(at)?;
                at += 1;
                Place::Letter(fold(literal))
            }
            '%' => Place::Any,
            '_' => Place::One,
            '[' => {
                let (set, length) = set(&letters[at..])?;
                at += length;
                set
            }
            c => Place::Letter(fold(c)),
        });
    }
    Some(places)
}

/// A bracket's content up to `]`, and its length with the `]`.
fn set(letters: &[char]) -> Option<(Place, usize)> {
    let end = letters.iter().position(|c| *c == ']')?;
    let negated = letters.first() == Some(&'^');
    let mut content = &letters[usize::from(negated)..end];
    let mut ranges = Vec::new();
    while let [first, rest @ ..] = content {
        if let ['-', last, rest @ ..] = rest {
            ranges.push((fold(*first), fold(*last)));
            content = rest;
        } else {
            ranges.push((fold(*first), fold(*first)));
            content = rest;
        }
    }
    Some((Place::Set { negated, ranges }, end + 1))
}
