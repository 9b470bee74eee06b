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

use crate::domain::catalog::{Audience, Garment, SizeSystem};
use crate::domain::sizing::{
    SizeCode,
    cut::Cut,
    read::{Style, read, read_with_style},
    scale::{Group, Likeness, Reading, Size},
};

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
    size: Size,
    style: Style,
}

#[derive(Debug)]
struct Entry {
    size: Size,
    text: Arc<str>,
    recognised: bool,
}

/// Codes of one garment and group, as one or more known sizes see them. All lists are sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// That fit.
    pub(super) fits: Vec<SizeCode>,
    /// Those among them that are cut for another length or width than what is known says, or than most wear.
    pub(super) cut_otherwise: Vec<SizeCode>,
    /// That no table leads to, or that nobody understands.
    pub(super) silent: Vec<SizeCode>,
}

impl Default for Sizes {
    fn default() -> Self {
        let one = Entry { size: Reading::OneSize.into(), text: "".into(), recognised: true };
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
        let (size, style) = read_with_style(text, system, garment, group);
        let mut table = self.table.write();
        let code = match size.reading {
            Reading::OneSize => SizeCode::ONE_SIZE,
            _ => table.number(Key { garment, group, size, style }, text),
        };
        table.texts.entry(place).or_default().insert(text.into(), code);
        code
    }

    /// The size as it was first written.
    pub fn text(&self, code: SizeCode) -> Option<Arc<str>> {
        self.table.read().entries.get(code.0 as usize).map(|entry| Arc::clone(&entry.text))
    }

    /// Whether a system knows it, or nothing needs to: what is not worn has no size that could be unknown.
    pub fn is_recognised(&self, code: SizeCode) -> bool {
        self.table.read().entries.get(code.0 as usize).is_some_and(|entry| entry.recognised)
    }

    /// Whether a system knows what is written there. Unlike [`Sizes::code`], this leaves no trace: for what customers say.
    pub fn recognises(
        &self,
        text: &str,
        system: Option<SizeSystem>,
        garment: Garment,
        audience: Option<Audience>,
    ) -> bool {
        let group = Group::from(audience);
        let numbered =
            self.table.read().texts.get(&(system, garment, group)).and_then(|texts| texts.get(text).copied());
        match numbered {
            _ if garment == Garment::None => true,
            Some(code) => code == SizeCode::ONE_SIZE || self.is_recognised(code),
            None => !matches!(read(text, system, garment, group).reading, Reading::Unread(_)),
        }
    }

    /// Whether who wears the one can wear the other. Symmetric; sizes of different garments are compared by no one.
    pub fn fit_each_other(&self, one: SizeCode, other: SizeCode) -> bool {
        let table = self.table.read();
        match (table.entries.get(one.0 as usize), table.entries.get(other.0 as usize)) {
            (Some(one), Some(other)) => one.size.likeness(&other.size) == Likeness::Fits,
            _ => false,
        }
    }

    /// How far each of a product's sizes is from the middle of them all, counted in its different sizes; of two that are
    /// equally far the smaller is nearer, and the regular cut before petite and tall. A size that nobody understands stands
    /// in no order and is the furthest.
    pub fn from_middle(&self, codes: &[SizeCode]) -> Vec<u32> {
        let table = self.table.read();
        let measured = |code: &SizeCode| table.reading(*code).filter(|one| matches!(one, Reading::Measured(_)));
        let is_cut = |code: &SizeCode| table.size(*code).is_some_and(|size| !size.cut.is_like(Cut::default()));
        let run: BTreeSet<&Reading> = codes.iter().filter_map(measured).collect();
        // Twice the place, and twice the middle, which may lie between two.
        let doubled: FxHashMap<&Reading, u32> = run.iter().copied().zip((0..).step_by(2)).collect();
        let middle = doubled.values().copied().max().unwrap_or_default() / 2;
        let far = |place: u32| place.abs_diff(middle) + u32::from(place > middle);
        codes
            .iter()
            .map(|code| match measured(code).and_then(|one| doubled.get(one)) {
                Some(at) => 2 * far(*at) + u32::from(is_cut(code)),
                None => u32::MAX,
            })
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
            size: key.size.clone(),
            text: text.trim().into(),
            recognised: matches!(key.size.reading, Reading::Measured(_)) || key.garment == Garment::None,
        });
        self.codes.insert(key, code);
        code
    }

    pub(super) fn size(&self, code: SizeCode) -> Option<&Size> {
        self.entries.get(code.0 as usize).map(|entry| &entry.size)
    }

    fn reading(&self, code: SizeCode) -> Option<&Reading> {
        self.size(code).map(|size| &size.reading)
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
    pub(super) fn split(&self, garment: Garment, group: Group, known: &[Size]) -> Split {
        let mut split = Split { fits: vec![SizeCode::ONE_SIZE], ..Split::default() };
        for code in self.of_kind.get(&(garment, group)).into_iter().flatten() {
            let Some(size) = self.size(*code) else { continue };
            match likeness(size, known) {
                Likeness::Fits => {
                    split.fits.push(*code);
                    if !known.iter().any(|one| one.likeness(size) == Likeness::Fits && one.cut.is_like(size.cut)) {
                        split.cut_otherwise.push(*code);
                    }
                }
                Likeness::Silent => split.silent.push(*code),
                Likeness::Differs => {}
            }
        }
        split
    }
}

/// Of one size to several: it fits one of them, else it is on the scale of one of them and another, else nobody can say.
fn likeness(size: &Size, known: &[Size]) -> Likeness {
    let all = known.iter().map(|one| one.likeness(size));
    all.min_by_key(|likeness| match likeness {
        Likeness::Fits => 0,
        Likeness::Differs => 1,
        Likeness::Silent => 2,
    })
    .unwrap_or(Likeness::Silent)
}
