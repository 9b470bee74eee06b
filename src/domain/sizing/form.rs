//! The form of one written size, its systems and words taken away: letters, numbers, band and cup, waist and length, ages.

use crate::domain::catalog::Garment;
use crate::domain::sizing::{
    claim::WrittenOn,
    lexicon::{Sense, sense},
    scale::{Group, Span, UNIT},
    tokens::Token::{self, Dash, Decimal, Number, Slash, Word},
};

mod letters;
mod marks;

pub(super) use marks::Marks;

/// The form of a written size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// "one size", "uni", "безразмерный", nothing at all.
    One,
    /// "M", "S/M", "2XL": ranks, M is zero.
    Letters(Span),
    /// "38", "42 1/3", "36-38": in `1 / UNIT`.
    Numbers(Span),
    /// "17.2": in `1 / UNIT`, no size of any run but a measure.
    Measured(Span),
    /// "36/38", "32/34": a double size or waist and length.
    Pair(i32, i32),
    /// "32x34", "W32 L34".
    WaistLength(i32, Option<i32>),
    /// "15.5/32-33": neck and sleeve in inches.
    NeckSleeve(i32, Span),
    /// "160/84A": height and girth in centimetres.
    HeightGirth(i32, i32),
    /// "75B", "75B/C": band and cups.
    BandCup(i32, String),
    /// "5-6 Y", "6 лет", "3T": in `1 / UNIT` years.
    Years(Span),
    /// "6-9M": in `1 / UNIT` months.
    Months(Span),
    /// "10C", "13K": an American child's shoe.
    ChildShoe(i32),
    /// One letter that is no clothes size.
    Letter(char),
}

const CUPS: [&str; 25] = [
    "aa", "a", "b", "c", "d", "dd", "ddd", "dddd", "e", "ee", "f", "ff", "g", "gg", "h", "hh", "i", "j", "jj", "k",
    "kk", "l", "ll", "dd/e", "ddd/f",
];

/// `None`: no form that is known.
pub(super) fn form(core: &[Token], on: WrittenOn) -> Option<(Form, Marks)> {
    let plain = |form: Form| (form, Marks::default());
    if let Some(form) = age(core, on) {
        return Some(plain(form));
    }
    // Between an American child's 6 and 7.
    if let [Number(size), Word(word)] = core
        && word == "x"
        && on.group == Group::Children
    {
        return Some(plain(Form::Numbers(Span::point(size + UNIT / 2))));
    }
    if let Some((span, cut)) = letters::letters(core) {
        return Some((Form::Letters(span), Marks { cut, ..Marks::default() }));
    }
    if let Some(form) = numbers(core, on) {
        return Some(plain(form));
    }
    if on.garment == Garment::Bra
        && let Some(form) = band_cup(core, on)
    {
        return Some(plain(form));
    }
    if let Some(marked) = marks::marked(core, on) {
        return Some(marked);
    }
    band_cup(core, on)
        .or_else(|| waist_length(core, on))
        .or_else(|| neck_sleeve(core, on))
        .or_else(|| letter(core))
        .map(plain)
}

fn range(from: i32, to: i32) -> Option<Span> {
    (from < to).then_some(Span { from, to })
}

fn numbers(core: &[Token], on: WrittenOn) -> Option<Form> {
    match core {
        [Number(at)] => Some(Form::Numbers(Span::point(*at))),
        [Decimal(at)] => Some(Form::Measured(Span::point(*at))),
        [Number(from), Dash, Number(to)] => Some(Form::Numbers(range(*from, *to)?)),
        [Number(from) | Decimal(from), Dash, Number(to) | Decimal(to)] => Some(Form::Measured(range(*from, *to)?)),
        [Number(one), Slash, Number(other)] => pair(*one, *other, on),
        _ => run(core),
    }
}

/// "36/38/40".
fn run(core: &[Token]) -> Option<Form> {
    let [Number(first), separator, .., Number(last)] = core else { return None };
    let is_run = core.len() >= 5
        && core.chunks(2).all(|step| matches!(step[0], Number(_)) && step.get(1).is_none_or(|mark| mark == separator))
        && separator.is_separator()
        && core.windows(3).step_by(2).all(|three| matches!(three, [Number(a), _, Number(b)] if a < b));
    (is_run && last - first <= 12 * UNIT).then_some(Form::Numbers(Span { from: *first, to: *last }))
}

/// Two sizes that lie far apart are no pair but said of two things.
fn pair(one: i32, other: i32, on: WrittenOn) -> Option<Form> {
    let is_double = one < other && other - one <= 12 * UNIT;
    let is_girth = one >= 80 * UNIT && (40 * UNIT..one).contains(&other);
    // "34/75" is one band in inches and centimetres.
    let is_band = 2 * (other - 75 * UNIT) == 5 * (one - 34 * UNIT);
    match on.garment {
        Garment::Bra if is_band => Some(Form::Numbers(Span::point(other))),
        Garment::Bottom if other >= 20 * UNIT && !is_girth => Some(Form::Pair(one, other)),
        Garment::Shoes | Garment::Socks | Garment::Bra if is_girth => None,
        _ if is_double => Some(Form::Pair(one, other)),
        _ if is_girth => Some(Form::HeightGirth(one, other)),
        _ => None,
    }
}

/// "2-3 years", "6M-9M", "age 7", "2T": an age with its unit once or at each of its ends.
fn age(core: &[Token], on: WrittenOn) -> Option<Form> {
    if let [Word(word)] = core
        && sense(word) == Some(Sense::Newborn)
    {
        return Some(Form::Months(Span::point(UNIT)));
    }
    let of_child = matches!(on.group, Group::Children | Group::Anyone);
    let on_shoes = on.garment == Garment::Shoes;
    // Behind the last number, or before the first: "6 Y / 116" is said of two things.
    let unit = core.last().and_then(Token::word).or_else(|| core.first().and_then(Token::word))?;
    let mut ends = Vec::with_capacity(2);
    for token in core {
        match token {
            Number(at) => ends.push(*at),
            Dash | Slash => {}
            Word(word) if word == unit => {}
            _ => return None,
        }
    }
    let span = match ends[..] {
        [at] => Span::point(at),
        [from, to] => range(from, to)?,
        _ => return None,
    };
    match (unit, sense(unit)) {
        (_, Some(Sense::Years)) if span.to <= 18 * UNIT => Some(Form::Years(span)),
        (_, Some(Sense::Months)) => Some(Form::Months(span)),
        ("m", _) if of_child && !on_shoes => Some(Form::Months(span)),
        ("t", _) if of_child && on_shoes && span.from == span.to => Some(Form::ChildShoe(span.from)),
        ("t", _) if of_child && span.to <= 7 * UNIT => Some(Form::Years(span)),
        _ => None,
    }
}

/// Whatever the band, from the narrowest in inches to the widest in centimetres.
fn band_cup(core: &[Token], on: WrittenOn) -> Option<Form> {
    let is_cup = |cup: &str| CUPS.contains(&cup);
    let (band, cup) = match core {
        [Number(band), Word(cup)] | [Number(band), Dash | Slash, Word(cup)] => (*band, cup.clone()),
        [Word(cup), Number(band)] if on.garment == Garment::Bra => (*band, cup.clone()),
        [Number(band), Word(cup), Slash, Word(other)] => (*band, format!("{cup}/{other}")),
        _ => return None,
    };
    let plausible = band % UNIT == 0 && (26 * UNIT..=150 * UNIT).contains(&band) && on.group != Group::Men;
    let known = is_cup(&cup) || cup.split_once('/').is_some_and(|(cup, other)| is_cup(cup) && is_cup(other));
    (plausible && known).then_some(Form::BandCup(band, cup))
}

fn waist_length(core: &[Token], on: WrittenOn) -> Option<Form> {
    if matches!(on.garment, Garment::Shoes | Garment::Socks | Garment::Ring) {
        return None;
    }
    let mut numbers = Vec::new();
    for token in core {
        match token {
            Number(number) => numbers.push(*number),
            Word(word) if matches!(word.as_str(), "w" | "l" | "x") => {}
            Slash => {}
            _ => return None,
        }
    }
    let starts_with_length = core.first().and_then(Token::word) == Some("l");
    // "xl" and "l" alone have no number, "2xl" is a letter size: a waist has two digits.
    match numbers[..] {
        [waist] if waist >= 20 * UNIT && core.len() == 2 && !starts_with_length => Some(Form::WaistLength(waist, None)),
        [length, waist] if starts_with_length && waist >= 20 * UNIT => Some(Form::WaistLength(waist, Some(length))),
        [waist, length] if core.len() > 2 && waist >= 20 * UNIT && length >= 20 * UNIT => {
            Some(Form::WaistLength(waist, Some(length)))
        }
        _ => None,
    }
}

fn neck_sleeve(core: &[Token], on: WrittenOn) -> Option<Form> {
    let (neck, sleeve) = match core {
        [Number(neck), Word(x), Number(sleeve)] if x == "x" => (neck, Span::point(*sleeve)),
        [Number(neck), Slash, Number(sleeve)] | [Number(neck), Number(sleeve)] => (neck, Span::point(*sleeve)),
        [Number(neck), Number(from), Dash | Slash, Number(to)]
        | [Number(neck), Slash, Number(from), Dash, Number(to)] => (neck, range(*from, *to)?),
        _ => return None,
    };
    let is_shirt = on.garment == Garment::Top && (13 * UNIT..=22 * UNIT).contains(neck) && sleeve.between(28, 40);
    is_shirt.then_some(Form::NeckSleeve(*neck, sleeve))
}

fn letter(core: &[Token]) -> Option<Form> {
    let [Word(word)] = core else { return None };
    let mut chars = word.chars();
    match (chars.next(), chars.next()) {
        (Some(letter @ 'a'..='z'), None) => Some(Form::Letter(letter)),
        _ => None,
    }
}
