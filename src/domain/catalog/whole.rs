//! What a whole catalogue takes away: the products that it does not speak of are sold no longer.
//!
//! Nothing is taken away where it would be more than a share of what sells: a feed that was cut short at its source looks
//! like a shop that closes. Whether all of it came is for whoever read it to know.

use thiserror::Error;

/// The largest share of what sells that is taken away where nobody says another one.
pub const LIMIT_PERCENT: u8 = 30;

/// How far a product is on sale.
#[derive(Debug, Clone, Copy)]
pub struct OnSale {
    /// A variant of it can be sold now.
    pub sells: bool,
    /// The shop sells a variant of it: with more stock it could be sold.
    pub listed: bool,
}

/// More would be taken away than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "{lost} of {selling} products that sell now would be taken away: {} %, and the limit is {limit_percent} %",
    (lost * 100).div_ceil(*selling)
)]
pub struct TooMuch {
    lost: usize,
    selling: usize,
    limit_percent: u8,
}

/// Those of the products that stood before which are to be taken off sale, in their order.
///
/// # Errors
/// Where they are more of what sells than the limit allows.
pub fn missing_products<P>(
    before: impl IntoIterator<Item = (P, OnSale)>,
    is_present: impl Fn(&P) -> bool,
    limit_percent: u8,
) -> Result<Vec<P>, TooMuch> {
    let (mut selling, mut lost, mut gone) = (0, 0, Vec::new());
    for (product, on_sale) in before {
        selling += usize::from(on_sale.sells);
        if is_present(&product) {
            continue;
        }
        lost += usize::from(on_sale.sells);
        if on_sale.listed {
            gone.push(product);
        }
    }
    if lost * 100 > selling * usize::from(limit_percent) {
        return Err(TooMuch { lost, selling, limit_percent });
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_spoken_of_goes_unless_it_is_too_much_of_what_sells() {
        // Of ten products the first four sell, the next four could, and two the shop has taken off sale already.
        let on_sale = |n: u32| OnSale { sells: n < 4, listed: n < 8 };
        let check = |present: &[u32], limit: u8, expected: Result<&[u32], &str>| {
            let seen = missing_products((0..10).map(|n| (n, on_sale(n))), |n| present.contains(n), limit);
            let seen = seen.map_err(|error| error.to_string());
            assert_eq!(seen.as_deref().map_err(String::as_str), expected, "{present:?} {limit}");
        };
        check(&[0, 1, 2, 3], 0, Ok(&[4, 5, 6, 7]));
        check(&[0, 1, 2, 9], 25, Ok(&[3, 4, 5, 6, 7]));
        check(&[0, 1, 2, 9], 24, Err("1 of 4 products that sell now would be taken away: 25 %, and the limit is 24 %"));
        check(&[], 100, Ok(&[0, 1, 2, 3, 4, 5, 6, 7]));
        check(
            &[0],
            LIMIT_PERCENT,
            Err("3 of 4 products that sell now would be taken away: 75 %, and the limit is 30 %"),
        );
    }
}
