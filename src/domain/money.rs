//! Amounts of money: integer minor units of a currency, never a float.

use std::{fmt, str::FromStr};

use iso_currency::Currency as Iso;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// No currency of ISO 4217 has this code.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("no currency has the code {0:?}")]
pub struct UnknownCurrency(pub String);

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(Iso);

impl Currency {
    /// Three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many digits follow the decimal point: 2 for PLN, 0 for JPY. Currencies without a minor unit count as 0.
    pub fn digits(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        Iso::from_code(code).map(Self).ok_or_else(|| UnknownCurrency(code.to_owned()))
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(code: String) -> Result<Self, UnknownCurrency> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount. Prices are never negative; the edges see to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 1999 is 19.99 zloty, or 1,999 yen.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_know_their_digits() {
        let digits = |code: &str| code.parse::<Currency>().map(Currency::digits);
        assert_eq!(digits("PLN"), Ok(2));
        assert_eq!(digits("JPY"), Ok(0));
        assert_eq!(digits("KWD"), Ok(3));
        assert_eq!(digits("pln"), Err(UnknownCurrency("pln".into())));
        assert_eq!(digits("XXY"), Err(UnknownCurrency("XXY".into())));
    }
}
