//! What sizes are measured on, and when two of them fit each other. How a text gets there is `read`.

use crate::domain::catalog::{Audience, SizeSystem};
use crate::domain::sizing::cut::Cut;

/// Parts of one that numbers are counted in: halves, thirds, quarters and eighths come out whole.
pub(super) const UNIT: i32 = 24;

/// Who shares a run of sizes. Sizes of different groups are never compared, but for shoes and socks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Group {
    Women,
    Men,
    Children,
    /// Unisex, or nobody said.
    Anyone,
}

impl From<Option<Audience>> for Group {
    fn from(audience: Option<Audience>) -> Self {
        match audience {
            Some(Audience::Women) => Self::Women,
            Some(Audience::Men) => Self::Men,
            Some(Audience::Children) => Self::Children,
            Some(Audience::Unisex) | None => Self::Anyone,
        }
    }
}

impl Group {
    /// The audience that stands for it in answers.
    pub(super) const fn audience(self) -> Option<Audience> {
        match self {
            Self::Women => Some(Audience::Women),
            Self::Men => Some(Audience::Men),
            Self::Children => Some(Audience::Children),
            Self::Anyone => None,
        }
    }
}

/// What a size is measured on. Numbers count `1 / UNIT`, unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Scale {
    /// XS, S, M as ranks, M is zero, where no table leads to numbers.
    Letters,
    /// European numbers of women's clothes.
    ClothesWomen,
    /// European numbers of men's clothes: half the chest in centimetres.
    ClothesMen,
    /// Body height in whole centimetres.
    Height,
    /// Paris points.
    Shoes,
    /// Foot length in centimetres.
    Foot,
    /// Waist in inches; the second number is the inside leg in inches.
    Waist,
    /// Neck in centimetres; the second number is the sleeve in inches.
    Collar,
    /// Chest, or waist, in centimetres; the second number is the body height in centimetres.
    Girth,
    /// Underbust in whole centimetres; the second number is the cup, AA is zero.
    Bra,
    /// Underbust in inches with a cup letter that Britain and America count differently.
    BraInches,
    /// Centimetres of whatever is measured.
    Centimetres,
    /// Inches of whatever is measured.
    Inches,
    /// Inside of a ring around, in millimetres.
    RingMillimetres,
    /// British ring letters.
    RingLetters,
    /// A number that no table leads on from, apart for each system it is written in.
    Number(Option<SizeSystem>),
}

/// From one point to another, both within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) from: i32,
    pub(super) to: i32,
}

impl Span {
    pub(super) const fn point(at: i32) -> Self {
        Self { from: at, to: at }
    }

    /// Whether it lies between two whole numbers, themselves among them.
    pub(super) const fn between(self, from: i32, to: i32) -> bool {
        from * UNIT <= self.from && self.to <= to * UNIT
    }

    const fn holds(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// One lies within the other. Two that only overlap do not fit: S/M is not M/L.
    const fn nests(self, other: Self) -> bool {
        self.holds(other) || other.holds(self)
    }
}

/// A stretch of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Measure {
    pub(super) scale: Scale,
    pub(super) first: Span,
    /// The leg's length, the cup. A length that is not said fits every length.
    pub(super) second: Option<Span>,
}

/// What a written size means.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Reading {
    /// Fits whoever buys it.
    OneSize,
    /// A stretch of a scale.
    Measured(Measure),
    /// No system knows it. In small letters, with single spaces.
    Unread(Box<str>),
}

/// A written size, read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Size {
    pub(super) reading: Reading,
    /// What it says of itself on another scale: "38 (24 cm)".
    pub(super) beside: Option<Measure>,
    pub(super) cut: Cut,
}

/// What one size says of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// Who wears the one can wear the other.
    Fits,
    /// Who wears the one can't wear the other.
    Differs,
    /// No table leads from the one to the other, or one of them was not understood.
    Silent,
}

impl Measure {
    pub(super) fn fits(&self, other: &Self) -> bool {
        let seconds = match (self.second, other.second) {
            (Some(one), Some(another)) => one.nests(another),
            _ => true,
        };
        self.scale == other.scale && self.first.nests(other.first) && seconds
    }

    /// How far apart the middles of the two are, in length or cup after all else. `None`: they are on two scales.
    pub(super) fn distance(&self, other: &Self) -> Option<(u32, u32)> {
        let apart = |one: Span, other: Span| (one.from + one.to).abs_diff(other.from + other.to);
        let seconds = self.second.zip(other.second).map_or(0, |(one, other)| apart(one, other));
        (self.scale == other.scale).then(|| (apart(self.first, other.first), seconds))
    }

    /// Whether all that the other says is said by this one too, and more narrowly.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.fits(other)
            && other.first.holds(self.first)
            && (other.second.is_none() || self.second.is_some_and(|own| other.second.is_some_and(|of| of.holds(own))))
    }
}

impl Reading {
    /// How the other size stands to this one. Symmetric.
    pub(super) fn likeness(&self, other: &Self) -> Likeness {
        match (self, other) {
            (Self::OneSize, _) | (_, Self::OneSize) => Likeness::Fits,
            (Self::Measured(one), Self::Measured(another)) if one.fits(another) => Likeness::Fits,
            (Self::Measured(one), Self::Measured(another)) if one.scale == another.scale => Likeness::Differs,
            (Self::Unread(one), Self::Unread(another)) if one == another => Likeness::Fits,
            _ => Likeness::Silent,
        }
    }
}

impl From<Reading> for Size {
    fn from(reading: Reading) -> Self {
        Self { reading, beside: None, cut: Cut::default() }
    }
}

impl Size {
    /// How the other size stands to this one. Symmetric.
    pub(super) fn likeness(&self, other: &Self) -> Likeness {
        match self.likeness_of_body(other) {
            Likeness::Fits if self.cut.differs(other.cut) => Likeness::Differs,
            likeness => likeness,
        }
    }

    fn likeness_of_body(&self, other: &Self) -> Likeness {
        let main = self.reading.likeness(&other.reading);
        if main != Likeness::Silent {
            return main;
        }
        let pairs = self.measures().flat_map(|one| other.measures().map(move |another| (one, another)));
        let comparable: Vec<bool> = pairs
            .filter(|(one, another)| one.scale == another.scale)
            .map(|(one, another)| one.fits(&another))
            .collect();
        match comparable[..] {
            [] => Likeness::Silent,
            _ if comparable.contains(&true) => Likeness::Fits,
            _ => Likeness::Differs,
        }
    }

    fn measures(&self) -> impl Iterator<Item = Measure> + '_ {
        let main = match &self.reading {
            Reading::Measured(main) => Some(*main),
            _ => None,
        };
        main.into_iter().chain(self.beside)
    }
}
