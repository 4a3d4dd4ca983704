//! Shapes of charts: numbers become SVG paths and bars. SVG stretches them to the space on the page, so they contain no
//! text; labels stand beside them, at heights in percent.

use std::fmt::Write;

/// The width of the area of lines, in SVG units.
pub(crate) const WIDTH: f64 = 600.0;
/// The height of the area of lines, in SVG units.
pub(crate) const HEIGHT: f64 = 200.0;

/// The upper end of a scale: an even, round number, at least `most`.
pub(crate) fn scale_end(most: i64) -> i64 {
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

/// The path through the values from left to right, on a scale that ends at `top`. It goes in steps: a count is a whole
/// number at any moment, so a slope would show values that never were.
pub(crate) fn steps(values: &[i64], top: i64) -> String {
    let intervals = (values.len().saturating_sub(1)).max(1) as f64;
    let mut path = String::new();
    let mut last = None;
    // Writing to a String cannot fail.
    for (index, value) in values.iter().enumerate() {
        let (x, y) = (index as f64 / intervals * WIDTH, height(*value, top));
        let _ = match last {
            None => write!(path, "M{x:.1} {y:.1}"),
            Some(last) if last == value => Ok(()),
            Some(_) => write!(path, "H{x:.1}V{y:.1}"),
        };
        last = Some(value);
    }
    let _ = write!(path, "H{WIDTH:.1}");
    path
}

fn height(value: i64, top: i64) -> f64 {
    HEIGHT - value as f64 / top.max(1) as f64 * HEIGHT
}

/// The heights of labels beside the ends of lines, in percent from the top, at least `gap` apart and within the chart.
pub(crate) fn label_heights(ends: &[i64], top: i64, gap: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ends.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(ends[*index]));
    let mut heights = vec![0.0; ends.len()];
    let mut least = gap / 2.0;
    for index in &order {
        heights[*index] = (height(ends[*index], top) / HEIGHT * 100.0).max(least);
        least = heights[*index] + gap;
    }
    // The lowest ones may be below the chart: push them up.
    let mut most = 100.0 - gap / 2.0;
    for index in order.iter().rev() {
        heights[*index] = heights[*index].min(most);
        most = heights[*index] - gap;
    }
    heights
}

/// The gap between two parts of a bar, of 1000.
const GAP: i64 = 3;

/// The start and the length of each part on a bar of length 1000, with gaps between them. The last part ends at 1000.
pub(crate) fn segments(parts: &[i64]) -> Vec<(i64, i64)> {
    let all = parts.iter().sum::<i64>().max(1);
    let at = |sum: i64| (i128::from(sum) * 1000 / i128::from(all)) as i64;
    let mut before = 0;
    let segment = |part: &i64| {
        let start = at(before);
        before += part;
        let gap = if before < all { GAP } else { 0 };
        // The smallest part stays visible.
        (start, (at(before) - start - gap).max(1))
    };
    parts.iter().map(segment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scale_ends_at_a_round_number() {
        let ends = [0, 1, 3, 9, 15, 17, 99, 101, 100_001].map(scale_end);
        assert_eq!(ends, [2, 2, 4, 10, 16, 20, 100, 120, 120_000]);
    }

    #[test]
    fn line_goes_in_steps_from_the_bottom_to_its_value() {
        assert_eq!(steps(&[0, 5, 5, 10], 10), "M0.0 200.0H200.0V100.0H600.0V0.0H600.0");
        assert_eq!(steps(&[3], 6), "M0.0 100.0H600.0");
    }

    #[test]
    fn labels_of_equal_lines_do_not_overlap() {
        assert_eq!(label_heights(&[10, 10, 0, 0], 10, 10.0), [5.0, 15.0, 85.0, 95.0]);
        assert_eq!(label_heights(&[0, 5, 10], 10, 10.0), [95.0, 50.0, 5.0]);
    }

    proptest! {
        #[test]
        fn labels_keep_their_distance(ends in proptest::collection::vec(0_i64..100, 1..6)) {
            let mut heights = label_heights(&ends, 100, 12.0);
            heights.sort_by(f64::total_cmp);
            prop_assert!(heights.windows(2).all(|pair| pair[1] - pair[0] >= 12.0 - 1e-9));
            prop_assert!(heights.iter().all(|height| (0.0..=100.0).contains(height)));
        }

        #[test]
        fn segments_are_in_order_and_fill_the_bar(parts in proptest::collection::vec(1_i64..1_000_000_000, 1..40)) {
            let found = segments(&parts);
            prop_assert_eq!(found[0].0, 0);
            prop_assert!(found.iter().all(|(_, length)| *length >= 1));
            prop_assert!(found.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0.max(pair[0].0 + 1)));
            prop_assert!(found.last().is_some_and(|(start, length)| (1000..=1001).contains(&(start + length))));
        }

        #[test]
        fn scale_contains_its_values_and_is_even(most in 0..i64::MAX / 100) {
            let end = scale_end(most);
            prop_assert!(end >= most && end % 2 == 0 && (most < 10 || end <= most * 2));
        }
    }
}
