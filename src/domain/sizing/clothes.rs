//! Tables of clothes for grown-ups: letters, European, British, American and Russian numbers, waist and length.
//!
//! Women's European numbers are those that British, Spanish and Scandinavian chains print beside their own (EU 38 = UK 10 =
//! US 6); Russian ones are half the bust in centimetres, six above (44 = EU 38, GOST 31396). Men's are half the chest in
//! centimetres, in Europe and Russia alike (EN 13402-3, GOST 31399); British and American jackets are the chest in inches,
//! ten below. Letters cover two numbers each. For men, that is EN 13402-3 (M is a chest of 94 to 102 cm: 48 and 50). For
//! women, makers differ by a whole letter: EN 13402-3 puts M at a bust of 90 to 98 cm (40 and 42), most Polish and Spanish
//! chains print M = 38, Russian shops M = 44-46 (38 and 40). M = 38 and 40 is the row that is never more than one number
//! away from any of them.
//!
//! French and Italian numbers stand two and six above the German ones, which is the same as, or four above, what the chains
//! print as European; Japanese ones 27 to 29 below. A number of theirs covers both readings, so that it fits either.

use crate::domain::catalog::{Garment, SizeSystem};
use crate::domain::sizing::{
    lexicon::Named,
    read::{Asked, bare},
    scale::{Group, Measure, Scale, Span, UNIT},
};

/// What lies between two letters, in European numbers.
const LETTER: i32 = 4 * UNIT;

/// Letters as numbers where there is a table, else as ranks.
pub(super) fn letters(ranks: Span, asked: Asked) -> Measure {
    let numbered = matches!(
        asked.garment,
        Garment::Top | Garment::Bottom | Garment::Dress | Garment::Outerwear | Garment::Underwear
    );
    let medium = match asked.group {
        Group::Women if numbered => Some((Scale::ClothesWomen, 38 * UNIT)),
        Group::Men if numbered => Some((Scale::ClothesMen, 48 * UNIT)),
        _ => None,
    };
    let Some((scale, medium)) = medium else { return Measure { scale: Scale::Letters, first: ranks, second: None } };
    let first = Span { from: medium + LETTER * ranks.from, to: medium + LETTER * ranks.to + 2 * UNIT };
    Measure { scale, first, second: None }
}

/// `None`: no such size in the system that is said.
pub(super) fn numbers(span: Span, asked: Asked) -> Option<Measure> {
    let within = |from, to| span.between(from, to);
    // No system goes further than the tallest in centimetres. Some stand in no table here: Germany's tall men wear 90 to 118.
    if !within(0, 194) {
        return None;
    }
    let between = |scale, least: i32, most: i32| {
        let first = Span { from: span.from + least * UNIT, to: span.to + most * UNIT };
        Some(Measure { scale, first, second: None })
    };
    let on = |scale, shift: i32| between(scale, shift, shift);
    let bottom = asked.garment == Garment::Bottom;
    if bottom && (asked.system == Some(SizeSystem::WaistLength) || asked.named == Some(Named::Inch)) {
        return waist(span, None);
    }
    match (asked.named, asked.system, asked.group) {
        (Some(Named::Ru), _, Group::Women) => within(36, 80).then_some(()).and_then(|()| on(Scale::ClothesWomen, -6)),
        (Some(Named::Ru), _, Group::Men) => within(36, 80).then_some(()).and_then(|()| on(Scale::ClothesMen, 0)),
        (Some(Named::Fr), _, Group::Women) if within(30, 66) => between(Scale::ClothesWomen, -2, 0),
        (Some(Named::It), _, Group::Women) if within(34, 68) => between(Scale::ClothesWomen, -6, -4),
        (Some(Named::Jp), _, Group::Women) if within(3, 31) => between(Scale::ClothesWomen, 27, 29),
        (Some(Named::Fr | Named::It), _, Group::Men) if within(40, 80) => on(Scale::ClothesMen, 0),
        (Some(Named::Ru | Named::Fr | Named::It | Named::Jp | Named::Cm | Named::Mm | Named::Inch), ..) => None,
        (_, Some(SizeSystem::Eu), Group::Women) => {
            within(24, 76).then_some(()).and_then(|()| on(Scale::ClothesWomen, 0))
        }
        (_, Some(SizeSystem::Uk), Group::Women) => {
            within(0, 40).then_some(()).and_then(|()| on(Scale::ClothesWomen, 28))
        }
        (_, Some(SizeSystem::Us), Group::Women) => {
            within(0, 40).then_some(()).and_then(|()| on(Scale::ClothesWomen, 32))
        }
        (_, Some(SizeSystem::Uk | SizeSystem::Us), Group::Men) if bottom => waist(span, None),
        (_, Some(SizeSystem::Uk | SizeSystem::Us), Group::Men) if within(28, 66) => on(Scale::ClothesMen, 10),
        (_, Some(SizeSystem::Uk | SizeSystem::Us), Group::Men) if is_neck(span, asked) => Some(neck(span, None)),
        (_, Some(SizeSystem::Eu), Group::Men) if asked.garment == Garment::Top && within(35, 43) => {
            on(Scale::Collar, 0)
        }
        (_, Some(SizeSystem::Eu), Group::Men) => within(36, 80).then_some(()).and_then(|()| on(Scale::ClothesMen, 0)),
        (_, None, _) => unsaid(span, asked),
        _ => Some(bare(span, asked)),
    }
}

/// The table at the head of `read`.
fn unsaid(span: Span, asked: Asked) -> Option<Measure> {
    let within = |from, to| span.between(from, to);
    let on = |scale| Some(Measure { scale, first: span, second: None });
    let as_written = || Some(bare(span, asked));
    let odd = span.from % (2 * UNIT) != 0;
    match (asked.group, asked.garment) {
        (Group::Women, Garment::Bottom) if within(23, 31) || (within(23, 35) && odd) => waist(span, None),
        (Group::Women, Garment::Bottom) if within(36, 76) || (span.from >= 32 * UNIT && span.to > span.from) => {
            on(Scale::ClothesWomen)
        }
        (Group::Women, Garment::Bottom) => as_written(),
        (Group::Women, _) if within(32, 76) => on(Scale::ClothesWomen),
        (Group::Men | Group::Anyone, Garment::Bottom) if within(23, 43) => waist(span, None),
        (Group::Men, Garment::Bottom) if within(48, 70) => on(Scale::ClothesMen),
        (Group::Men, Garment::Bottom) => as_written(),
        (Group::Men, Garment::Top) if within(35, 47) => on(Scale::Collar),
        (Group::Men, _) if is_neck(span, asked) => Some(neck(span, None)),
        (Group::Men, _) if within(40, 80) => on(Scale::ClothesMen),
        _ => as_written(),
    }
}

fn is_neck(span: Span, asked: Asked) -> bool {
    asked.garment == Garment::Top && span.between(13, 20)
}

/// A neck in inches, on the whole centimetre that is printed beside it.
pub(super) fn neck(inches: Span, sleeve: Option<Span>) -> Measure {
    let centimetres = |inches: i32| (inches * 254 / 100 + UNIT / 2) / UNIT * UNIT;
    let first = Span { from: centimetres(inches.from), to: centimetres(inches.to) };
    Measure { scale: Scale::Collar, first, second: sleeve }
}

/// In inches. `None`: no such waist or leg.
pub(super) fn waist(waist: Span, length: Option<Span>) -> Option<Measure> {
    let worn = waist.between(20, 70) && length.is_none_or(|length| length.between(20, 40));
    worn.then_some(Measure { scale: Scale::Waist, first: waist, second: length })
}

/// "32/34" is a waist and a length, "36/38" on women's trousers and "48/50" on men's are double sizes.
pub(super) fn is_waist_length(one: i32, other: i32, asked: Asked) -> bool {
    match asked.system {
        Some(SizeSystem::WaistLength) => true,
        Some(_) => false,
        None => {
            let double = asked.group == Group::Women && one >= 34 * UNIT && other == one + 2 * UNIT;
            !double && (22 * UNIT..=46 * UNIT).contains(&one) && (26 * UNIT..=38 * UNIT).contains(&other)
        }
    }
}
