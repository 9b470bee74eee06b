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

use super::{
    bra, children, clothes,
    scale::{Group, Measure, Reading, Scale, Span, UNIT},
    shoes,
    written::{Form, Named, plain, written},
};
use crate::domain::catalog::{Garment, SizeSystem};

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

/// What the text means on this garment for this group.
pub(super) fn read(text: &str, system: Option<SizeSystem>, garment: Garment, group: Group) -> Reading {
    read_with_style(text, system, garment, group).0
}

/// The same, with how it is written.
pub(super) fn read_with_style(
    text: &str,
    system: Option<SizeSystem>,
    garment: Garment,
    group: Group,
) -> (Reading, Style) {
    let unread = || (Reading::Unread(plain(text).into()), Style::Plain);
    if system == Some(SizeSystem::OneSize) {
        return (Reading::OneSize, Style::Plain);
    }
    let Some(written) = written(text) else { return unread() };
    if written.form == Form::One && !(garment == Garment::Ring && plain(text) == "u") {
        return (Reading::OneSize, Style::Plain);
    }
    if garment == Garment::None {
        return unread();
    }
    let stated = match written.named {
        Some(Named::Eu) => Some(SizeSystem::Eu),
        Some(Named::Uk) => Some(SizeSystem::Uk),
        Some(Named::Us) => Some(SizeSystem::Us),
        // Said of the shop's letters, it says nothing of a number that stands among them.
        _ => system.filter(|system| *system != SizeSystem::Alpha),
    };
    let asked = Asked { garment, group, system: stated, named: written.named };
    let style = match (&written.form, written.named, foreign(stated)) {
        (Form::Letters(_), ..) => Style::Letters,
        (Form::Years(_) | Form::Months(_), ..) => Style::Age,
        (_, Some(named @ (Named::Ru | Named::Fr)), _) => Style::Named(named),
        (_, _, Some(system)) => Style::System(system),
        _ => Style::Plain,
    };
    measure(&written.form, asked).map_or_else(unread, |measure| (Reading::Measured(measure), style))
}

fn measure(form: &Form, asked: Asked) -> Option<Measure> {
    let of_clothes = !matches!(asked.garment, Garment::Shoes | Garment::Socks | Garment::Ring | Garment::Bra);
    match form {
        Form::One => (asked.garment == Garment::Ring).then(|| ring_letter('u')),
        Form::Letters(span) if asked.garment == Garment::Ring => matches!(span.from, -1..=1)
            .then(|| ring_letter(['s', 'm', 'l'][usize::try_from(span.from + 1).unwrap_or(0)])),
        Form::Letter(letter) => (asked.garment == Garment::Ring).then(|| ring_letter(*letter)),
        Form::Letters(span) => Some(clothes::letters(*span, asked)),
        Form::BandCup(band, cup) => bra::band_cup(*band, cup, asked),
        Form::WaistLength(waist, length) => {
            let on_bottom = asked.garment == Garment::Bottom;
            on_bottom.then(|| clothes::waist(Span::point(*waist), length.map(Span::point))).flatten()
        }
        Form::Pair(one, other) if asked.garment == Garment::Bottom && clothes::is_waist_length(*one, *other, asked) => {
            clothes::waist(Span::point(*one), Some(Span::point(*other)))
        }
        Form::Pair(from, to) => (from < to).then(|| numbers(Span { from: *from, to: *to }, asked)).flatten(),
        Form::Numbers(span) => numbers(*span, asked),
        Form::Years(span) if asked.garment == Garment::Shoes => shoes::youth(*span, asked),
        Form::Years(span) => of_clothes.then(|| children::years(*span)).flatten(),
        Form::Months(span) => of_clothes.then(|| children::months(*span)).flatten(),
        Form::ChildShoe(size) => shoes::child(*size, asked),
    }
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
        (Some(Named::Cm), _) => Scale::Centimetres,
        (Some(Named::Inch), _) => Scale::Inches,
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
