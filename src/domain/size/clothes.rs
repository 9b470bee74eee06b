//! Tables of clothes for grown-ups: letters, European, British, American and Russian numbers, waist and length.
//!
//! Women's European numbers are those that British, Spanish and Scandinavian chains print beside their own (EU 38 = UK 10 =
//! US 6); Russian ones are half the bust in centimetres, six above (44 = EU 38, GOST 31396). Men's are half the chest in
//! centimetres, in Europe and Russia alike (EN 13402-3, GOST 31399); British and American jackets are the chest in inches,
//! ten below. Letters cover two numbers each. For men, that is EN 13402-3 (M is a chest of 94 to 102 cm: 48 and 50). For
//! women, makers differ by a whole letter: EN 13402-3 puts M at a bust of 90 to 98 cm (40 and 42), most Polish and Spanish
//! chains print M = 38, Russian shops M = 44-46 (38 and 40). M = 38 and 40 is the row that is never more than one number
//! away from any of them.

use super::{
    read::{Asked, bare},
    scale::{Group, Measure, Scale, Span, UNIT},
    written::Named,
};
use crate::domain::catalog::{Garment, SizeSystem};

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
    let on = |scale, shift: i32| {
        let first = Span { from: span.from + shift * UNIT, to: span.to + shift * UNIT };
        Some(Measure { scale, first, second: None })
    };
    let bottom = asked.garment == Garment::Bottom;
    if bottom && (asked.system == Some(SizeSystem::WaistLength) || asked.named == Some(Named::Inch)) {
        return waist(span, None);
    }
    match (asked.named, asked.system, asked.group) {
        (Some(Named::Ru), _, Group::Women) => within(36, 80).then_some(()).and_then(|()| on(Scale::ClothesWomen, -6)),
        (Some(Named::Ru), _, Group::Men) => within(36, 80).then_some(()).and_then(|()| on(Scale::ClothesMen, 0)),
        (Some(Named::Ru | Named::Fr | Named::Cm | Named::Inch), ..) => None,
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
        (Group::Men, _) if within(40, 80) => on(Scale::ClothesMen),
        _ => as_written(),
    }
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
