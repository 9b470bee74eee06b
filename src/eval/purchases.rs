//! Which rows of orders are purchases: those of somebody, of something, that were not sent back.

use crate::eval::{
    error::EvaluateError,
    table::{Table, Wanted},
};

/// The column that says whose a row is.
pub const CUSTOMER: &str = "customer_id";
/// The column that says what happened. Where it is absent, or says nothing, it is a purchase.
pub const EVENT: &str = "event";
/// What that column says of what was sent back.
pub const RETURNED: &str = "return";
/// The column of units. Where it is absent, or says nothing, it is one.
pub const UNITS: &str = "qty";

/// The columns that tell.
pub fn wanted() -> [Wanted; 3] {
    [Wanted::text(CUSTOMER), Wanted::text(EVENT).if_there(), Wanted::real(UNITS).if_there()]
}

/// Leaves out what is no purchase, and tells how many rows that are. `bought` says of how many units it is one.
///
/// # Errors
/// Where nothing is left.
pub fn keep(table: &mut Table, bought: impl Fn(f32) -> bool) -> Result<Option<String>, EvaluateError> {
    let customers = table.texts(CUSTOMER)?;
    let events = if table.has(EVENT) { Some(table.texts(EVENT)?) } else { None };
    let units = if table.has(UNITS) { Some(table.reals(UNITS)?) } else { None };
    let (mut nobody, mut returned, mut nothing) = (0_usize, 0_usize, 0_usize);
    let kept: Vec<bool> = (0..table.len())
        .map(|row| {
            let why = if customers.get(row).is_empty() {
                &mut nobody
            } else if events.is_some_and(|events| events.get(row) == RETURNED) {
                &mut returned
            } else if units.is_some_and(|units| !units[row].is_nan() && !bought(units[row])) {
                &mut nothing
            } else {
                return true;
            };
            *why += 1;
            false
        })
        .collect();
    let rows = nobody + returned + nothing;
    let told = format!(
        "{rows} rows are no purchase and left out: {nobody} without a {CUSTOMER}, {returned} of the {EVENT} {RETURNED:?}, \
         {nothing} with a {UNITS} of nothing or taken back"
    );
    table.retain(|row| kept[row]);
    if table.is_empty() {
        return Err(EvaluateError::TooLittle(told));
    }
    Ok((rows > 0).then_some(told))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(text: &str) -> Table {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, text).unwrap();
        Table::read(&[path], &wanted()).unwrap()
    }

    #[test]
    fn what_is_no_purchase_is_left_out_and_told_once_a_row() {
        let header = "customer_id,event,qty\n";
        let mut table = read(&format!(
            "{header}a,purchase,2\na,return,-1\n,return,-1\nb,purchase,-3\nb,return,1\nb,,\nb,,0\n,purchase,1\n"
        ));
        let told = keep(&mut table, |units| units > 0.0).unwrap().unwrap();
        assert_eq!(table.rows(), [0, 5], "a missing number of units is one");
        assert_eq!(
            told,
            "6 rows are no purchase and left out: 2 without a customer_id, 2 of the event \"return\", 2 with a qty of \
             nothing or taken back"
        );
        assert_eq!(keep(&mut table, |units| units > 0.0).unwrap(), None);
        let error = keep(&mut read(&format!("{header}a,return,1\n")), |units| units > 0.0).unwrap_err().to_string();
        assert!(error.starts_with("1 rows are no purchase and left out: 0 without"), "{error}");
        let mut bare = read("customer_id,x\na,\n,\n");
        assert!(keep(&mut bare, |_| false).unwrap().unwrap().starts_with("1 rows"));
        assert_eq!(bare.rows(), [0]);
    }
}
