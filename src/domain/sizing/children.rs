//! Tables of children's clothes: body height in centimetres, which is the European size itself (EN 13402-3), and age.
//!
//! An age is the height that makers print beside it: six centimetres a year from 92 at two (6 years = 116), and in the first
//! two years 56, 62, 68, 74, 80, 86, 92 at 1, 3, 6, 9, 12, 18, 24 months. A range of months is named after its last, so
//! "6-9M" is 74 and not 68; a range of years covers both its ends, so "5-6" is 110 and 116. American sizes to 18 are ages.

use crate::domain::catalog::SizeSystem;
use crate::domain::sizing::{
    lexicon::Named,
    read::{Asked, bare},
    scale::{Measure, Scale, Span, UNIT},
};

/// Months, and the height in centimetres that is printed beside them.
const BABIES: [(i32, i32); 9] = [(0, 50), (1, 56), (3, 62), (6, 68), (9, 74), (12, 80), (18, 86), (24, 92), (36, 98)];

const fn height(first: Span) -> Measure {
    Measure { scale: Scale::Height, first, second: None }
}

/// In `1 / UNIT` years, from one to eighteen.
pub(super) fn years(span: Span) -> Option<Measure> {
    if span.from < UNIT {
        // "0-1 years"
        return (span.from == 0 && span.to >= UNIT).then_some(height(Span { from: 50, to: at_years(span.to) }));
    }
    (span.to <= 18 * UNIT).then(|| height(Span { from: at_years(span.from), to: at_years(span.to) }))
}

const fn at_years(years: i32) -> i32 {
    // A one-year-old is 80 and not 86: the first two years have a table of their own.
    if years < 2 * UNIT { 80 + 12 * (years - UNIT) / UNIT } else { 80 + 6 * years / UNIT }
}

/// In `1 / UNIT` months, to three years.
pub(super) fn months(span: Span) -> Option<Measure> {
    let to = at_months(span.to)?;
    if span.from == span.to {
        return Some(height(Span::point(to)));
    }
    // Heights are whole centimetres: above the height that the former range ends with. "4-5M" ends where it began.
    Some(height(Span { from: to.min(at_months(span.from)? + 1), to }))
}

/// The least height printed for so many months, or for the next age that is printed.
fn at_months(months: i32) -> Option<i32> {
    BABIES.iter().find(|(age, _)| *age * UNIT >= months).map(|(_, height)| *height)
}

/// `None`: a height or an age that no child has.
pub(super) fn numbers(span: Span, asked: Asked) -> Option<Measure> {
    let metres = span.between(44, 194);
    let age = span.between(1, 18);
    match asked.system {
        Some(SizeSystem::HeightCm) => metres.then(|| in_centimetres(span)),
        Some(SizeSystem::AgeYears) => years(span),
        None | Some(SizeSystem::Eu) if metres || asked.named == Some(Named::Cm) => metres.then(|| in_centimetres(span)),
        None | Some(SizeSystem::Uk | SizeSystem::Us) if age => years(span),
        _ => span.between(0, 194).then(|| bare(span, asked)),
    }
}

fn in_centimetres(span: Span) -> Measure {
    height(Span { from: span.from / UNIT, to: span.to / UNIT })
}
