//! Prices for people: grouped digits and a currency.

use std::sync::Arc;

use bookstore_db::price::Price;

use super::formats::grouped;

/// What pages show beside prices: a code like `EUR`, a symbol like `€`, or nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Currency(Arc<str>);

impl Currency {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// A price: `1,234.50`, `€1,234.50`, `EUR 1,234.50`.
    pub(crate) fn format(&self, price: Price) -> String {
        let cents = price.cents();
        let sign = if cents < 0 { "-" } else { "" };
        let whole = i64::try_from(cents.unsigned_abs() / 100).map(grouped).unwrap_or_default();
        // A no-break space: the code stays beside the number.
        let space = if self.0.ends_with(char::is_alphanumeric) { "\u{A0}" } else { "" };
        format!("{sign}{}{space}{whole}.{:02}", self.0, cents.unsigned_abs() % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_has_grouped_digits_and_its_currency() {
        let price = |text: &str| text.parse::<Price>().unwrap();
        assert_eq!(Currency::default().format(price("9.99")), "9.99");
        assert_eq!(Currency::new("€").format(price("1234567.5")), "€1,234,567.50");
        assert_eq!(Currency::new("EUR").format(price("12,50")), "EUR\u{A0}12.50");
    }
}
