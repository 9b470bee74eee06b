//! Amounts and counts as files write them, read exactly: never through a float.

use crate::{
    domain::{Currency, Money},
    import::unread::Reason,
};

/// "19.99 USD", as the Google Merchant Center specification writes prices.
///
/// # Errors
/// Where the currency is missing or unknown, or the number is no price.
pub fn price(text: &str) -> Result<Money, Reason> {
    let (number, code) = text.trim().split_once(char::is_whitespace).ok_or_else(|| {
        // "12.50" lacks its currency; "gratis" is no price at all.
        let number = text.bytes().any(|byte| byte.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_digit() || b" .,-".contains(&byte));
        if number { Reason::NoCurrency } else { Reason::NotNumber }
    })?;
    amount(number, currency(code)?, '.')
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
    code.to_ascii_uppercase().parse().map_err(|_| Reason::UnknownCurrency)
}

/// A number of major units in plain decimal notation, with `point` before its decimals.
///
/// # Errors
/// Where it is no number, negative, or finer than the currency's minor unit.
pub fn amount(text: &str, currency: Currency, point: char) -> Result<Money, Reason> {
    let minor = digits(text.trim(), point, currency.digits())?;
    Ok(Money { minor, currency })
}

/// The number times ten to the power of `places`.
fn digits(text: &str, point: char, places: u32) -> Result<i64, Reason> {
    if text.is_empty() {
        return Err(Reason::Missing);
    }
    let (whole, decimals) = text.split_once(point).unwrap_or((text, ""));
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    let all_digits = unsigned.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit());
    if !all_digits || unsigned.is_empty() {
        return Err(Reason::NotNumber);
    }
    if whole.len() != unsigned.len() && unsigned.bytes().chain(decimals.bytes()).any(|byte| byte != b'0') {
        return Err(Reason::Negative);
    }
    let decimals = decimals.trim_end_matches('0');
    if decimals.len() > places as usize {
        return Err(Reason::TooPrecise);
    }
    let mut minor: i64 = 0;
    let padding = std::iter::repeat_n(b'0', places as usize - decimals.len());
    for digit in unsigned.bytes().chain(decimals.bytes()).chain(padding) {
        let next = minor.checked_mul(10).and_then(|minor| minor.checked_add(i64::from(digit - b'0')));
        minor = next.ok_or(Reason::TooLarge)?;
    }
    Ok(minor)
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
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.bytes().any(|byte| byte != b'0') {
        return Err(Reason::NotWhole);
    }
    whole.parse().map_err(|_| Reason::NotWhole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_exactly_or_refused() {
        let check = |text: &str, expected: Result<(i64, &str), Reason>| {
            let seen = price(text).map(|money| (money.minor, money.currency.code()));
            assert_eq!(seen, expected, "{text:?}");
        };
        check("19.99 USD", Ok((1999, "USD")));
        check("  0.1 eur ", Ok((10, "EUR")));
        check("1200 JPY", Ok((1200, "JPY")));
        check("1.250 KWD", Ok((1250, "KWD")));
        check("19.9900 USD", Ok((1999, "USD")));
        check("90071992547409.93 USD", Ok((9_007_199_254_740_993, "USD")));
        check("-0.00 USD", Ok((0, "USD")));
        check("19.99", Err(Reason::NoCurrency));
        check("", Err(Reason::NotNumber));
        check("gratis", Err(Reason::NotNumber));
        check("19.99 XXY", Err(Reason::UnknownCurrency));
        check("NaN USD", Err(Reason::NotNumber));
        check("inf USD", Err(Reason::NotNumber));
        check("1e3 USD", Err(Reason::NotNumber));
        check(".5 USD", Err(Reason::NotNumber));
        check("1,000.00 USD", Err(Reason::NotNumber));
        check("19.999 USD", Err(Reason::TooPrecise));
        check("10.5 JPY", Err(Reason::TooPrecise));
        check("-1.00 USD", Err(Reason::Negative));
        check("99999999999999999999 USD", Err(Reason::TooLarge));
    }

    #[test]
    fn a_comma_can_be_the_point() {
        let zloty = "PLN".parse().unwrap();
        assert_eq!(amount("1299,90", zloty, ',').map(|money| money.minor), Ok(129_990));
        assert_eq!(amount("1299.90", zloty, ','), Err(Reason::NotNumber));
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!([stock("0"), stock("100"), stock("5.0000")], [Ok(0), Ok(100), Ok(5)]);
        assert_eq!(stock("-3"), Err(Reason::Negative));
        assert_eq!(stock("1.5"), Err(Reason::NotWhole));
        assert_eq!(stock("many"), Err(Reason::NotWhole));
        assert_eq!(stock("4294967296"), Err(Reason::TooLarge));
        assert_eq!(whole("-12"), Ok(-12));
    }
}
