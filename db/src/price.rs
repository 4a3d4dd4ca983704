//! Prices with two decimals, stored exactly as whole cents.

use std::fmt;
use std::str::FromStr;

/// A price, without a currency.
///
/// A price that a user writes is from 0.00 to 9999999.99, the non-negative range of the column `NUMERIC(9, 2)`. A price
/// that is stored already, perhaps by the replaced demo, may be outside; it is shown unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(i64);

impl Price {
    /// The highest price that a user can write, 9999999.99.
    pub const MAX: Price = Price(999_999_999);

    /// Converts cents to a price; `None` if they are outside the range.
    pub fn from_cents(cents: i64) -> Option<Self> {
        Some(Self(cents)).filter(|price| (Self::default()..=Self::MAX).contains(price))
    }

    /// Converts cents that a database holds, inside the range or not.
    pub(crate) fn stored(cents: i64) -> Self {
        Self(cents)
    }

    /// Returns whole cents, 0 to 999999999 for a price that a user wrote.
    pub fn cents(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, cents) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(f, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

/// The reason why a text is not a price. The message contains what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// The text contains something other than digits and one decimal point or comma.
    #[error("must be a number without grouped digits, like 12.50 or 12,50")]
    NotANumber,
    /// There are more than two digits after the point or comma.
    #[error("must have at most two decimals, like 12.50")]
    TooPrecise,
    /// The price is negative or above [`Price::MAX`].
    #[error("must be from 0.00 to 9999999.99")]
    OutOfRange,
}

impl FromStr for Price {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, PriceError> {
        let (whole, decimals) = text.split_once(['.', ',']).unwrap_or((text, "00"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if text.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b".,".contains(&b))) {
            return Err(PriceError::OutOfRange);
        }
        if !digits(whole) || !digits(decimals) {
            return Err(PriceError::NotANumber);
        }
        if decimals.len() > 2 {
            return Err(PriceError::TooPrecise);
        }
        let whole: i64 = whole.parse().map_err(|_| PriceError::OutOfRange)?;
        let decimals: i64 = format!("{decimals:0<2}").parse().map_err(|_| PriceError::NotANumber)?;
        whole
            .checked_mul(100)
            .and_then(|cents| cents.checked_add(decimals))
            .and_then(Self::from_cents)
            .ok_or(PriceError::OutOfRange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn price_has_at_most_two_decimals_and_seven_whole_digits() {
        let cases = [
            ("0", Ok("0.00")),
            ("12.5", Ok("12.50")),
            ("9999999.99", Ok("9999999.99")),
            ("0000000000000000001", Ok("1.00")),
            ("10000000", Err(PriceError::OutOfRange)),
            ("99999999999999999999", Err(PriceError::OutOfRange)),
            ("-1", Err(PriceError::OutOfRange)),
            ("1.234", Err(PriceError::TooPrecise)),
            ("12,50", Ok("12.50")),
            ("1,234", Err(PriceError::TooPrecise)),
            ("1,234.50", Err(PriceError::NotANumber)),
            ("1.234,50", Err(PriceError::NotANumber)),
            ("1e3", Err(PriceError::NotANumber)),
            (".5", Err(PriceError::NotANumber)),
            ("5.", Err(PriceError::NotANumber)),
            ("", Err(PriceError::NotANumber)),
        ];
        for (text, expected) in cases {
            let parsed = text.parse::<Price>().map(|price| price.to_string());
            assert_eq!(parsed, expected.map(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn stored_price_outside_the_range_prints_but_does_not_parse() {
        for (cents, text) in [(-5, "-0.05"), (-12_345, "-123.45"), (1_000_000_000, "10000000.00")] {
            assert_eq!(Price::stored(cents).to_string(), text);
            assert_eq!(text.parse::<Price>(), Err(PriceError::OutOfRange));
        }
        assert_eq!(Price::stored(i64::MIN).to_string(), "-92233720368547758.08");
    }

    proptest! {
        #[test]
        fn printed_price_parses_back(cents in 0..=999_999_999i64) {
            let price = Price::from_cents(cents);
            prop_assert_eq!(price.and_then(|price| price.to_string().parse().ok()), price);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Price>();
        }
    }
}
