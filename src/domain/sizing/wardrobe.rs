//! Her sizes at one moment: what she declared, else what she keeps, for each garment and audience apart.
//!
//! A size is learned only from the same kind of garment on the same scale. Declared sizes win over all that is learned;
//! the one for the very audience over the one for whichever. Learned are women's, men's and children's sizes apart, since one
//! account may dress a household; a unisex shoe is taken in the size of whoever's shoes are known, since shoes have one
//! scale, and nothing else passes from one audience to another. What a child wore, or was said to wear, more than nine
//! months ago is outgrown. Where nothing is known, or no table leads from what is known to what is written, nothing is
//! hidden.

use crate::domain::sizing::{
    Evidence, KnownSize, SizeCode, Sizes, Worn,
    cut::Cut,
    evidence::{CHILD_OLDEST_DAYS, Fact, facts},
    judge::judge,
    read::read,
    scale::{Group, Likeness, Measure, Reading, Scale, Size},
    sizes::{Split, Table},
};
use crate::domain::{
    Timestamp,
    catalog::{Audience, Garment, Snapshot},
    customer::{DeclaredSize, Profile, Stamped},
    rules::SizeRules,
};

const GARMENTS: [Garment; 12] = [
    Garment::Top,
    Garment::Bottom,
    Garment::Dress,
    Garment::Outerwear,
    Garment::Shoes,
    Garment::Bra,
    Garment::Underwear,
    Garment::Socks,
    Garment::Gloves,
    Garment::Headwear,
    Garment::Belt,
    Garment::Ring,
];

const AUDIENCES: [Option<Audience>; 5] =
    [None, Some(Audience::Women), Some(Audience::Men), Some(Audience::Unisex), Some(Audience::Children)];

/// Her sizes at one moment, laid out for one question per product.
#[derive(Debug)]
pub struct Wardrobe {
    /// Where to look, by garment and audience; beyond the end where nothing is known.
    places: [[u8; AUDIENCES.len()]; GARMENTS.len()],
    splits: Vec<(Split, Evidence)>,
    /// How far sizes are from those that something speaks for, but not enough. Sorted.
    apart: Vec<(SizeCode, (u32, u32))>,
    known: Vec<KnownSize>,
}

/// Which sizes of one garment and audience fit her.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit<'a> {
    /// Not known well enough: nothing is hidden.
    Unknown,
    /// Known.
    Known {
        /// Every code of this shop that fits her, one size among them. Sorted.
        sizes: &'a [SizeCode],
        /// Those among them that are cut for another length or width: a petite M where she wears an M. Sorted.
        cut_otherwise: &'a [SizeCode],
        /// Codes on a scale that nothing is known of her on, or not understood: they are not hidden. Sorted.
        silent: &'a [SizeCode],
        /// Where it comes from.
        evidence: Evidence,
    },
}

/// How one size suits her.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suits {
    /// It is her size.
    Fits(Evidence),
    /// It is everyone's.
    OneSize,
    /// Not known well enough to hide it.
    Unknown,
    /// It is not her size.
    Wrong,
}

impl Fit<'_> {
    /// How a size of this garment and audience suits her.
    pub fn suits(self, code: SizeCode) -> Suits {
        if code == SizeCode::ONE_SIZE {
            return Suits::OneSize;
        }
        match self {
            Self::Unknown => Suits::Unknown,
            Self::Known { sizes, evidence, .. } if sizes.binary_search(&code).is_ok() => Suits::Fits(evidence),
            Self::Known { silent, .. } if silent.binary_search(&code).is_ok() => Suits::Unknown,
            Self::Known { .. } => Suits::Wrong,
        }
    }

    /// Whether a size that fits is cut for another length or width than hers, or, where hers says none, than most wear.
    pub fn is_cut_otherwise(self, code: SizeCode) -> bool {
        match self {
            Self::Unknown => false,
            Self::Known { cut_otherwise, .. } => cut_otherwise.binary_search(&code).is_ok(),
        }
    }
}

/// What is learned of one garment and group, on all scales.
struct Learned {
    garment: Garment,
    group: Group,
    sizes: Vec<Size>,
}

impl Wardrobe {
    /// What the profile says of her sizes. Order of arrival does not matter to it.
    pub fn of(profile: &Profile, catalog: &Snapshot, sizes: &Sizes, rules: &SizeRules, now: Timestamp) -> Self {
        let mut wardrobe = Self {
            places: [[u8::MAX; AUDIENCES.len()]; GARMENTS.len()],
            splits: Vec::new(),
            apart: Vec::new(),
            known: Vec::new(),
        };
        let table = sizes.table();
        let learned = wardrobe.learn(profile, catalog, &table, rules, now);
        wardrobe.apart.sort_unstable();
        wardrobe.tell_declared(profile, &table);
        for (garment, places) in GARMENTS.into_iter().zip(0..) {
            let speaks = learned.iter().any(|one| one.garment == garment)
                || AUDIENCES.iter().any(|audience| profile.declared_sizes.contains_key(&(garment, *audience)));
            if !speaks {
                continue;
            }
            for (audience, place) in AUDIENCES.into_iter().zip(0..) {
                let worn = Worn { garment, audience };
                let (known, evidence) = match declared(profile, worn, now) {
                    Some(known) => (vec![known], Evidence::Declared),
                    None => sizes_of(profile, &learned, worn, now),
                };
                wardrobe.places[places][place] = wardrobe.place(&table, worn, &known, evidence);
            }
        }
        drop(table);
        wardrobe
    }

    /// Which sizes fit her. Two look-ups.
    pub fn fit(&self, worn: Worn) -> Fit<'_> {
        let garment = GARMENTS.iter().position(|garment| *garment == worn.garment);
        let audience = AUDIENCES.iter().position(|audience| *audience == worn.audience);
        let (Some(garment), Some(audience)) = (garment, audience) else { return Fit::Unknown };
        match self.splits.get(usize::from(self.places[garment][audience])) {
            Some((split, evidence)) => Fit::Known {
                sizes: &split.fits,
                cut_otherwise: &split.cut_otherwise,
                silent: &split.silent,
                evidence: *evidence,
            },
            None => Fit::Unknown,
        }
    }

    /// How far a size is from the one that she may wear by too little evidence to hide any other: to be compared with other
    /// sizes of the same product only. `None`: nothing speaks for any size on its scale, or enough does.
    pub fn apart(&self, code: SizeCode) -> Option<(u32, u32)> {
        let at = self.apart.binary_search_by_key(&code, |(code, _)| *code).ok()?;
        Some(self.apart[at].1)
    }

    /// All that is believed of her sizes, what is not known well enough among it.
    pub fn known(&self) -> impl Iterator<Item = &KnownSize> {
        self.known.iter()
    }

    fn learn(
        &mut self,
        profile: &Profile,
        catalog: &Snapshot,
        table: &Table,
        rules: &SizeRules,
        now: Timestamp,
    ) -> Vec<Learned> {
        let mut facts = facts(profile, catalog, table, rules, now);
        facts.sort_by_key(Fact::kind);
        let mut learned: Vec<Learned> = Vec::new();
        for kind in facts.chunk_by(|a, b| a.kind() == b.kind()) {
            let Some(first) = kind.first() else { continue };
            let weighed: Vec<_> = kind.iter().map(|fact| fact.weighed.clone()).collect();
            let Some(judged) = judge(&weighed, rules) else { continue };
            let (garment, group) = (first.garment, first.group);
            let sizes: Vec<Size> = judged.sizes.iter().map(|reading| with_cut(reading, kind)).collect();
            self.known.push(KnownSize {
                worn: Worn { garment, audience: group.audience() },
                sizes: texts(table, &table.split(garment, group, &sizes)),
                evidence: Evidence::Kept,
                weight: judged.weight,
                agreement: judged.agreement,
            });
            if sizes.is_empty() {
                self.apart.extend(table.distances(garment, group, judged.best));
                continue;
            }
            match learned.iter_mut().find(|one| (one.garment, one.group) == (garment, group)) {
                Some(one) => one.sizes.extend(sizes),
                None => learned.push(Learned { garment, group, sizes }),
            }
        }
        learned
    }

    fn tell_declared(&mut self, profile: &Profile, table: &Table) {
        for ((garment, audience), said) in &profile.declared_sizes {
            if said.value.size.is_empty() {
                continue;
            }
            let worn = Worn { garment: *garment, audience: *audience };
            let known = [read_declared(said, worn)];
            let mut sizes = texts(table, &table.split(worn.garment, worn.audience.into(), &known));
            if sizes.is_empty() {
                sizes.push(said.value.size.clone());
            }
            self.known.push(KnownSize { worn, sizes, evidence: Evidence::Declared, weight: 0.0, agreement: 1.0 });
        }
    }

    /// Where the answer lies; beyond the end where there is nothing to say.
    fn place(&mut self, table: &Table, worn: Worn, known: &[Size], evidence: Evidence) -> u8 {
        if known.is_empty() {
            return u8::MAX;
        }
        let split = table.split(worn.garment, worn.audience.into(), known);
        // A declared text that neither a system nor this shop knows says nothing.
        let unread = known.iter().all(|one| matches!(one.reading, Reading::Unread(_)));
        if unread && split.fits.len() == 1 {
            return u8::MAX;
        }
        self.splits.push((split, evidence));
        u8::try_from(self.splits.len() - 1).unwrap_or(u8::MAX)
    }
}

/// The cut that all her evidence for the size says, and says alike.
fn with_cut(reading: &Reading, facts: &[Fact<'_>]) -> Size {
    let speaks = |fact: &&Fact<'_>| fact.weighed.weight > 0 && fact.weighed.size.likeness(reading) == Likeness::Fits;
    let cut = facts.iter().filter(speaks).map(|fact| fact.cut).reduce(Cut::shared).unwrap_or_default();
    Size { cut, ..Size::from(reading.clone()) }
}

/// As this shop writes them, in her cut.
fn texts(table: &Table, split: &Split) -> Vec<std::sync::Arc<str>> {
    let hers = |code: &&SizeCode| **code != SizeCode::ONE_SIZE && split.cut_otherwise.binary_search(code).is_err();
    split.fits.iter().filter(hers).filter_map(|code| table.text(*code)).collect()
}

/// What she says of this garment and audience; a child's size only while it can still be true.
fn declared(profile: &Profile, worn: Worn, now: Timestamp) -> Option<Size> {
    let child = worn.audience == Some(Audience::Children);
    let said = |audience| {
        let said = profile.declared_sizes.get(&(worn.garment, audience))?;
        let outgrown = child && now.days_since(said.stamp.time) > CHILD_OLDEST_DAYS;
        (!said.value.size.is_empty() && !outgrown).then_some(said)
    };
    // For whichever audience means the one who declares it: her unisex things too.
    let said = said(worn.audience).or_else(|| said(None))?;
    Some(read_declared(said, worn))
}

fn read_declared(said: &Stamped<DeclaredSize>, worn: Worn) -> Size {
    read(&said.value.size, said.value.system, worn.garment, worn.audience.into())
}

/// What is learned of this garment and audience; of unisex shoes and socks also what is known of women's and men's.
fn sizes_of(profile: &Profile, learned: &[Learned], worn: Worn, now: Timestamp) -> (Vec<Size>, Evidence) {
    let of = |group| {
        learned
            .iter()
            .filter(move |one| (one.garment, one.group) == (worn.garment, group))
            .flat_map(|one| one.sizes.iter().cloned())
    };
    let own: Vec<Size> = of(worn.audience.into()).collect();
    let shared = matches!(worn.garment, Garment::Shoes | Garment::Socks) && worn.audience == Some(Audience::Unisex);
    if !own.is_empty() || !shared {
        return (own, Evidence::Kept);
    }
    let mut evidence = Evidence::Declared;
    let mut sizes = Vec::new();
    for (audience, group) in [(Audience::Women, Group::Women), (Audience::Men, Group::Men)] {
        let worn = Worn { audience: Some(audience), ..worn };
        if let Some(said) = declared(profile, worn, now) {
            sizes.push(said);
        } else {
            let before = sizes.len();
            sizes.extend(of(group));
            if sizes.len() > before {
                evidence = Evidence::Kept;
            }
        }
    }
    sizes.retain(|size| matches!(size.reading, Reading::Measured(Measure { scale: Scale::Shoes, .. })));
    (sizes, evidence)
}

#[cfg(test)]
mod tests;
