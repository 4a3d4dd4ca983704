//! Numbers to shapes: where lines and bars of the charts lie. SVG stretches them to their place, so that no text is in it.

use std::fmt::Write;

/// The width and the height in which lines are drawn.
pub(super) const WIDTH: f64 = 600.0;
pub(super) const HEIGHT: f64 = 200.0;

/// The upper end of the scale: an even number that reads well, at least `most`.
pub(super) fn ceiling(most: i64) -> i64 {
    const STEPS: [i64; 15] = [2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 30, 40, 50, 60, 80];
    let mut unit = 1;
    loop {
        let found = STEPS.into_iter().map(|step| step.saturating_mul(unit)).find(|end| *end >= most);
        match found {
            Some(end) => return end,
            None => unit *= 10,
        }
    }
}

/// A line through the values, from the left end to the right one, on a scale that ends at `top`.
pub(super) fn line(values: &[i64], top: i64) -> String {
    let steps = (values.len().saturating_sub(1)).max(1) as f64;
    let mut path = String::new();
    for (index, value) in values.iter().enumerate() {
        let command = if index == 0 { 'M' } else { 'L' };
        let (x, y) = (index as f64 / steps * WIDTH, height(*value, top));
        // Writing to a text does not fail.
        let _ = write!(path, "{command}{x:.1} {y:.1}");
    }
    path
}

/// The same line with all that is below it.
pub(super) fn area(values: &[i64], top: i64) -> String {
    format!("{}V{HEIGHT}H0Z", line(values, top))
}

/// Where the line ends: a point to mark.
pub(super) fn end(values: &[i64], top: i64) -> String {
    let y = height(values.last().copied().unwrap_or(0), top);
    format!("M{WIDTH:.1} {y:.1}h0")
}

fn height(value: i64, top: i64) -> f64 {
    HEIGHT - value as f64 / top.max(1) as f64 * HEIGHT
}

/// Between two parts of the bar.
const GAP: i64 = 3;

/// Each part's start and length on a bar of 1000, with gaps between them. The last ends at 1000.
pub(super) fn segments(parts: &[i64]) -> Vec<(i64, i64)> {
    let all = parts.iter().sum::<i64>().max(1);
    let at = |sum: i64| (i128::from(sum) * 1000 / i128::from(all)) as i64;
    let mut before = 0;
    let segment = |part: &i64| {
        let start = at(before);
        before += part;
        let gap = if before < all { GAP } else { 0 };
        // The smallest part is still seen.
        (start, (at(before) - start - gap).max(1))
    };
    parts.iter().map(segment).collect()
}

/// Shares in whole percent that add up to 100, the largest remainders rounded up first. None says 0 or 100 where that is not so.
pub(super) fn percents(parts: &[i64]) -> Vec<String> {
    let all = i128::from(parts.iter().sum::<i64>().max(1));
    let exact = |part: &i64| i128::from(*part) * 100;
    let mut whole: Vec<i128> = parts.iter().map(|part| exact(part) / all).collect();
    let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(exact(&parts[*index]) % all));
    let missing = usize::try_from(100 - whole.iter().sum::<i128>()).unwrap_or(0);
    by_remainder.into_iter().take(missing).for_each(|index| whole[index] += 1);
    let say = |(part, whole): (&i64, &i128)| match whole {
        0 if *part > 0 => "< 1 %".to_owned(),
        100 if i128::from(*part) < all => "> 99 %".to_owned(),
        whole => format!("{whole} %"),
    };
    parts.iter().zip(&whole).map(say).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_scale_ends_at_a_number_that_reads_well() {
        let ends = [0, 1, 3, 9, 15, 17, 99, 101, 100_001].map(ceiling);
        assert_eq!(ends, [2, 2, 4, 10, 16, 20, 100, 120, 120_000]);
    }

    #[test]
    fn a_line_rises_from_the_bottom_to_its_value() {
        assert_eq!(line(&[0, 5, 10], 10), "M0.0 200.0L300.0 100.0L600.0 0.0");
        assert_eq!(area(&[0, 10], 10), "M0.0 200.0L600.0 0.0V200H0Z");
        assert_eq!(end(&[0, 5], 10), "M600.0 100.0h0");
    }

    #[test]
    fn shares_add_up_and_say_all_or_nothing_only_of_all_or_nothing() {
        for (parts, said) in [
            (&[23, 17][..], &["58 %", "42 %"][..]),
            (&[1, 1, 1], &["34 %", "33 %", "33 %"]),
            (&[99_999, 1], &["> 99 %", "< 1 %"]),
            (&[7], &["100 %"]),
            (&[], &[]),
        ] {
            assert_eq!(percents(parts), said);
        }
    }

    proptest! {
        #[test]
        fn segments_follow_each_other_and_fill_the_bar(parts in proptest::collection::vec(1_i64..1_000_000_000, 1..40)) {
            let found = segments(&parts);
            prop_assert_eq!(found[0].0, 0);
            prop_assert!(found.iter().all(|(_, length)| *length >= 1));
            prop_assert!(found.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0.max(pair[0].0 + 1)));
            prop_assert!(found.last().is_some_and(|(start, length)| (1000..=1001).contains(&(start + length))));
        }

        #[test]
        fn a_scale_holds_its_values_and_halves(most in 0..i64::MAX / 100) {
            let end = ceiling(most);
            prop_assert!(end >= most && end % 2 == 0 && (most < 10 || end <= most * 2));
        }
    }
}
