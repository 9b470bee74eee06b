//! All sizes of one shop as dense numbers, one for each way of writing a size of a garment for an audience.
//!
//! A number is given at the first meeting and stays for the life of the process. What customers declare is read but gets no
//! number: the table grows with the catalogue alone.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use parking_lot::{RwLock, RwLockReadGuard};
use rustc_hash::FxHashMap;

use super::{
    SizeCode,
    read::{Style, read, read_with_style},
    scale::{Group, Likeness, Reading},
};
use crate::domain::catalog::{Audience, Garment, SizeSystem};

/// All sizes that this shop has, with their numbers.
#[derive(Debug)]
pub struct Sizes {
    table: RwLock<Table>,
}

/// What a text is read for.
type Place = (Option<SizeSystem>, Garment, Group);

/// The sizes at one moment.
#[derive(Debug)]
pub(super) struct Table {
    // Texts come from callers: the standard hasher withstands chosen collisions.
    texts: HashMap<Place, HashMap<Box<str>, SizeCode>>,
    codes: HashMap<Key, SizeCode>,
    entries: Vec<Entry>,
    of_kind: FxHashMap<(Garment, Group), Vec<SizeCode>>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    garment: Garment,
    group: Group,
    reading: Reading,
    style: Style,
}

#[derive(Debug)]
struct Entry {
    reading: Reading,
    text: Arc<str>,
    recognised: bool,
}

/// Codes of one garment and group, as one or more known sizes see them. Both lists are sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// That fit.
    pub(super) fits: Vec<SizeCode>,
    /// That no table leads to, or that nobody understands.
    pub(super) silent: Vec<SizeCode>,
}

impl Default for Sizes {
    fn default() -> Self {
        let one = Entry { reading: Reading::OneSize, text: "".into(), recognised: true };
        Self {
            table: RwLock::new(Table {
                texts: HashMap::new(),
                codes: HashMap::new(),
                entries: vec![one],
                of_kind: FxHashMap::default(),
            }),
        }
    }
}

impl Sizes {
    /// The number of a written size, given now where it has none.
    ///
    /// `system` is what the shop says of it; a text that names its system itself is believed more.
    pub fn code(
        &self,
        text: &str,
        system: Option<SizeSystem>,
        garment: Garment,
        audience: Option<Audience>,
    ) -> SizeCode {
        let group = Group::from(audience);
        let place = (system, garment, group);
        if let Some(code) = self.table.read().texts.get(&place).and_then(|texts| texts.get(text)) {
            return *code;
        }
        let (reading, style) = read_with_style(text, system, garment, group);
        let mut table = self.table.write();
        let code = match reading {
            Reading::OneSize => SizeCode::ONE_SIZE,
            reading => table.number(Key { garment, group, reading, style }, text),
        };
        table.texts.entry(place).or_default().insert(text.into(), code);
        code
    }

    /// The size as it was first written.
    #[must_use]
    pub fn text(&self, code: SizeCode) -> Option<Arc<str>> {
        self.table.read().entries.get(code.0 as usize).map(|entry| Arc::clone(&entry.text))
    }

    /// Whether a system knows it, or nothing needs to: what is not worn has no size that could be unknown.
    #[must_use]
    pub fn is_recognised(&self, code: SizeCode) -> bool {
        self.table.read().entries.get(code.0 as usize).is_some_and(|entry| entry.recognised)
    }

    /// Whether a system knows what is written there. Unlike [`Sizes::code`], this leaves no trace: for what customers say.
    #[must_use]
    pub fn recognises(
        &self,
        text: &str,
        system: Option<SizeSystem>,
        garment: Garment,
        audience: Option<Audience>,
    ) -> bool {
        garment == Garment::None || !matches!(read(text, system, garment, audience.into()), Reading::Unread(_))
    }

    /// Whether who wears the one can wear the other. Symmetric; sizes of different garments are compared by no one.
    #[must_use]
    pub fn fit_each_other(&self, one: SizeCode, other: SizeCode) -> bool {
        let table = self.table.read();
        match (table.entries.get(one.0 as usize), table.entries.get(other.0 as usize)) {
            (Some(one), Some(other)) => one.reading.likeness(&other.reading) == Likeness::Fits,
            _ => false,
        }
    }

    /// How far each of a product's sizes is from the middle of them all, counted in its different sizes; of two that are
    /// equally far the smaller is nearer. A size that nobody can read stands in no order and is the furthest.
    #[must_use]
    pub fn from_middle(&self, codes: &[SizeCode]) -> Vec<u32> {
        let table = self.table.read();
        let measured = |code: &SizeCode| table.reading(*code).filter(|one| matches!(one, Reading::Measured(_)));
        let run: BTreeSet<&Reading> = codes.iter().filter_map(measured).collect();
        // Twice the place, and twice the middle, which may lie between two.
        let doubled: FxHashMap<&Reading, u32> = run.iter().copied().zip((0..).step_by(2)).collect();
        let middle = doubled.values().copied().max().unwrap_or_default() / 2;
        let far = |place: u32| place.abs_diff(middle) + u32::from(place > middle);
        codes
            .iter()
            .map(|code| measured(code).and_then(|one| doubled.get(one)).map_or(u32::MAX, |at| far(*at)))
            .collect()
    }

    /// For many questions at one moment. Holds the lock: no size gets a number meanwhile.
    pub(super) fn table(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read()
    }
}

impl Table {
    fn number(&mut self, key: Key, text: &str) -> SizeCode {
        if let Some(code) = self.codes.get(&key) {
            return *code;
        }
        // Four thousand million sizes would not fit into memory.
        let code = SizeCode(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        self.of_kind.entry((key.garment, key.group)).or_default().push(code);
        self.entries.push(Entry {
            reading: key.reading.clone(),
            text: text.trim().into(),
            recognised: matches!(key.reading, Reading::Measured(_)) || key.garment == Garment::None,
        });
        self.codes.insert(key, code);
        code
    }

    pub(super) fn reading(&self, code: SizeCode) -> Option<&Reading> {
        self.entries.get(code.0 as usize).map(|entry| &entry.reading)
    }

    pub(super) fn text(&self, code: SizeCode) -> Option<Arc<str>> {
        self.entries.get(code.0 as usize).map(|entry| Arc::clone(&entry.text))
    }

    /// How far the codes of one garment and group are from a size, those on its scale.
    pub(super) fn distances(
        &self,
        garment: Garment,
        group: Group,
        from: &Reading,
    ) -> impl Iterator<Item = (SizeCode, (u32, u32))> {
        let codes = self.of_kind.get(&(garment, group)).into_iter().flatten();
        codes.filter_map(move |code| match (self.reading(*code)?, from) {
            (Reading::Measured(to), Reading::Measured(from)) => Some((*code, from.distance(to)?)),
            _ => None,
        })
    }

    /// How all codes of one garment and group stand to the sizes that are known. One size is among those that fit.
    pub(super) fn split(&self, garment: Garment, group: Group, known: &[Reading]) -> Split {
        let mut split = Split { fits: vec![SizeCode::ONE_SIZE], silent: Vec::new() };
        for code in self.of_kind.get(&(garment, group)).into_iter().flatten() {
            let Some(reading) = self.reading(*code) else { continue };
            match likeness(reading, known) {
                Likeness::Fits => split.fits.push(*code),
                Likeness::Silent => split.silent.push(*code),
                Likeness::Differs => {}
            }
        }
        split
    }
}

/// Of one size to several: it fits one of them, else it is on the scale of one of them and another, else nobody can say.
fn likeness(reading: &Reading, known: &[Reading]) -> Likeness {
    let all = known.iter().map(|one| one.likeness(reading));
    all.min_by_key(|likeness| match likeness {
        Likeness::Fits => 0,
        Likeness::Differs => 1,
        Likeness::Silent => 2,
    })
    .unwrap_or(Likeness::Silent)
}
