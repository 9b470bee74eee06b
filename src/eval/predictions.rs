//! The blend's answer to each question, for whoever wants to judge it with a program of their own.
//!
//! Tab-separated values under a header, quoted as in CSV where a field needs it, a row a question: the key of the question
//! in a column each, then
//!
//! - lists: `id_1 score_1 .. id_20 score_20`, the best first, empty where the list is shorter;
//! - `fit`: the probabilities `small fit large`.
//!
//! The key is `session_id pos` (of the item that is asked for, as in the test keys), `customer_id`, `order hidden` (the id that was
//! hidden of it, where that is in sight), or `row` (from 0, without the header).

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};

/// How many of a list are written.
pub const MOST: usize = 20;

/// The blend's answers.
#[derive(Debug, Clone)]
pub enum Predictions {
    /// Of items.
    Lists(Lists),
    /// Of sizes.
    Chances(Vec<Chances>),
}

/// Lists of items.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// The columns of the key.
    pub key: &'static [&'static str],
    /// One a question.
    pub answers: Vec<Answer>,
    /// The ids of the items.
    pub names: Vec<Box<str>>,
}

/// The list that answers one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// In the columns of the key.
    pub key: Vec<String>,
    /// Items with scores, the best first.
    pub list: Vec<(u32, f32)>,
}

/// How likely each answer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chances {
    /// The number of the row in its file.
    pub row: u32,
    /// Too small, fits, too large.
    pub of: [f64; 3],
}

impl Predictions {
    /// How many questions there are.
    pub const fn len(&self) -> usize {
        match self {
            Self::Lists(lists) => lists.answers.len(),
            Self::Chances(rows) => rows.len(),
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes them.
    ///
    /// # Errors
    /// Where that is refused.
    pub fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        let mut writer =
            WriterBuilder::new().delimiter(b'\t').terminator(Terminator::Any(b'\n')).flexible(false).from_writer(to);
        match self {
            Self::Lists(lists) => lists.write(&mut writer)?,
            Self::Chances(rows) => {
                writer.write_record(["row", "small", "fit", "large"])?;
                for Chances { row, of: [small, fit, large] } in rows {
                    writer.write_record([row.to_string(), small.to_string(), fit.to_string(), large.to_string()])?;
                }
            }
        }
        writer.flush()
    }
}

impl Lists {
    fn write(&self, writer: &mut csv::Writer<&mut dyn Write>) -> io::Result<()> {
        let of_places = (1..=MOST).flat_map(|place| [format!("id_{place}"), format!("score_{place}")]);
        writer.write_record(self.key.iter().map(|name| (*name).to_owned()).chain(of_places))?;
        for Answer { key, list } in &self.answers {
            for part in key {
                writer.write_field(part)?;
            }
            for place in 0..MOST {
                let (name, score) = list.get(place).map_or(("", String::new()), |(item, score)| {
                    (self.names.get(*item as usize).map_or("", |name| &**name), score.to_string())
                });
                writer.write_field(name)?;
                writer.write_field(score)?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_are_written_a_row_each() {
        let kept = Predictions::Chances(vec![Chances { row: 7, of: [0.25, 0.5, 0.25] }]);
        let mut text = Vec::new();
        kept.write(&mut text).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "row\tsmall\tfit\tlarge\n7\t0.25\t0.5\t0.25\n");
        assert!(!kept.is_empty());
    }
}
