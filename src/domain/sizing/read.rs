//! From what stands there to what it means: which system a size is in, given its garment and audience, and where on that
//! system's scale it lies. The tables themselves stand with their garments.
//!
//! Where nobody says the system, the text's own mark decides ("EU 38"), then its form (letters, band and cup, waist and
//! length, years), and for a bare number this table. Whatever it leaves open is kept as a number that fits the same bare
//! number and is never converted. What no system reaches ("999") is not understood: it is kept as it is written, fits itself,
//! differs from nothing and is told to the shop.
//!
//! | bare number on | read as |
//! | --- | --- |
//! | shoes, socks, 15 to 55 | EU (Paris points) |
//! | shoes, socks, below 15 | open: UK or US |
//! | women's clothes, 32 to 76 | EU; on bottoms only from 36 |
//! | women's clothes, below 32 | open: UK or US |
//! | women's bottoms, 23 to 31, and odd up to 35 | waist in inches |
//! | women's bottoms, 32 and 34 | open: a waist or EU |
//! | men's tops, 35 to 47 | neck in centimetres (shirts) |
//! | men's tops from 48, other men's clothes from 40 | EU |
//! | men's and anyone's bottoms, up to 43 | waist in inches |
//! | men's bottoms, 44 to 47 | open: a waist or EU |
//! | men's bottoms from 48 | EU |
//! | children's clothes, 44 to 194 | body height in centimetres |
//! | children's clothes, up to 18 | years |
//! | bras, bands from 60 / below | EU / UK and US, which agree up to DD |
//! | headwear, belts, gloves, rings | the number itself, centimetres and inches apart |

use std::mem::discriminant;

use crate::domain::catalog::{Garment, SizeSystem};
use crate::domain::sizing::{
    bra, children,
    claim::{Claim, WrittenOn, claims},
    clothes,
    cut::Cut,
    form::Form,
    lexicon::{Named, is_sizeless},
    scale::{Group, Measure, Reading, Scale, Size, Span, UNIT},
    shoes,
    tokens::plain,
};

/// What is asked of the tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) garment: Garment,
    pub(super) group: Group,
    /// Stated by the shop, else what the text itself names.
    pub(super) system: Option<SizeSystem>,
    pub(super) named: Option<Named>,
}

/// How a size is written. Sizes that mean the same keep a number each where they are written unlike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Style {
    Plain,
    Letters,
    Age,
    Named(Named),
    System(SizeSystem),
}

/// A claim with the place that it has on a scale.
struct Placed<'a> {
    claim: &'a Claim,
    measure: Measure,
    style: Style,
    order: u8,
}

/// What the text means on this garment for this group.
pub(super) fn read(text: &str, system: Option<SizeSystem>, garment: Garment, group: Group) -> Size {
    read_with_style(text, system, garment, group).0
}

/// The same, with how it is written.
pub(super) fn read_with_style(text: &str, system: Option<SizeSystem>, garment: Garment, group: Group) -> (Size, Style) {
    let text = plain(text);
    if system == Some(SizeSystem::OneSize) || is_sizeless(&text) {
        return (Reading::OneSize.into(), Style::Plain);
    }
    let unread = || (Reading::Unread(text.as_str().into()).into(), Style::Plain);
    if garment == Garment::None {
        return unread();
    }
    let claims = claims(&text, WrittenOn { garment, group });
    if !claims.is_empty() && claims.iter().all(|claim| is_one_size(&claim.form, garment)) {
        return (Reading::OneSize.into(), Style::Plain);
    }
    understood(&claims, system, garment, group).unwrap_or_else(unread)
}

/// "U" and the Asian "F" are no sizes but where letters are.
fn is_one_size(form: &Form, garment: Garment) -> bool {
    match form {
        Form::One => true,
        Form::Letter(letter) => matches!(letter, 'u' | 'f') && !matches!(garment, Garment::Ring | Garment::Bra),
        _ => false,
    }
}

/// The most precise claim is the size. What another says on another scale is kept beside it. `None`: no claim has a place on
/// a scale, or two of one kind contradict each other.
fn understood(claims: &[Claim], system: Option<SizeSystem>, garment: Garment, group: Group) -> Option<(Size, Style)> {
    let is_own = |claim: &Claim| group == Group::Anyone || claim.group.is_none_or(|of| of == group);
    let any_own = claims.iter().any(is_own);
    let mut placed: Vec<Placed<'_>> = claims
        .iter()
        .filter(|claim| !any_own || is_own(claim))
        .filter_map(|claim| {
            let group = if group == Group::Anyone { claim.group.unwrap_or(group) } else { group };
            place(claim, system, garment, group)
        })
        .collect();
    as_letters_say(&mut placed);
    placed.sort_by_key(|one| one.order);
    let main = placed.first()?;
    let contradicts = |other: &Placed<'_>| {
        other.order == main.order
            && other.claim.named == main.claim.named
            && other.claim.group == main.claim.group
            && discriminant(&other.claim.form) == discriminant(&main.claim.form)
            && other.measure.scale == main.measure.scale
            && !other.measure.fits(&main.measure)
    };
    if placed.iter().any(contradicts) {
        return None;
    }
    let beside = placed.iter().map(|other| other.measure).find(|other| other.scale != main.measure.scale);
    let cut = claims.iter().try_fold(Cut::default(), |cut, claim| cut.join(claim.cut)).unwrap_or_default();
    Some((Size { reading: Reading::Measured(main.measure), beside, cut }, main.style))
}

fn place(claim: &Claim, system: Option<SizeSystem>, garment: Garment, group: Group) -> Option<Placed<'_>> {
    let on_womens_shoes = matches!(garment, Garment::Shoes | Garment::Socks) && group == Group::Women;
    let stated = match claim.named {
        Some(Named::Eu) => Some(SizeSystem::Eu),
        Some(Named::Au) if on_womens_shoes => Some(SizeSystem::Us),
        Some(Named::Uk | Named::Au) => Some(SizeSystem::Uk),
        Some(Named::Us) => Some(SizeSystem::Us),
        // Said of the shop's letters, it says nothing of a number that stands among them.
        _ => system.filter(|system| *system != SizeSystem::Alpha),
    };
    let asked = Asked { garment, group, system: stated, named: claim.named };
    let style = match (&claim.form, claim.named, foreign(stated)) {
        (Form::Letters(_), ..) => Style::Letters,
        (Form::Years(_) | Form::Months(_), ..) => Style::Age,
        (_, Some(named @ (Named::Ru | Named::Fr | Named::It | Named::Jp)), _) => Style::Named(named),
        (_, _, Some(system)) => Style::System(system),
        _ => Style::Plain,
    };
    let measure = measure(&claim.form, asked)?;
    Some(Placed { claim, measure, style, order: order(claim, measure, asked) })
}

/// "46 (M)" of women's clothes is a Russian number, six above the European one: the letter beside it is nearer to that.
fn as_letters_say(placed: &mut [Placed<'_>]) {
    let is_letters = |one: &Placed<'_>| one.style == Style::Letters && one.measure.scale == Scale::ClothesWomen;
    let Some(letters) = placed.iter().find(|one| is_letters(one)).map(|one| one.measure) else { return };
    for one in placed {
        let is_bare = one.claim.named.is_none() && matches!(one.claim.form, Form::Numbers(_) | Form::Pair(..));
        let shift = 6 * UNIT;
        let first = Span { from: one.measure.first.from - shift, to: one.measure.first.to - shift };
        let russian = Measure { first, ..one.measure };
        if is_bare && one.style == Style::Plain && russian.distance(&letters) < one.measure.distance(&letters) {
            (one.measure, one.style) = (russian, Style::Named(Named::Ru));
        }
    }
}

/// Which of several claims is the size: the least.
fn order(claim: &Claim, measure: Measure, asked: Asked) -> u8 {
    let foot = matches!(claim.named, Some(Named::Cm | Named::Mm | Named::Inch | Named::Jp));
    match &claim.form {
        Form::One => 9,
        _ if matches!(measure.scale, Scale::Number(_)) => 6,
        _ if asked.garment == Garment::Shoes && foot => 5,
        Form::BandCup(band, _) => u8::from(*band < 60 * UNIT),
        Form::HeightGirth(..) => 5,
        Form::Letters(_) | Form::Letter(_) => 4,
        Form::Years(_) | Form::Months(_) => 3,
        Form::WaistLength(..) | Form::NeckSleeve(..) | Form::ChildShoe(_) => 1,
        Form::Numbers(span) | Form::Measured(span) => match claim.named {
            Some(Named::Eu) => 0,
            Some(_) => 1,
            // An age beside a height.
            None => 2 + u8::from(asked.group == Group::Children && span.to < 44 * UNIT),
        },
        Form::Pair(..) => 2,
    }
}

fn measure(form: &Form, asked: Asked) -> Option<Measure> {
    let of_clothes = !matches!(asked.garment, Garment::Shoes | Garment::Socks | Garment::Ring | Garment::Bra);
    match form {
        Form::One => None,
        Form::Letters(span) if asked.garment == Garment::Ring => matches!(span.from, -1..=1)
            .then(|| ring_letter(['s', 'm', 'l'][usize::try_from(span.from + 1).unwrap_or(0)])),
        Form::Letter(letter) => (asked.garment == Garment::Ring).then(|| ring_letter(*letter)),
        Form::Letters(span) => Some(clothes::letters(*span, asked)),
        Form::BandCup(band, cup) => bra::band_cup(*band, cup, asked),
        Form::WaistLength(waist, length) => {
            let on_bottom = asked.garment == Garment::Bottom;
            on_bottom.then(|| clothes::waist(Span::point(*waist), length.map(Span::point))).flatten()
        }
        Form::NeckSleeve(neck, sleeve) => Some(clothes::neck(Span::point(*neck), Some(*sleeve))),
        Form::HeightGirth(height, _) if asked.group == Group::Children => {
            children::numbers(Span::point(*height), asked)
        }
        Form::HeightGirth(height, girth) => of_clothes.then(|| Measure {
            scale: Scale::Girth,
            first: Span::point(*girth),
            second: Some(Span::point(*height)),
        }),
        Form::Pair(one, other) if asked.garment == Garment::Bottom && clothes::is_waist_length(*one, *other, asked) => {
            clothes::waist(Span::point(*one), Some(Span::point(*other)))
        }
        Form::Pair(from, to) => (from < to).then(|| numbers(Span { from: *from, to: *to }, asked)).flatten(),
        Form::Numbers(span) => numbers(*span, asked),
        Form::Measured(span) => is_measured(asked).then(|| numbers(*span, asked)).flatten(),
        Form::Years(span) if asked.garment == Garment::Shoes => shoes::youth(*span, asked),
        Form::Years(span) => of_clothes.then(|| children::years(*span)).flatten(),
        Form::Months(span) => of_clothes.then(|| children::months(*span)).flatten(),
        Form::ChildShoe(size) => shoes::child(*size, asked),
    }
}

/// Whether any decimal may stand for a size.
fn is_measured(asked: Asked) -> bool {
    let accessory = matches!(asked.garment, Garment::Gloves | Garment::Headwear | Garment::Belt | Garment::Ring);
    accessory || matches!(asked.named, Some(Named::Cm | Named::Mm | Named::Inch | Named::Jp))
}

fn numbers(span: Span, asked: Asked) -> Option<Measure> {
    match asked.garment {
        Garment::Shoes | Garment::Socks => shoes::numbers(span, asked),
        // A band without a cup, French ones to 145, or a dress size on a bralette.
        Garment::Bra => span.between(0, 150).then(|| bare(span, asked)),
        Garment::Gloves | Garment::Headwear | Garment::Belt | Garment::Ring => accessory(span, asked),
        _ if asked.group == Group::Children => children::numbers(span, asked),
        _ if matches!(asked.system, Some(SizeSystem::HeightCm | SizeSystem::AgeYears)) => {
            children::numbers(span, asked)
        }
        _ => clothes::numbers(span, asked),
    }
}

/// Belts come in centimetres from 60 up, hats from 40 up, and else in inches; gloves and rings have one run each.
///
/// `None`: longer than any.
fn accessory(span: Span, asked: Asked) -> Option<Measure> {
    let longest = match asked.garment {
        Garment::Belt => 200,
        Garment::Headwear | Garment::Ring => 80,
        _ => 40,
    };
    let metric_from = match asked.garment {
        Garment::Belt => 60 * UNIT,
        Garment::Headwear => 40 * UNIT,
        _ => i32::MAX,
    };
    let scale = match (asked.named, asked.system) {
        (Some(Named::Mm), _) if asked.garment != Garment::Ring => return None,
        (Some(Named::Cm), _) => Scale::Centimetres,
        (Some(Named::Inch), _) => Scale::Inches,
        // Around; what is smaller is across, or a number of some country.
        (None | Some(Named::Mm | Named::Eu), None | Some(SizeSystem::Eu))
            if asked.garment == Garment::Ring && span.from >= 40 * UNIT =>
        {
            Scale::RingMillimetres
        }
        _ if span.from >= metric_from => Scale::Centimetres,
        (_, None | Some(SizeSystem::Eu)) if metric_from < i32::MAX => Scale::Inches,
        (_, system) => Scale::Number(foreign(system)),
    };
    span.between(0, longest).then_some(Measure { scale, first: span, second: None })
}

fn ring_letter(letter: char) -> Measure {
    Measure { scale: Scale::RingLetters, first: Span::point(letter as i32), second: None }
}

/// A number that no table leads on from.
pub(super) fn bare(span: Span, asked: Asked) -> Measure {
    Measure { scale: Scale::Number(foreign(asked.system)), first: span, second: None }
}

/// A bare number of the same shop is the same run as one that is said to be European.
fn foreign(system: Option<SizeSystem>) -> Option<SizeSystem> {
    system.filter(|system| matches!(system, SizeSystem::Uk | SizeSystem::Us))
}
