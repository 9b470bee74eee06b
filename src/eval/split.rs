//! Which rows are learned from and which are asked about.
//!
//! Three ways, the same for all protocols: a column says it, time says it, or a hash of the row's number does. What a protocol
//! makes of the rows (whole sessions, the last basket) stands with the protocol.

use std::fmt;

use crate::eval::{error::EvaluateError, table::Table};

/// The column that says it.
pub const COLUMN: &str = "split";
/// The column of times, in milliseconds.
pub const TIME: &str = "ts_ms";

/// How rows are parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// As the column [`COLUMN`] says: "train" or "history", and "test" or "future".
    Column,
    /// The last fifth in time is test.
    Time,
    /// A fifth by the hash of the row's number is test.
    Hash,
}

impl Split {
    /// Every way, by its name on the command line.
    pub const NAMED: &'static [(&'static str, Self)] =
        &[("column", Self::Column), ("time", Self::Time), ("hash", Self::Hash)];

    /// What was asked for; else by the column where there is one, else as the protocol would have it.
    pub fn choose(asked: Option<Self>, table: &Table, otherwise: Self) -> Self {
        asked.unwrap_or(if table.has(COLUMN) { Self::Column } else { otherwise })
    }

    /// Of each row whether it is of test.
    ///
    /// # Errors
    /// Where the column or the times that it takes were not read, the column says something else, or nothing is left on
    /// either side.
    pub fn test_rows(self, table: &Table) -> Result<Vec<bool>, EvaluateError> {
        let test = match self {
            Self::Column => by_column(table)?,
            Self::Time => {
                let times = table.wholes(TIME)?;
                let cut = time_cut(times.iter().copied());
                times.iter().map(|time| cut.is_some_and(|cut| *time >= cut)).collect()
            }
            Self::Hash => table.rows().iter().map(|row| fifth(*row) == 0).collect(),
        };
        self.both_sides(&test)?;
        Ok(test)
    }

    /// Of each row whether it is of the test of the validation: the same way inside train, of a column by time where the
    /// file has times. Rows of test are false here, too: who validates leaves them out by `test`.
    ///
    /// # Errors
    /// Where train has too little for two sides.
    pub fn validation_rows(self, table: &Table, test: &[bool]) -> Result<Vec<bool>, EvaluateError> {
        let timed = self == Self::Time || (self == Self::Column && table.has(TIME));
        let chosen: Vec<bool> = if timed {
            let times = table.wholes(TIME)?;
            let cut = time_cut(times.iter().zip(test).filter(|(_, test)| !**test).map(|(time, _)| *time));
            times.iter().map(|time| cut.is_some_and(|cut| *time >= cut)).collect()
        } else {
            table.rows().iter().map(|row| fifth(*row) == 1).collect()
        };
        let chosen: Vec<bool> = chosen.iter().zip(test).map(|(chosen, test)| *chosen && !test).collect();
        let inside: Vec<bool> =
            chosen.iter().zip(test).filter(|(_, test)| !**test).map(|(chosen, _)| *chosen).collect();
        self.both_sides(&inside)?;
        Ok(chosen)
    }

    /// An error where either side has nothing.
    fn both_sides(self, test: &[bool]) -> Result<(), EvaluateError> {
        let of_test = test.iter().filter(|test| **test).count();
        let side = match of_test {
            0 => "test",
            n if n == test.len() => "train",
            _ => return Ok(()),
        };
        let message = format!("the split by {self} leaves no rows for {side}, of {}; see --split", test.len());
        Err(EvaluateError::TooLittle(message))
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMED.iter().find(|(_, split)| split == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

fn by_column(table: &Table) -> Result<Vec<bool>, EvaluateError> {
    if !table.has(COLUMN) {
        let near = table.nearest(COLUMN);
        return Err(EvaluateError::Options(format!(
            "the split is to be by column, but no file has a column {COLUMN:?}{near}"
        )));
    }
    let texts = table.texts(COLUMN)?;
    let sides: Vec<Option<bool>> = texts
        .names()
        .iter()
        .map(|name| match name.trim().to_lowercase().as_str() {
            "train" | "history" => Some(false),
            "test" | "future" => Some(true),
            _ => None,
        })
        .collect();
    let side = |(row, code): (usize, &u32)| {
        sides[*code as usize].ok_or_else(|| {
            let (number, text) = (table.rows()[row], texts.get(row));
            let known = "train or history, and test or future";
            EvaluateError::Options(format!("the column {COLUMN:?} says {text:?} in row {number}; known are {known}"))
        })
    };
    texts.codes().iter().enumerate().map(side).collect()
}

/// The element floor(0.8 n) of the sorted times: train is before it, test from it on. None of no times.
pub fn time_cut(times: impl Iterator<Item = i64>) -> Option<i64> {
    let mut times: Vec<i64> = times.collect();
    let place = times.len() * 4 / 5;
    (place < times.len()).then(|| *times.select_nth_unstable(place).1)
}

/// Which fifth a row is in: 0 is test, 1 the test of the validation.
pub fn fifth(row: u32) -> u64 {
    splitmix64(row.into()) % 5
}

/// A number as good as any by lot, always the same for the same `x` (Steele, Lea, Flood 2014: Fast splittable pseudorandom
/// number generators).
pub const fn splitmix64(x: u64) -> u64 {
    let z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::eval::table::Wanted;

    fn table(text: &str) -> Table {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("f");
        fs::write(&path, text).unwrap();
        let wanted = [Wanted::text("id"), Wanted::text(COLUMN).if_there(), Wanted::whole(TIME).if_there()];
        Table::read(&[path], &wanted).unwrap()
    }

    fn timed(times: &[i64]) -> Table {
        table(&times.iter().fold("id,ts_ms\n".to_owned(), |text, time| format!("{text}a,{time}\n")))
    }

    fn places(rows: &[bool]) -> Vec<usize> {
        (0..rows.len()).filter(|row| rows[*row]).collect()
    }

    #[test]
    fn the_hash_is_the_published_one() {
        // The first outputs of the generator seeded with 0 and 1234567, as its authors give them.
        assert_eq!(splitmix64(0), 0xE220_A839_7B1D_CDAF);
        assert_eq!(splitmix64(1_234_567), 6_457_827_717_110_365_317);
        let counts = (0..10_000).fold([0; 5], |mut counts, row| {
            counts[usize::try_from(fifth(row)).unwrap()] += 1;
            counts
        });
        assert!(counts.iter().all(|count| (1_850..2_150).contains(count)), "{counts:?}");
    }

    #[test]
    fn time_cuts_at_the_last_fifth_whatever_the_order() {
        let rows = timed(&[9, 1, 8, 2, 7, 3, 6, 4, 5, 10]);
        let test = Split::Time.test_rows(&rows).unwrap();
        assert_eq!(places(&test), [0, 9]);
        // Inside train: eight are left, the element 6 of 1..=8 is 7.
        assert_eq!(places(&Split::Time.validation_rows(&rows, &test).unwrap()), [2, 4]);
        assert_eq!(time_cut([3].into_iter()), Some(3));
        assert_eq!(time_cut([].into_iter()), None);
    }

    #[test]
    fn a_column_says_it_in_either_wording() {
        let rows = table("id,split\na,train\nb,Test\nc,history\nd,future\n");
        let split = Split::choose(None, &rows, Split::Time);
        assert_eq!((split, places(&split.test_rows(&rows).unwrap())), (Split::Column, vec![1, 3]));
        assert_eq!(Split::choose(Some(Split::Hash), &rows, Split::Time), Split::Hash);
        assert_eq!(Split::choose(None, &timed(&[1]), Split::Time), Split::Time);
    }

    #[test]
    fn what_can_not_be_parted_is_refused() {
        let check = |split: Split, rows: &Table, expected: &str| {
            assert_eq!(split.test_rows(rows).unwrap_err().to_string(), expected);
        };
        let no_test = table("id,split\na,train\nb,train\n");
        check(Split::Column, &no_test, "the split by column leaves no rows for test, of 2; see --split");
        check(Split::Time, &timed(&[5, 5, 5]), "the split by time leaves no rows for train, of 3; see --split");
        check(
            Split::Column,
            &timed(&[1]),
            "the split is to be by column, but no file has a column \"split\" (there are: id, ts_ms)",
        );
        check(
            Split::Column,
            &table("id,split\na,train\nb,tset\n"),
            "the column \"split\" says \"tset\" in row 1; known are train or history, and test or future",
        );
        let rows = timed(&[1, 2, 2]);
        let test = Split::Time.test_rows(&timed(&[1, 1, 2])).unwrap();
        assert!(Split::Time.validation_rows(&rows, &test).is_ok());
        assert!(Split::Time.validation_rows(&timed(&[1, 1, 2]), &test).is_err());
    }
}
