//! Tables of shoes and socks: Paris points, British and American sizes.
//!
//! The European size counts Paris points of two thirds of a centimetre, for everyone alike (ISO 19407). Makers cut halves
//! or thirds; 42.5 fits 42 1/3 and 42 2/3, which are nearer to it than to any other half, while those two never fit one
//! another, and 42 fits neither. British sizes are a quarter of an inch of their own, so the table says which European halves
//! a British size is sold as; it is the row that the printed tables of Clarks (halves) and adidas (thirds) have in common,
//! whole points that one of them leaves out going to the nearer neighbour. American sizes are one above the British for men
//! and two above for women, as most American shops print them. Children's British and American sizes start anew at 13.5, so
//! "3" is two sizes: they are compared as written and never converted.

use crate::domain::catalog::{Garment, SizeSystem};
use crate::domain::sizing::{
    lexicon::Named,
    read::{Asked, bare},
    scale::{Group, Measure, Scale, Span, UNIT},
};

/// How far a half size reaches to either side: a sixth of a point, where the thirds lie.
const REACH: i32 = UNIT / 6;

/// Twice the British size, and the least and the greatest of the European halves that it is sold as, doubled too.
const BRITISH: [(i32, i32, i32); 29] = [
    (2, 66, 66),
    (3, 67, 67),
    (4, 68, 68),
    (5, 69, 70),
    (6, 71, 71),
    (7, 72, 72),
    (8, 73, 74),
    (9, 75, 75),
    (10, 76, 76),
    (11, 77, 78),
    (12, 79, 79),
    (13, 80, 80),
    (14, 81, 82),
    (15, 83, 83),
    (16, 84, 84),
    (17, 85, 85),
    (18, 86, 87),
    (19, 88, 88),
    (20, 89, 89),
    (21, 90, 91),
    (22, 92, 92),
    (23, 93, 93),
    (24, 94, 95),
    (25, 96, 96),
    (26, 97, 98),
    (27, 99, 99),
    (28, 100, 100),
    (29, 101, 102),
    (30, 103, 103),
];

/// Numbers of shoes and socks; "39-42" covers all from the one to the other. `None`: nobody's foot is that small or large.
pub(super) fn numbers(span: Span, asked: Asked) -> Option<Measure> {
    let foot = |first: Span| first.between(5, 40).then_some(Measure { scale: Scale::Foot, first, second: None });
    match asked.named {
        Some(Named::Cm | Named::Jp) => return foot(span),
        Some(Named::Inch) => return None,
        // Korea writes 240 for 24 cm.
        Some(Named::Mm) => return foot(tenth(span)),
        None if span.between(200, 330) => return foot(tenth(span)),
        _ => {}
    }
    // British and American sizes; those of basketball players end at 22.
    let as_written = || span.between(0, 22).then(|| bare(span, asked));
    let adult = asked.group != Group::Children;
    match asked.system {
        Some(SizeSystem::Uk) if adult => british(span, 0).or_else(as_written),
        Some(SizeSystem::Us) if asked.group == Group::Women => british(span, 2).or_else(as_written),
        Some(SizeSystem::Us) if asked.group == Group::Men => british(span, 1).or_else(as_written),
        None | Some(SizeSystem::Eu) if span.between(15, 55) => {
            // Italian and Russian makers count from one below.
            let above = if matches!(asked.named, Some(Named::It | Named::Ru)) { UNIT } else { 0 };
            let first = Span { from: reach(span.from).from, to: reach(span.to + above).to };
            Some(Measure { scale: Scale::Shoes, first, second: None })
        }
        Some(SizeSystem::Eu) => None,
        _ => as_written(),
    }
}

const fn tenth(span: Span) -> Span {
    Span { from: span.from / 10, to: span.to / 10 }
}

/// Wholes and halves reach to the thirds beside the halves; thirds are points.
fn reach(points: i32) -> Span {
    if points % (UNIT / 2) == 0 { Span { from: points - REACH, to: points + REACH } } else { Span::point(points) }
}

fn british(span: Span, above: i32) -> Option<Measure> {
    let row = |size: i32| {
        let doubled = (size - above * UNIT) / (UNIT / 2);
        let whole = size % (UNIT / 2) == 0;
        BRITISH.iter().find(|(british, ..)| whole && *british == doubled)
    };
    let ((_, from, _), (_, _, to)) = (row(span.from)?, row(span.to)?);
    let half = UNIT / 2;
    let first = Span { from: reach(from * half).from, to: reach(to * half).to };
    Some(Measure { scale: Scale::Shoes, first, second: None })
}

/// "3Y": beyond the 13.5 of little children.
pub(super) fn youth(span: Span, asked: Asked) -> Option<Measure> {
    (span.to <= 8 * UNIT).then(|| {
        let above = 14 * UNIT;
        bare(Span { from: span.from + above, to: span.to + above }, Asked { system: Some(SizeSystem::Us), ..asked })
    })
}

/// "10C".
pub(super) fn child(size: i32, asked: Asked) -> Option<Measure> {
    (asked.garment == Garment::Shoes && size < 14 * UNIT)
        .then(|| bare(Span::point(size), Asked { system: Some(SizeSystem::Us), ..asked }))
}
