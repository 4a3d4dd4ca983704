//! The contrasts of the logins' colours, computed from the style sheet (WCAG 2.2, "contrast ratio").

use std::collections::HashMap;

use super::badge::AccountKind;

const STYLE: &str = include_str!("../../static/style.css");
const THEMES: [usize; 2] = [0, 1];

type Rgb = [f64; 3];

/// The light and the dark colour of a property in the rule of a selector.
fn colours(selector: &str, property: &str) -> [Rgb; 2] {
    let rule = STYLE.split_once(&format!("\n{selector} {{")).unwrap_or_else(|| panic!("no rule {selector}")).1;
    let value = rule.split_once(&format!("{property}: light-dark(")).unwrap_or_else(|| panic!("no {property}")).1;
    let (light, rest) = value.split_once(',').unwrap();
    let dark = rest.split_once(')').unwrap().0;
    [light, dark].map(|text| linear(text.trim()))
}

/// `#rrggbb` in linear light.
fn linear(hex: &str) -> Rgb {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    [1, 3, 5].map(channel)
}

fn luminance([red, green, blue]: Rgb) -> f64 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The colour in CIELAB as people with deuteranopia see it (Machado, Oliveira and Fernandes 2009, severity 1).
fn deuteranopic_lab(colour: Rgb) -> [f64; 3] {
    const SIMULATION: [Rgb; 3] =
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];
    let dot = |row: Rgb, colour: Rgb| row.iter().zip(colour).map(|(a, b)| a * b).sum::<f64>();
    let [red, green, blue] = SIMULATION.map(|row| dot(row, colour).clamp(0.0, 1.0));
    let xyz = [
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883,
    ];
    let [x, y, z] = xyz.map(|t| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn distance(one: Rgb, other: Rgb) -> f64 {
    let (one, other) = (deuteranopic_lab(one), deuteranopic_lab(other));
    one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

fn of_kind(kind: AccountKind) -> Vec<[Rgb; 2]> {
    kind.colours().map(|number| colours(&format!(".login-{number}"), "--login")).collect()
}

const KINDS: [AccountKind; 4] = [AccountKind::Sql, AccountKind::Managed, AccountKind::Windows, AccountKind::Local];

#[test]
fn badge_text_has_a_contrast_of_4_5_and_the_badge_3_against_the_page() {
    let text = colours("[class*=\"login-\"]", "--on-login");
    let surfaces = ["--paper", "--sheet"].map(|name| colours(":root", name));
    let mut badges: HashMap<String, [Rgb; 2]> = HashMap::new();
    badges.insert("others".to_owned(), colours("[class*=\"login-\"]", "--login"));
    for kind in KINDS {
        badges
            .extend(of_kind(kind).into_iter().enumerate().map(|(index, colour)| (format!("{kind:?} {index}"), colour)));
    }
    for (name, badge) in badges {
        for theme in THEMES {
            let found = contrast(badge[theme], text[theme]);
            assert!(found >= 4.5, "{name}, theme {theme}: text {found:.2}");
            for surface in surfaces {
                let found = contrast(badge[theme], surface[theme]);
                assert!(found >= 3.0, "{name}, theme {theme}: page {found:.2}");
            }
        }
    }
}

#[test]
fn sql_login_and_service_account_differ_for_colour_blind_readers() {
    for sql in of_kind(AccountKind::Sql) {
        for managed in of_kind(AccountKind::Managed) {
            for theme in THEMES {
                let found = distance(sql[theme], managed[theme]);
                assert!(found >= 20.0, "{found:.1}");
            }
        }
    }
}

#[test]
fn service_accounts_differ_from_each_other_for_colour_blind_readers() {
    let managed = of_kind(AccountKind::Managed);
    for (index, one) in managed.iter().enumerate() {
        for other in &managed[..index] {
            for theme in THEMES {
                let found = distance(one[theme], other[theme]);
                assert!(found >= 10.0, "colour {index}, theme {theme}: {found:.1}");
            }
        }
    }
}
