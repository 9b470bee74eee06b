//! Sessions from rows: whose they are, in which order, which are of train and which of test.

use crate::domain::{Timestamp, recommend::InteractionKind};
use crate::eval::{
    error::EvaluateError,
    options::{Files, Options},
    split::{Split, TIME, fifth},
    table::{Numbered, Table, Wanted},
};
use crate::models::data::{
    interactions::{Interaction, Interactions},
    item_index::Item,
    sessions::SessionLog,
};

const SESSION: &str = "session_id";
const POS: &str = "pos";
/// Time between two sessions, where only their order counts.
const SESSION_MS: i64 = 60_000;
/// Held sessions that a ranking can be learned from.
const ENOUGH: usize = 200;

/// A session that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Its id.
    pub id: Box<str>,
    /// Its items in order, without those that train does not have.
    pub items: Vec<Item>,
    /// The place of each of them in the session as it was.
    pub places: Vec<u32>,
    /// How long it was.
    pub length: u32,
}

/// What the protocol works on.
#[derive(Debug, Default)]
pub struct Data {
    /// The ids of the items of train; smaller items have smaller ids.
    pub names: Vec<Box<str>>,
    /// The oldest first.
    pub train: SessionLog,
    /// The same as a log would have it, each session at a time of its own.
    pub interactions: Interactions,
    /// By age.
    pub test: Vec<Tested>,
    /// How many of the newest train sessions are for validation.
    pub held: usize,
    /// Whether the next item is in sight.
    pub truth: bool,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

/// Rows of one session: where they stand, by its order.
struct Session {
    number: u32,
    test: bool,
    last: i64,
    rows: Vec<u32>,
}

impl Data {
    /// Reads the files of the options.
    ///
    /// # Errors
    /// Where a column is missing, the split can't be made, or either side is left without sessions.
    pub fn read(options: &Options) -> Result<Self, EvaluateError> {
        let wanted = [
            Wanted::text(SESSION),
            Wanted::text(&options.item_column),
            Wanted::whole(POS).if_there(),
            Wanted::whole(TIME).if_there(),
            Wanted::text(crate::eval::split::COLUMN).if_there(),
        ];
        let table = options.read(&wanted, &[crate::eval::split::COLUMN])?;
        let notes = table.notes().to_vec();
        Self::of_rows(table, options).map_err(|error| error.noting(&notes))
    }

    fn of_rows(mut table: Table, options: &Options) -> Result<Self, EvaluateError> {
        options.keep_items(&mut table)?;
        let nobody = leave_out_nobody(&mut table)?;
        let apart = matches!(options.files, Files::Apart { .. });
        let ids = table.texts(SESSION)?.numbered();
        let mut sessions = sessions(&table, &ids, apart)?;
        let both = if apart { None } else { part(&mut sessions, options, &table)? };
        let items = table.texts(&options.item_column)?.numbered();
        let mut data = Self::of(&sessions, &items, &ids);
        data.truth = !apart;
        data.held = data.held_back();
        data.notes.splice(0..0, table.notes().iter().cloned().chain(nobody).chain(both));
        data.check()?;
        Ok(data)
    }

    fn of(sessions: &[Session], items: &Numbered, ids: &Numbered) -> Self {
        let mut known = vec![false; items.len()];
        for row in sessions.iter().filter(|session| !session.test).flat_map(|session| &session.rows) {
            known[items.of[*row as usize] as usize] = true;
        }
        let mut names = Vec::new();
        let places: Vec<Option<Item>> = known
            .iter()
            .zip(&items.names)
            .map(|(known, name)| {
                known.then(|| {
                    names.push(name.clone());
                    u32::try_from(names.len() - 1).unwrap_or(u32::MAX)
                })
            })
            .collect();
        let item = |row: &u32| places[items.of[*row as usize] as usize];
        let mut data = Self { names, ..Self::default() };
        let mut unknown = 0;
        let mut train: Vec<Interaction> = Vec::new();
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        for session in sessions {
            let kept = (0_u32..).zip(&session.rows).filter_map(|(place, row)| Some((item(row)?, place)));
            let (items, places): (Vec<Item>, Vec<u32>) = kept.unzip();
            if !session.test {
                // Times only say what came after what.
                let group = train.last().map_or(0, |interaction| interaction.group) + 1;
                train.extend((0..).zip(items).map(|(n, item)| {
                    let time = Timestamp(i64::from(group) * SESSION_MS + i64::min(n, SESSION_MS - 1));
                    Interaction { time, owner: group, item, kind: InteractionKind::Looked, quantity: 1, group }
                }));
                continue;
            }
            unknown += session.rows.len() - items.len();
            let length = size(session.rows.len());
            data.test.push(Tested { id: ids.name(session.number).into(), items, places, length });
        }
        data.interactions = Interactions::from_interactions(train);
        data.train = SessionLog::of(&data.interactions, Timestamp(i64::MAX), 0);
        if unknown > 0 {
            data.notes.push(format!("{unknown} rows of test are of items that train does not have: left out"));
        }
        data
    }

    /// As many train sessions as there are of test, and where those are hardly any, or none of the split, enough to learn from.
    fn held_back(&self) -> usize {
        let fifth = self.train.len() / 5;
        let least = if self.truth { fifth.min(ENOUGH) } else { fifth };
        self.test.len().max(least).min(self.train.len() / 3).max(1)
    }

    fn check(&self) -> Result<(), EvaluateError> {
        let too_little = |what: &str| Err(EvaluateError::TooLittle(what.to_owned()));
        if self.train.len() < 2 {
            return too_little("fewer than two sessions to learn from");
        }
        if self.truth && !self.test.iter().any(|session| session.items.len() > 1) {
            return too_little("no session of test has two items that train has, so nothing can be asked");
        }
        Ok(())
    }

    /// How many items train has.
    pub const fn items(&self) -> usize {
        self.names.len()
    }

    /// The train sessions that validation leaves, and those that it holds.
    pub fn parts(&self) -> (Vec<&[Item]>, Vec<&[Item]>) {
        let all: Vec<&[Item]> = self.train.iter().collect();
        let (older, newer) = all.split_at(all.len() - self.held);
        (older.to_vec(), newer.to_vec())
    }

    /// The moment at which the train session of this place begins, from 0; test follows train.
    pub fn beginning(place: usize) -> Timestamp {
        Timestamp(i64::try_from(place + 1).unwrap_or(i64::MAX).saturating_mul(SESSION_MS))
    }

    /// How often each item was touched in train.
    pub fn support(&self) -> Vec<u32> {
        let mut support = vec![0; self.items()];
        self.train.iter().flatten().for_each(|item| support[*item as usize] += 1);
        support
    }
}

/// Leaves out rows of no session: they are not one. Tells of them.
fn leave_out_nobody(table: &mut Table) -> Result<Option<String>, EvaluateError> {
    let ids = table.texts(SESSION)?;
    let named: Vec<bool> = (0..table.len()).map(|row| !ids.get(row).is_empty()).collect();
    let Some(first) = named.iter().position(|named| !named) else { return Ok(None) };
    let rows = named.iter().filter(|named| !**named).count();
    let note = format!("{rows} rows without a {SESSION}: left out; the first is {}", table.place(first));
    table.retain(|row| named[row]);
    if table.is_empty() {
        return Err(EvaluateError::TooLittle(format!("no row has a {SESSION}")));
    }
    Ok(Some(note))
}

/// Rows by session, each session's by time then row where there are times, else by place; the sessions by their end, then id.
fn sessions(table: &Table, ids: &Numbered, apart: bool) -> Result<Vec<Session>, EvaluateError> {
    let times = if table.has(TIME) { Some(table.wholes(TIME)?) } else { None };
    let order = match times {
        Some(times) => Some(times),
        None if table.has(POS) => Some(table.wholes(POS)?),
        None => None,
    };
    let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let side = |row: usize| apart && row >= table.appended_at();
    let key = |row: &u32| {
        let at = *row as usize;
        (side(at), ids.of[at], order.map_or(0, |order| order[at]), *row)
    };
    let mut rows: Vec<u32> = (0..size(table.len())).collect();
    rows.sort_unstable_by_key(key);
    let same = |a: &u32, b: &u32| key(a).0 == key(b).0 && key(a).1 == key(b).1;
    let mut sessions: Vec<Session> = rows
        .chunk_by(same)
        .map(|rows| {
            let (test, number, ..) = key(&rows[0]);
            let last = times.map_or(0, |times| times[rows[rows.len() - 1] as usize]);
            Session { number, test, last, rows: rows.to_vec() }
        })
        .collect();
    sessions.sort_by_key(|session| (session.last, session.number));
    Ok(sessions)
}

/// Whole sessions to either side. By hash it is that of a session's first row, else one row of test makes a session of test.
/// Tells of those that a column puts on both.
fn part(sessions: &mut [Session], options: &Options, table: &Table) -> Result<Option<String>, EvaluateError> {
    let otherwise = if table.has(TIME) { Split::Time } else { Split::Hash };
    let split = Split::choose(options.split, table, otherwise);
    let rows = split.test_rows(table)?;
    for session in &mut *sessions {
        session.test = match split {
            Split::Hash => session.rows.iter().min().is_some_and(|row| fifth(table.rows()[*row as usize]) == 0),
            Split::Column | Split::Time => session.rows.iter().any(|row| rows[*row as usize]),
        };
    }
    for (side, test) in [("train", false), ("test", true)] {
        if !sessions.iter().any(|session| session.test == test) {
            let message = format!("the split by {split} leaves no sessions for {side}; see --split");
            return Err(EvaluateError::TooLittle(message));
        }
    }
    if split != Split::Column {
        return Ok(None);
    }
    // Its first row that the other side has.
    let odd = |session: &Session| session.rows.iter().copied().filter(|row| !rows[*row as usize]).min();
    let both: Vec<u32> = sessions.iter().filter(|session| session.test).filter_map(odd).collect();
    let Some(first) = both.iter().min().map(|row| *row as usize) else { return Ok(None) };
    let (count, id, place) = (both.len(), table.texts(SESSION)?.get(first), table.place(first));
    Ok(Some(format!(
        "{count} sessions have rows of train among those of test and are asked about whole; the first is {id:?} in {place}"
    )))
}
