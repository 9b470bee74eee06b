//! Fit feedback from a table: who, what, its size and kind, the body, and how it felt.

use crate::eval::{
    EvaluateError,
    options::Options,
    split::Split,
    table::{Table, Texts, Wanted},
};
use crate::models::size_fit::rows::{Felt, Levels, Rows};

/// Rows of feedback.
#[derive(Debug)]
pub struct Feedback {
    /// What is known of each.
    pub rows: Rows,
    /// How each felt; of appended ones anything.
    pub felt: Vec<Felt>,
    /// Their numbers in the file.
    pub numbers: Vec<u32>,
    /// Where those begin that are only asked for.
    pub appended_at: u32,
    /// What is worth knowing of the files.
    pub notes: Vec<String>,
}

/// Ages beyond are slips of the pen.
const AGES: std::ops::RangeInclusive<f32> = 15.0..=90.0;
const MEASURES: [&str; 4] = ["weight_lbs", "height_in", "age", "bust_band_in"];
/// Letters of cups, the smallest first; written in more than one way across countries, so the first letters decide.
const CUPS: [&str; 13] = ["aa", "a", "b", "c", "d", "dd", "ddd", "e", "f", "g", "h", "i", "j"];

/// Reads the files. Rows whose `fit` is none of the three are left out. A split that is none by hash is refused.
pub fn read(options: &Options) -> Result<Feedback, EvaluateError> {
    if options.split.is_some_and(|way| way != Split::Hash) {
        let way = "fit parts rows by a hash of their numbers, once for each of its seeds; no other --split";
        return Err(EvaluateError::Options(way.to_owned()));
    }
    let item = &options.item_column;
    let mut wanted = vec![Wanted::text("customer_id"), Wanted::text(item), Wanted::text("size"), Wanted::text("fit")];
    wanted.extend(["category", "body_type", "bust_cup"].map(|name| Wanted::text(name).if_there()));
    wanted.extend(MEASURES.map(|name| Wanted::real(name).if_there()));
    let table = options.read(&wanted, &["fit"])?;
    let notes = table.notes().to_vec();
    of_rows(table, options).map_err(|error| error.noting(&notes))
}

fn of_rows(mut table: Table, options: &Options) -> Result<Feedback, EvaluateError> {
    options.keep_items(&mut table)?;
    let appended_at = table.appended_at();
    let read: Vec<Option<Felt>> = {
        let texts = table.texts("fit")?;
        let names: Vec<Option<Felt>> = texts.names().iter().map(|name| felt(name)).collect();
        texts.codes().iter().map(|code| names[*code as usize]).collect()
    };
    let usable = |row: usize| read[row].is_some() || row >= appended_at;
    let left_out: Vec<usize> = (0..table.len()).filter(|row| !usable(*row)).collect();
    let mut notes = table.notes().to_vec();
    if let Some(first) = left_out.first() {
        let example = format!("{:?} in {}", table.texts("fit")?.get(*first), table.place(*first));
        if left_out.len() == appended_at {
            let message = format!("the column \"fit\" never says small, fit or large, but {example}");
            return Err(EvaluateError::TooLittle(message));
        }
        let rows = left_out.len();
        notes.push(format!(
            "{rows} rows are left out: their fit is none of small, fit and large; the first is {example}"
        ));
    }
    table.retain(usable);
    let felt = (0..read.len()).filter(|row| usable(*row)).map(|row| read[row].unwrap_or(Felt::Fits)).collect();
    let appended_at = u32::try_from(table.appended_at()).unwrap_or(u32::MAX);
    Ok(Feedback { rows: rows(&table, &options.item_column)?, felt, numbers: table.rows().to_vec(), appended_at, notes })
}

/// How it felt, in the words that shops use.
fn felt(text: &str) -> Option<Felt> {
    match text.trim().to_lowercase().as_str() {
        "small" | "too small" => Some(Felt::Small),
        "fit" | "fits" | "just right" => Some(Felt::Fits),
        "large" | "too large" => Some(Felt::Large),
        _ => None,
    }
}

fn rows(table: &Table, item: &str) -> Result<Rows, EvaluateError> {
    let levels =
        |name: &str| table.texts(name).map(|texts| Levels { of: texts.codes().to_vec(), count: texts.names().len() });
    let there = |name: &str| table.has(name).then(|| levels(name)).transpose();
    let mut measures = Vec::new();
    for name in MEASURES.into_iter().filter(|name| table.has(name)) {
        let of_age = |value: &f32| if AGES.contains(value) { *value } else { f32::NAN };
        let values = table.reals(name)?;
        measures.push(if name == "age" { values.iter().map(of_age).collect() } else { values.to_vec() });
    }
    if table.has("bust_cup") {
        measures.push(by_text(table.texts("bust_cup")?, cup));
    }
    let sizes = table.texts("size")?;
    Ok(Rows {
        customer: levels("customer_id")?,
        item: levels(item)?,
        label: levels("size")?,
        size: by_text(sizes, size_reader(sizes)),
        kinds: there("category")?.into_iter().collect(),
        shapes: there("body_type")?.into_iter().collect(),
        measures,
    })
}

fn by_text(texts: &Texts, read: impl Fn(&str) -> f32) -> Vec<f32> {
    let read: Vec<f32> = texts.names().iter().map(|name| read(name)).collect();
    texts.codes().iter().map(|code| read[*code as usize]).collect()
}

/// The place of a cup; the longest name that it begins with decides ("dd/e" is "dd").
fn cup(text: &str) -> f32 {
    let text = text.trim().to_lowercase();
    let found = (0_u8..).zip(CUPS).filter(|(_, name)| text.starts_with(name)).max_by_key(|(_, name)| name.len());
    found.map_or(f32::NAN, |(place, _)| f32::from(place))
}

/// Numbers where most sizes are numbers, else letters: they have no common scale, and the effects of labels know no order.
fn size_reader(texts: &Texts) -> fn(&str) -> f32 {
    let numbers = texts.names().iter().filter(|name| !number(name).is_nan()).count();
    if numbers * 2 >= texts.names().len() { number } else { letters }
}

/// The number that the text begins with.
fn number(text: &str) -> f32 {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].parse().unwrap_or(f32::NAN)
}

/// XS, S, M, L, XL and so on, in steps.
fn letters(text: &str) -> f32 {
    let text = text.trim().to_lowercase();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (times, rest) = (text[..digits].parse::<f32>().unwrap_or(1.0), &text[digits..]);
    let xs = rest.bytes().take_while(|letter| *letter == b'x').fold(0.0, |xs, _| xs + 1.0) * times;
    match rest.trim_start_matches('x').chars().next() {
        Some('s') => -1.0 - xs,
        Some('m') => 0.0,
        Some('l') => 1.0 + xs,
        _ => f32::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_cups_are_read_as_numbers_that_grow_with_them() {
        for (text, expected) in [("12", 12.0), (" 7.5 W", 7.5), ("", f32::NAN), ("W30", f32::NAN)] {
            assert!(number(text).total_cmp(&expected).is_eq(), "{text}");
        }
        for (text, expected) in [("XXS", -3.0), ("xs", -2.0), ("S", -1.0), ("M", 0.0), ("3XL", 4.0), ("one", f32::NAN)]
        {
            assert!(letters(text).total_cmp(&expected).is_eq(), "{text}");
        }
        assert!(cup("AA") < cup("a") && cup("d") < cup("dd/e") && cup("dd/e") < cup("F+") && cup("?").is_nan());
    }
}
