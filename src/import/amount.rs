//! Amounts and counts as files write them, read exactly: never through a float.
//!
//! Prices are read as people and programs write them: "19.99 USD", "USD 12", "1 299,90 zł", "1.299,00 €",
//! "59.970000000000006". What is finer than the currency's minor unit is rounded, halves away from zero: it is noise of
//! somebody's floats, or a share of a discount.

use std::borrow::Cow;

use crate::{
    domain::{Currency, Money},
    import::row_error::Reason,
};

/// What currencies are called besides their codes, where it can mean no other one.
const SIGNS: [(&str, &str); 36] = [
    ("€", "EUR"),
    ("euro", "EUR"),
    ("£", "GBP"),
    ("zł", "PLN"),
    ("zl", "PLN"),
    ("us$", "USD"),
    ("$us", "USD"),
    ("ca$", "CAD"),
    ("c$", "CAD"),
    ("au$", "AUD"),
    ("a$", "AUD"),
    ("nz$", "NZD"),
    ("hk$", "HKD"),
    ("mx$", "MXN"),
    ("r$", "BRL"),
    ("kč", "CZK"),
    ("ft", "HUF"),
    ("lei", "RON"),
    ("лв", "BGN"),
    ("₽", "RUB"),
    ("руб", "RUB"),
    ("р", "RUB"),
    ("₴", "UAH"),
    ("грн", "UAH"),
    ("₺", "TRY"),
    ("tl", "TRY"),
    ("₹", "INR"),
    ("rs", "INR"),
    ("₪", "ILS"),
    ("₩", "KRW"),
    ("₫", "VND"),
    ("฿", "THB"),
    ("₸", "KZT"),
    ("₦", "NGN"),
    ("fr", "CHF"),
    ("sfr", "CHF"),
];

/// Signs of several currencies: that of the file is meant where it is one of them, else the first, else it is not known.
const SHARED_SIGNS: [(&str, &[&str], Option<&str>); 3] = [
    ("$", &["USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU"], Some("USD")),
    ("¥", &["JPY", "CNY"], Some("JPY")),
    ("kr", &["SEK", "NOK", "DKK", "ISK"], None),
];

/// What stands behind a price without decimals: "12,-".
const WHOLE: [&str; 6] = [",-", ".-", ",–", ".–", ",—", ".—"];

/// A price that says its currency itself.
///
/// # Errors
/// As [`money`].
pub fn price(text: &str) -> Result<Money, Reason> {
    money(text, None, None)
}

/// A price in this currency, unless it says another one itself, with `point` before its decimals.
///
/// # Errors
/// As [`money`].
pub fn amount(text: &str, currency: Currency, point: Option<char>) -> Result<Money, Reason> {
    money(text, Some(currency), point)
}

/// A price as people and programs write it. `fallback` is the currency where it says none, `point` what stands before the
/// decimals where that is known.
///
/// # Errors
/// Where no currency is known, the number is none, or it is negative.
pub fn money(text: &str, fallback: Option<Currency>, point: Option<char>) -> Result<Money, Reason> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Reason::Missing);
    }
    let (before, number, behind) = parts(text).ok_or(Reason::NotNumber)?;
    let (before, negative) = without_minus(before);
    // What has something on both sides is no price that we know.
    let ((word, "") | ("", word)) = (before, behind) else { return Err(Reason::NotNumber) };
    let currency = if word.is_empty() { fallback.ok_or(Reason::NoCurrency)? } else { named(word, fallback)? };
    let is_code = word.is_empty() || word.eq_ignore_ascii_case(currency.code());
    let number = Number::new(number, point, currency.digits(), is_code).ok_or(Reason::NotNumber)?;
    let minor = number.scaled(currency.digits())?;
    if negative && minor > 0 {
        return Err(Reason::Negative);
    }
    Ok(Money { minor, currency })
}

/// What stands before the number, the number, and what stands behind it.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    // ".5", as some databases write it.
    let start = if text[..start].ends_with('.') && end == text.len() { start - 1 } else { start };
    let behind = WHOLE.iter().find_map(|whole| text[end..].strip_prefix(whole)).unwrap_or(&text[end..]);
    Some((text[..start].trim(), &text[start..end], behind.trim()))
}

fn without_minus(text: &str) -> (&str, bool) {
    for minus in ['-', '−', '–'] {
        if let Some(rest) = text.strip_prefix(minus).or_else(|| text.strip_suffix(minus)) {
            return (rest.trim(), true);
        }
    }
    (text, false)
}

/// A currency by its code or its sign.
fn named(word: &str, fallback: Option<Currency>) -> Result<Currency, Reason> {
    let word = word.trim_end_matches('.');
    if let Ok(currency) = word.to_ascii_uppercase().parse() {
        return Ok(currency);
    }
    let word = word.to_lowercase();
    if let Some((_, code)) = SIGNS.iter().find(|(sign, _)| *sign == word) {
        return currency(code);
    }
    let Some((_, shared_by, usual)) = SHARED_SIGNS.iter().find(|(sign, ..)| *sign == word) else {
        return Err(if word.chars().count() == 3 { Reason::UnknownCurrency } else { Reason::NotNumber });
    };
    match fallback {
        Some(fallback) if shared_by.contains(&fallback.code()) => Ok(fallback),
        _ => currency(usual.ok_or(Reason::NoCurrency)?),
    }
}

/// A currency by its code, letter case apart.
///
/// # Errors
/// Where it is empty or no currency has it.
pub fn currency(code: &str) -> Result<Currency, Reason> {
    let code = code.trim();
    if code.is_empty() {
        return Err(Reason::NoCurrency);
    }
    named(code, None).map_err(|_| Reason::UnknownCurrency)
}

/// The digits of a number that is not negative.
struct Number<'a> {
    whole: Cow<'a, str>,
    decimals: &'a str,
}

impl<'a> Number<'a> {
    /// `None` where it is no number. Where `point` is not known, the last sign that is no sign of groups is it.
    fn new(text: &'a str, point: Option<char>, places: u32, is_code: bool) -> Option<Self> {
        let point = point.or_else(|| decimal_sign(text, places, is_code));
        let (whole, decimals) = match point {
            Some(point) => text.split_once(point).unwrap_or((text, "")),
            None => (text, ""),
        };
        if !decimals.bytes().all(|byte| byte.is_ascii_digit()) || (whole.is_empty() && decimals.is_empty()) {
            return None;
        }
        Some(Self { whole: without_groups(whole)?, decimals })
    }

    /// The number times ten to the power of `places`, rounded.
    fn scaled(&self, places: u32) -> Result<i64, Reason> {
        let places = places as usize;
        let decimals = self.decimals.bytes().chain(std::iter::repeat(b'0')).take(places);
        let mut scaled: i64 = 0;
        for digit in self.whole.bytes().chain(decimals) {
            let next = scaled.checked_mul(10).and_then(|scaled| scaled.checked_add(i64::from(digit - b'0')));
            scaled = next.ok_or(Reason::TooLarge)?;
        }
        let rounds_up = self.decimals.as_bytes().get(places).is_some_and(|next| *next >= b'5');
        scaled.checked_add(i64::from(rounds_up)).ok_or(Reason::TooLarge)
    }
}

/// What stands before the decimals, judged by the number alone.
///
/// Of two signs it is the last. One that stands several times parts groups. One that stands once before exactly three digits
/// is "1,299": thousands, in a currency without so many decimals; but a point is so only beside a sign such as "€", as people
/// write "1.299 €", since programs write 19.999 for noise.
fn decimal_sign(text: &str, places: u32, is_code: bool) -> Option<char> {
    let (at, last) = text.char_indices().rfind(|(_, c)| matches!(c, '.' | ','))?;
    let other = if last == '.' { ',' } else { '.' };
    if text.contains(other) {
        return Some(last);
    }
    if text.matches(last).count() > 1 {
        return None;
    }
    let parts_thousands = text.len() - at - 1 == 3 && at > 0 && !text.starts_with('0') && places != 3;
    let is_group = parts_thousands && (last == ',' || !is_code);
    (!is_group).then_some(last)
}

/// The digits of a whole number that may be written in groups: "1 299", "1.299.000", "1'299", "1,29,900".
fn without_groups(text: &str) -> Option<Cow<'_, str>> {
    let is_sign = |c: char| matches!(c, '.' | ',' | '\'' | '’' | '_') || c.is_whitespace();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.into());
    }
    let groups: Vec<&str> = text.split(is_sign).collect();
    let (first, rest) = groups.split_first()?;
    let (last, between) = rest.split_last()?;
    let fits = (1..=3).contains(&first.len())
        && last.len() == 3
        && between.iter().all(|group| matches!(group.len(), 2 | 3))
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_digit()));
    fits.then(|| groups.concat().into())
}

/// A count of units on hand. Shops that count in decimals write whole pieces as "5.0000".
///
/// # Errors
/// Where it is no whole number, negative or beyond [`u32::MAX`].
pub fn stock(text: &str) -> Result<u32, Reason> {
    let count = whole(text)?;
    if count < 0 {
        return Err(Reason::Negative);
    }
    u32::try_from(count).map_err(|_| Reason::TooLarge)
}

/// A whole number, with or without decimals that are all zero.
///
/// # Errors
/// Where it is none.
pub fn whole(text: &str) -> Result<i64, Reason> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Reason::Missing);
    }
    let (whole, decimals) = text.split_once('.').or_else(|| text.split_once(',')).unwrap_or((text, ""));
    // "1,000" is a thousand to some and one to others.
    let is_doubtful = text.contains(',') && decimals.len() == 3;
    if is_doubtful || decimals.bytes().any(|byte| byte != b'0') {
        return Err(Reason::NotWhole);
    }
    whole.parse().map_err(|_| Reason::NotWhole)
}

/// How many of something: at least one.
///
/// # Errors
/// Where it is no whole number, below one or beyond [`u32::MAX`].
pub fn quantity(text: &str) -> Result<u32, Reason> {
    match whole(text)? {
        count if count < 1 => Err(Reason::BelowOne),
        count => u32::try_from(count).map_err(|_| Reason::TooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(i64, &str), Reason>) {
        let seen = price(text).map(|money| (money.minor, money.currency.code()));
        assert_eq!(seen, expected, "{text:?}");
    }

    #[test]
    fn prices_are_read_exactly_or_refused() {
        check("19.99 USD", Ok((1999, "USD")));
        check("  0.1 eur ", Ok((10, "EUR")));
        check("1200 JPY", Ok((1200, "JPY")));
        check("1.250 KWD", Ok((1250, "KWD")));
        check("19.9900 USD", Ok((1999, "USD")));
        check("90071992547409.93 USD", Ok((9_007_199_254_740_993, "USD")));
        check("-0.00 USD", Ok((0, "USD")));
        check("19.99", Err(Reason::NoCurrency));
        check("", Err(Reason::Missing));
        check("gratis", Err(Reason::NotNumber));
        check("19.99 XXY", Err(Reason::UnknownCurrency));
        check("NaN USD", Err(Reason::NotNumber));
        check("inf USD", Err(Reason::NotNumber));
        check("1e3 USD", Err(Reason::NotNumber));
        check("12 per 3 USD", Err(Reason::NotNumber));
        check("USD 12 EUR", Err(Reason::NotNumber));
        check("-1.00 USD", Err(Reason::Negative));
        check("99999999999999999999 USD", Err(Reason::TooLarge));
    }

    #[test]
    fn the_currency_stands_before_or_behind_by_its_code_or_its_sign() {
        check("USD 12", Ok((1200, "USD")));
        check("USD12.50", Ok((1250, "USD")));
        check("12,50 PLN", Ok((1250, "PLN")));
        check("12,50PLN", Ok((1250, "PLN")));
        check("1 299,90 zł", Ok((129_990, "PLN")));
        check("1\u{a0}299,90 ZŁ.", Ok((129_990, "PLN")));
        check("1\u{202f}299,90\u{a0}€", Ok((129_990, "EUR")));
        check("1.299,00 €", Ok((129_900, "EUR")));
        check("€1,299.00", Ok((129_900, "EUR")));
        check("£5", Ok((500, "GBP")));
        check("$1,299.00", Ok((129_900, "USD")));
        check("-$5.00", Err(Reason::Negative));
        check("$-5.00", Err(Reason::Negative));
        check("US$ 12", Ok((1200, "USD")));
        check("1'299.00 CHF", Ok((129_900, "CHF")));
        check("12,- €", Ok((1200, "EUR")));
        check("100,- Kč", Ok((10_000, "CZK")));
        check("1.299,– Kč", Ok((129_900, "CZK")));
        check("12,-5 €", Err(Reason::NotNumber));
        check("€ 12,-", Ok((1200, "EUR")));
        check("990 руб.", Ok((99_000, "RUB")));
        check("100 kr", Err(Reason::NoCurrency));
        let in_currency = |text: &str, code: &str| {
            amount(text, code.parse().unwrap(), None).map(|money| (money.minor, money.currency.code()))
        };
        assert_eq!(in_currency("100 kr", "SEK"), Ok((10_000, "SEK")));
        assert_eq!(in_currency("$5", "CAD"), Ok((500, "CAD")));
        assert_eq!(in_currency("$5", "PLN"), Ok((500, "USD")));
        assert_eq!(in_currency("5 EUR", "PLN"), Ok((500, "EUR")));
        assert_eq!(in_currency("5,5", "PLN"), Ok((550, "PLN")));
        assert_eq!(in_currency(".5", "PLN"), Ok((50, "PLN")));
        assert_eq!(["zł", "PLN", "pln", "€"].map(|code| currency(code).unwrap().code()), ["PLN", "PLN", "PLN", "EUR"]);
        assert_eq!([currency(""), currency("QQQ")], [Err(Reason::NoCurrency), Err(Reason::UnknownCurrency)]);
    }

    #[test]
    fn what_is_finer_than_the_currency_is_rounded() {
        check("59.970000000000006 PLN", Ok((5997, "PLN")));
        check("59.96999999999999 PLN", Ok((5997, "PLN")));
        check("19.995 USD", Ok((2000, "USD")));
        check("19.994 USD", Ok((1999, "USD")));
        check("0.0049 USD", Ok((0, "USD")));
        check("10.5 JPY", Ok((11, "JPY")));
        check("1,2345 USD", Ok((123, "USD")));
        check("92233720368547758.079 USD", Err(Reason::TooLarge));
    }

    #[test]
    fn thousands_are_told_from_decimals() {
        check("1,299 USD", Ok((129_900, "USD")));
        check("$1,299", Ok((129_900, "USD")));
        check("1.299 €", Ok((129_900, "EUR")));
        check("1.299 EUR", Ok((130, "EUR")));
        check("0.999 €", Ok((100, "EUR")));
        check("1.299.000 €", Ok((129_900_000, "EUR")));
        check("1,29,900.50 INR", Ok((12_990_050, "INR")));
        check("12,34,56 USD", Err(Reason::NotNumber));
        check("1.2.3 USD", Err(Reason::NotNumber));
        check("12 34 USD", Err(Reason::NotNumber));
        let zloty = "PLN".parse().unwrap();
        assert_eq!(amount("1299,90", zloty, Some(',')).map(|money| money.minor), Ok(129_990));
        assert_eq!(amount("1.299", zloty, Some(',')).map(|money| money.minor), Ok(129_900));
        assert_eq!(amount("1,299", zloty, Some(',')).map(|money| money.minor), Ok(130));
        assert_eq!(amount("1299.90", zloty, Some(',')), Err(Reason::NotNumber));
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!([stock("0"), stock("100"), stock("5.0000")], [Ok(0), Ok(100), Ok(5)]);
        assert_eq!(stock("-3"), Err(Reason::Negative));
        assert_eq!(stock("1.5"), Err(Reason::NotWhole));
        assert_eq!(stock("many"), Err(Reason::NotWhole));
        assert_eq!(stock("4294967296"), Err(Reason::TooLarge));
        assert_eq!([whole("-12"), whole("2,00"), whole("1,000")], [Ok(-12), Ok(2), Err(Reason::NotWhole)]);
        assert_eq!(
            [quantity("1.0"), quantity("0"), quantity("-1")],
            [Ok(1), Err(Reason::BelowOne), Err(Reason::BelowOne)]
        );
    }
}
