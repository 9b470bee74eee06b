//! Numbers as a locale writes them. Prices and dates are put together by the locale's file, from what is made here.
//!
//! The separators, the sizes of the groups and the digits are those of CLDR, asked of ICU once per locale. Groups are set
//! from the first thousand on, also where CLDR wants two digits before the first separator (Polish, Spanish): prices in
//! shops there are written "1 299,00".

use fixed_decimal::Decimal;
use icu_decimal::DecimalFormatter;
use icu_locale_core::Locale as IcuLocale;

use crate::domain::{Locale, Money};

/// How a locale writes numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    digits: Vec<char>,
    minus: String,
    group: String,
    decimal: String,
    /// Digits in the last group, and in those before it.
    primary: usize,
    secondary: usize,
}

impl Numbers {
    /// As CLDR has it for the locale; a locale unknown to it writes "1,234.5".
    pub fn of(locale: &Locale) -> Self {
        Self::asked(locale).unwrap_or_else(|| Self {
            digits: ('0'..='9').collect(),
            minus: "-".into(),
            group: ",".into(),
            decimal: ".".into(),
            primary: 3,
            secondary: 3,
        })
    }

    /// Writes numbers of which every part is known, and reads the parts off what comes out.
    fn asked(locale: &Locale) -> Option<Self> {
        let locale: IcuLocale = locale.to_string().parse().ok()?;
        let formatter =
            DecimalFormatter::try_new(locale.into(), icu_decimal::options::DecimalFormatterOptions::default()).ok()?;
        let write = |number: Decimal| formatter.format(&number).to_string();
        let digits: Vec<char> = (0..10u32).filter_map(|digit| write(Decimal::from(digit)).chars().next()).collect();
        if digits.len() != 10 {
            return None;
        }
        let minus = write(Decimal::from(-1)).split(digits[1]).next().unwrap_or_default().to_owned();
        let mut half = Decimal::from(10);
        half.multiply_pow10(-1);
        let decimal: String = write(half).chars().filter(|c| !digits.contains(c)).collect();
        let grouped = write(Decimal::from(1_111_111_111i64));
        let groups: Vec<&str> = grouped.split(|c| !digits.contains(&c)).filter(|group| !group.is_empty()).collect();
        let sized = |from_end: usize| groups.iter().rev().nth(from_end).map_or(3, |group| group.chars().count());
        let group: String =
            grouped.chars().skip_while(|c| digits.contains(c)).take_while(|c| !digits.contains(c)).collect();
        Some(Self { digits, minus, group, decimal, primary: sized(0), secondary: sized(1) })
    }

    /// A whole number.
    pub fn whole(&self, number: i64) -> String {
        self.write(number, 0)
    }

    /// An amount without its currency, with as many decimals as the currency has.
    pub fn amount(&self, money: Money) -> String {
        self.write(money.minor, money.currency.digits() as usize)
    }

    fn write(&self, number: i64, decimals: usize) -> String {
        let plain = format!("{:0>width$}", number.unsigned_abs(), width = decimals + 1);
        let (whole, fraction) = plain.split_at(plain.len() - decimals);
        let mut text = if number < 0 { self.minus.clone() } else { String::new() };
        for (i, digit) in whole.bytes().enumerate() {
            if i > 0 && self.starts_group(whole.len() - i) {
                text.push_str(&self.group);
            }
            text.push(self.digit(digit));
        }
        if decimals > 0 {
            text.push_str(&self.decimal);
            text.extend(fraction.bytes().map(|digit| self.digit(digit)));
        }
        text
    }

    fn starts_group(&self, left: usize) -> bool {
        left >= self.primary && (left - self.primary).is_multiple_of(self.secondary)
    }

    fn digit(&self, ascii: u8) -> char {
        self.digits[usize::from(ascii - b'0')]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_locale_writes_them() {
        let check = |locale: &str, minor: i64, currency: &str, expected: &str| {
            let money = Money { minor, currency: currency.parse().unwrap() };
            let written = Numbers::of(&locale.parse().unwrap()).amount(money);
            assert_eq!(written.replace(['\u{a0}', '\u{202f}'], " "), expected, "{locale} {minor}");
        };
        check("pl", 129_900, "PLN", "1 299,00");
        check("pl", 123_456_750, "PLN", "1 234 567,50");
        check("ru", 123_456_750, "RUB", "1 234 567,50");
        check("en", 123_456_750, "GBP", "1,234,567.50");
        check("en", 5, "GBP", "0.05");
        check("en", 99_900, "JPY", "99,900");
        check("en", 1_299, "KWD", "1.299");
        check("de", 129_900, "EUR", "1.299,00");
        check("hi", 1_234_567_800, "INR", "1,23,45,678.00");
        check("tlh", 129_900, "USD", "1,299.00");
    }
}
