//! The colours of covers.

/// The colours of one cover. `ink` on `paper` has a contrast of at least 4.5.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    pub(super) paper: &'static str,
    pub(super) ink: &'static str,
    pub(super) first: &'static str,
    pub(super) second: &'static str,
}

const fn palette(paper: &'static str, ink: &'static str, first: &'static str, second: &'static str) -> Palette {
    Palette { paper, ink, first, second }
}

pub(super) const PALETTES: [Palette; 12] = [
    palette("#f3e9d7", "#3a2618", "#c2552d", "#e0a458"),
    palette("#1f3a4d", "#f2ead8", "#e3a857", "#4f7d8c"),
    palette("#e8ece1", "#24402f", "#4d7c5a", "#c9b458"),
    palette("#2e2238", "#f3e4e8", "#b8577a", "#6c4f86"),
    palette("#f6ddc9", "#5a1f24", "#a8323a", "#e8956b"),
    palette("#163832", "#eef3e2", "#8fb996", "#d9ae61"),
    palette("#dfe7ee", "#1c2f4a", "#3f6a9e", "#d97b5a"),
    palette("#3b1f1b", "#f7e6d0", "#d1603d", "#e7b86a"),
    palette("#f4e3b2", "#2d3142", "#ef8354", "#4f5d75"),
    palette("#202a36", "#e6ecf1", "#5fa8a0", "#c75c5c"),
    palette("#ece4f0", "#3c2a52", "#8a63a8", "#e2a3a0"),
    palette("#42492f", "#f6f1dd", "#c7a94a", "#7d8a55"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance by WCAG 2.2.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn every_text_is_readable() {
        for Palette { paper, ink, .. } in PALETTES {
            let (paper_light, ink_light) = (luminance(paper), luminance(ink));
            let contrast = (paper_light.max(ink_light) + 0.05) / (paper_light.min(ink_light) + 0.05);
            assert!(contrast >= 4.5, "{ink} on {paper}: {contrast:.2}");
        }
    }
}
