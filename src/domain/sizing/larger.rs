//! Which of two sizes of one product is the larger, as they are written.

use std::cmp::Ordering;

use crate::domain::catalog::{Row, VariantRow};

/// How the first stands to the second: both numbers, or both letters. What is written otherwise is not compared, for who says
/// "larger" must be sure of it.
pub fn larger(row: &Row, a: &VariantRow, b: &VariantRow) -> Option<Ordering> {
    let written = |variant: &VariantRow| row.product.variants.get(variant.place as usize);
    let (a, b) = (written(a)?, written(b)?);
    if a.size_system != b.size_system {
        return None;
    }
    let number = |text: &str| text.trim().replace(',', ".").parse::<f64>().ok().filter(|number| number.is_finite());
    match (number(&a.size), number(&b.size)) {
        (Some(a), Some(b)) => Some(a.total_cmp(&b)),
        (None, None) => Some(letters(&a.size)?.cmp(&letters(&b.size)?)),
        _ => None,
    }
}

/// XS, S, M, ... as ranks around M.
fn letters(text: &str) -> Option<i32> {
    let text = text.trim().to_ascii_uppercase();
    let (stem, end) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let way = match end {
        "S" => -1,
        "L" => 1,
        "M" if stem.is_empty() => return Some(0),
        _ => return None,
    };
    let times = match stem.strip_suffix('X') {
        None if stem.is_empty() => 0,
        Some("") => 1,
        Some(count) if count.bytes().all(|byte| byte == b'X') => i32::try_from(count.len()).ok()? + 1,
        Some(count) => count.parse().ok().filter(|count| (1..=9).contains(count))?,
        None => return None,
    };
    Some(way * (times + 1))
}
