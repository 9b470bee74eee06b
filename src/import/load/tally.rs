//! What came of an import: counted, and the first of what was refused or left out in full.

use std::{collections::BTreeMap, fmt};

use super::Outcome;
use crate::import::row_error::{Break, LineError, Unread};

/// Refusals, and warnings, that are kept in full; the others are counted by their reason.
const SHOWN: usize = 20;
/// Of so many names the rest are summed up.
const NAMED: usize = 25;

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows read, those refused and left out among them.
    pub rows: u64,
    /// Events written.
    pub events: u64,
    /// Events that were there before.
    pub duplicates: u64,
    /// Products that are new.
    pub products: u64,
    /// Products that took the place of others with their ids.
    pub replaced: u64,
    /// Identifiers joined to customers.
    pub links: u64,
    /// Customers who were forgotten as they asked.
    pub erased: u64,
    /// Variants that are not sold because their rows were refused.
    pub withheld: u64,
    /// Products that are sold no longer because the whole catalogue does not hold them.
    pub retired: u64,
    /// Why none were retired, though the file was said to be the whole catalogue.
    pub not_retired: Option<String>,
    /// Refused rows that do not say which product they speak of.
    pub nameless: u64,
    /// What could not be taken.
    pub refused: Faults,
    /// Details that were left out of what went in.
    pub warned: Faults,
    /// Products that were replaced without variants that they had, while rows of the file were refused.
    pub lost: Vec<String>,
    /// What is not sure of ids that events name, and in how many events.
    pub doubtful: BTreeMap<String, u64>,
    /// What is of no use here, by name.
    pub left_out: BTreeMap<String, u64>,
    /// Where the file broke.
    pub broken: Option<Break>,
}

/// Faults by field and reason, and the first of them in full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    counts: BTreeMap<String, u64>,
    first: Vec<String>,
}

impl Faults {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Counts one of a kind.
    pub(super) fn add(&mut self, kind: String, in_full: impl fmt::Display) {
        *self.counts.entry(kind).or_insert(0) += 1;
        if self.first.len() < SHOWN {
            self.first.push(in_full.to_string());
        }
    }

    fn write_first(&self, f: &mut fmt::Formatter<'_>, behind: &str) -> fmt::Result {
        for line in &self.first {
            writeln!(f, "{line}{behind}")?;
        }
        match self.count().saturating_sub(self.first.len() as u64) {
            0 => Ok(()),
            more => writeln!(f, "... and {more} more{behind}"),
        }
    }
}

impl Tally {
    /// Whether anything of the file is now in the store.
    pub const fn took_something(&self) -> bool {
        let taken = self.events + self.duplicates + self.products + self.replaced + self.links + self.erased;
        taken + self.withheld + self.retired > 0
    }

    pub(super) fn unread(&mut self, unread: Unread) {
        match unread {
            Unread::Refused(error) => {
                self.rows += 1;
                self.refused.add(kind_of(&error), error);
            }
            Unread::Nameless(error) => {
                self.rows += 1;
                self.nameless += 1;
                self.refused.add(kind_of(&error), error);
            }
            Unread::LeftOut(what) => {
                self.rows += 1;
                *self.left_out.entry(what.into_owned()).or_insert(0) += 1;
            }
            Unread::Broken(error) => self.broken = Some(error),
        }
    }

    /// Counts what came of a write for the row in this line.
    pub(super) fn count(&mut self, line: u64, outcome: Outcome) {
        match outcome {
            Outcome::Event { duplicate, notes } => {
                let events = if duplicate { &mut self.duplicates } else { &mut self.events };
                *events += 1;
                for note in notes {
                    *self.doubtful.entry(note).or_insert(0) += 1;
                }
            }
            Outcome::Product { created: true } => self.products += 1,
            Outcome::Product { created: false } => self.replaced += 1,
            Outcome::Link { created } => self.links += u64::from(created),
            Outcome::Erased => self.erased += 1,
            Outcome::Retired { products } => self.retired += products,
            Outcome::Changed { .. } | Outcome::Done => {}
            Outcome::Declined { kind, told } => self.refused.add(kind.to_owned(), format_args!("line {line}: {told}")),
        }
    }

    pub(super) fn warn(&mut self, warning: LineError) {
        self.warned.add(kind_of(&warning), warning);
    }
}

fn kind_of(error: &LineError) -> String {
    format!("{} {}", error.field, error.reason)
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refused.write_first(f, "")?;
        for line in self.lost.iter().take(SHOWN) {
            writeln!(f, "{line}")?;
        }
        self.warned.write_first(f, " (the rest went in)")?;
        for (note, events) in self.doubtful.iter().take(SHOWN) {
            writeln!(f, "{note} (events: {})", grouped(*events))?;
        }
        write_count(f, self.rows, "rows read")?;
        write_count(f, self.events, "events written")?;
        write_count(f, self.duplicates, "events that were there before")?;
        write_count(f, self.doubtful.len() as u64, "ids that events name mean more than one thing")?;
        write_count(f, self.products, "products new")?;
        write_count(f, self.replaced, "products replaced")?;
        write_count(f, self.lost.len() as u64, "    without variants that they had")?;
        write_count(f, self.withheld, "variants not sold: their rows were refused")?;
        write_count(f, self.retired, "products no longer sold: not in the file")?;
        write_count(f, self.links, "identifiers linked")?;
        write_count(f, self.erased, "customers erased")?;
        write_counts(f, "refused", &self.refused.counts)?;
        write_counts(f, "warnings", &self.warned.counts)?;
        write_counts(f, "left out", &self.left_out)
    }
}

fn write_count(f: &mut fmt::Formatter<'_>, number: u64, what: &str) -> fmt::Result {
    if number > 0 { writeln!(f, "{:>12}  {what}", grouped(number)) } else { Ok(()) }
}

/// The sum of all, and the most frequent of them.
fn write_counts(f: &mut fmt::Formatter<'_>, what: &str, counts: &BTreeMap<String, u64>) -> fmt::Result {
    write_count(f, counts.values().sum(), what)?;
    for (name, number) in most(counts) {
        write_count(f, number, &format!("    {name}"))?;
    }
    Ok(())
}

fn most(counts: &BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut sorted: Vec<(String, u64)> = counts.iter().map(|(name, number)| (name.clone(), *number)).collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    if sorted.len() > NAMED {
        let rest = sorted.split_off(NAMED);
        sorted.push((format!("{} others", rest.len()), rest.iter().map(|(_, number)| number).sum()));
    }
    sorted
}

/// 1234567 -> "1,234,567".
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::row_error::Reason;

    #[test]
    fn a_doubt_is_told_once_with_its_events() {
        let mut tally = Tally::default();
        for n in 0..3_000_u64 {
            let notes = vec![format!("{:?} is doubtful", n % 30)];
            tally.count(1, Outcome::Event { duplicate: n % 2 == 0, notes });
        }
        let text = tally.to_string();
        assert_eq!(text.lines().filter(|line| line.ends_with(" is doubtful (events: 100)")).count(), SHOWN);
        assert!(text.contains("          30  ids that events name mean more than one thing\n"), "{text}");
        assert_eq!((tally.events, tally.duplicates), (1_500, 1_500));
    }

    #[test]
    fn of_many_faults_the_first_are_shown_and_all_are_counted() {
        let mut tally = Tally::default();
        for line in 1..=1_000 {
            tally.unread(LineError::new(line, "price", "x", Reason::NotNumber).into());
            tally.warn(LineError::new(line, "coupon", "y", Reason::TooLarge));
        }
        let text = tally.to_string();
        let lines =
            |behind: &str| text.lines().filter(|line| line.starts_with("line ") && line.ends_with(behind)).count();
        assert_eq!(lines("is not a number"), SHOWN);
        assert_eq!(lines("is too large (the rest went in)"), SHOWN);
        assert!(
            text.contains("... and 980 more\n") && text.contains("       1,000      price is not a number\n"),
            "{text}"
        );
        assert!(text.contains("       1,000  warnings\n       1,000      coupon is too large\n"), "{text}");
    }
}
