//! Tables of bras: the band is the underbust, the cup how much the bust is above it. Sister sizes (75B and 80A) hold the
//! same volume on another band and do not fit each other here.
//!
//! European bands are centimetres in steps of five (EN 13402-3), French and Belgian ones stand fifteen above; British and
//! American ones are inches in steps of two, 34 being the European 75. Cups are a step of two centimetres each in Europe and
//! of an inch each in Britain and America, and are matched by their place in the row, as the makers' tables do.

use crate::domain::catalog::{Garment, SizeSystem};
use crate::domain::sizing::{
    lexicon::Named,
    read::Asked,
    scale::{Measure, Scale, Span, UNIT},
};

/// The place in the row is the cup.
const EUROPEAN: [&str; 13] = ["aa", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
const BRITISH: [&str; 18] =
    ["aa", "a", "b", "c", "d", "dd", "e", "f", "ff", "g", "gg", "h", "hh", "j", "jj", "k", "kk", "l"];
const AMERICAN: [&str; 12] = ["aa", "a", "b", "c", "d", "dd", "ddd", "g", "h", "i", "j", "k"];

/// From here up Britain and America call the same letter different cups.
const ALIKE: usize = 6;

/// `None`: not on this garment, or no such band or cup in the system. "B/C" is every cup from the one to the other.
pub(super) fn band_cup(band: i32, cup: &str, asked: Asked) -> Option<Measure> {
    let one = |cup: &str| one_cup(band, cup, asked);
    let Some((from, to)) = cup.split_once('/').filter(|_| !matches!(cup, "dd/e" | "ddd/f")) else { return one(cup) };
    let (from, to) = (one(from)?, one(to)?);
    let cups = from.second.zip(to.second).map(|(from, to)| Span { from: from.from, to: to.to })?;
    (from.scale == to.scale && from.first == to.first && cups.from < cups.to)
        .then_some(Measure { second: Some(cups), ..from })
}

fn one_cup(band: i32, cup: &str, asked: Asked) -> Option<Measure> {
    if !matches!(asked.garment, Garment::Bra | Garment::Underwear | Garment::Top) {
        return None;
    }
    let band = band / UNIT;
    let french = if asked.named == Some(Named::Fr) { 15 } else { 0 };
    match asked.system {
        Some(SizeSystem::Eu | SizeSystem::BraEu) => european(band - french, cup),
        Some(SizeSystem::Uk | SizeSystem::BraUk) => inches(band, place(&BRITISH, cup)?),
        Some(SizeSystem::Us | SizeSystem::BraUs) => inches(band, american(cup)?),
        _ if band >= 60 => european(band - french, cup),
        _ => match (place(&BRITISH, cup), american(cup)) {
            (Some(cup), _) if cup < ALIKE => inches(band, cup),
            (Some(british), Some(american)) if british != american => ambiguous(band, british),
            (Some(cup), None) | (None, Some(cup)) => inches(band, cup),
            _ => None,
        },
    }
}

fn place(row: &[&str], cup: &str) -> Option<usize> {
    row.iter().position(|one| *one == cup)
}

fn american(cup: &str) -> Option<usize> {
    match cup {
        "e" | "dd/e" => place(&AMERICAN, "dd"),
        "f" | "ddd/f" => place(&AMERICAN, "ddd"),
        "dddd" => place(&AMERICAN, "g"),
        _ => place(&AMERICAN, cup),
    }
}

fn european(band: i32, cup: &str) -> Option<Measure> {
    // Some European makers write DD for E.
    let cup = place(&EUROPEAN, if cup == "dd" { "e" } else { cup })?;
    (band % 5 == 0 && (55..=130).contains(&band)).then_some(())?;
    measure(Scale::Bra, band, cup)
}

fn inches(band: i32, cup: usize) -> Option<Measure> {
    (band % 2 == 0 && (26..=56).contains(&band)).then_some(())?;
    measure(Scale::Bra, 75 + (band - 34) / 2 * 5, cup)
}

fn ambiguous(band: i32, cup: usize) -> Option<Measure> {
    (band % 2 == 0 && (26..=56).contains(&band)).then_some(())?;
    measure(Scale::BraInches, band, cup)
}

fn measure(scale: Scale, band: i32, cup: usize) -> Option<Measure> {
    let second = Some(Span::point(i32::try_from(cup).ok()?));
    Some(Measure { scale, first: Span::point(band), second })
}
