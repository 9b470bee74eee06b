//! What the columns of a file say of its products: words and prices.

use rustc_hash::FxHashSet;

use crate::eval::{
    error::EvaluateError,
    table::{Numbered, Table, Wanted},
};

const PRICE: &str = "price";
/// Columns that say in words what a product is.
const WORDS: [&str; 12] = [
    "description",
    "name",
    "title",
    "brand",
    "category",
    "department",
    "product_category",
    "product_type",
    "genres",
    "genre",
    "color",
    "colour",
];

/// The columns that tell. The one of the items is read anyway.
pub fn wanted(item_column: &str) -> impl Iterator<Item = Wanted> {
    let words = WORDS.iter().filter(move |name| **name != item_column);
    words.map(|name| Wanted::text(*name).if_there()).chain([Wanted::real(PRICE).if_there()])
}

/// The words of the first row of each item; empty where no column says any.
///
/// # Errors
/// Where a column was not read as texts: a bug of ours.
pub fn texts(table: &Table, items: &Numbered, item_column: &str) -> Result<Vec<String>, EvaluateError> {
    let mut names: Vec<&str> = WORDS.iter().copied().filter(|name| table.has(name)).collect();
    if !names.contains(&item_column) && WORDS.contains(&item_column) {
        names.push(item_column);
    }
    let columns = names.iter().map(|name| table.texts(name)).collect::<Result<Vec<_>, _>>()?;
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let mut texts = vec![String::new(); items.len()];
    let mut met = FxHashSet::default();
    for (row, item) in items.of.iter().enumerate() {
        if met.insert(*item) {
            texts[*item as usize] = columns.iter().map(|column| column.get(row)).collect::<Vec<_>>().join(" ");
        }
    }
    Ok(texts)
}

/// The mean price of each item in the rows of train; zero where it has none, empty where no column says any.
///
/// # Errors
/// Where the column was not read as numbers: a bug of ours.
#[expect(clippy::cast_possible_truncation, reason = "a price needs no more digits")]
pub fn prices(table: &Table, items: &Numbered, is_train: impl Fn(usize) -> bool) -> Result<Vec<f32>, EvaluateError> {
    if !table.has(PRICE) {
        return Ok(Vec::new());
    }
    let mut sums = vec![(0.0_f64, 0.0_f64); items.len()];
    for (row, (item, price)) in items.of.iter().zip(table.reals(PRICE)?).enumerate() {
        if price.is_finite() && *price > 0.0 && is_train(row) {
            let sum = &mut sums[*item as usize];
            *sum = (sum.0 + f64::from(*price), sum.1 + 1.0);
        }
    }
    Ok(sums.into_iter().map(|(sum, rows)| if rows > 0.0 { (sum / rows) as f32 } else { 0.0 }).collect())
}
