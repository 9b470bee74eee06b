//! A number with a letter beside it: a length on clothes ("34R"), a width on shoes ("9 EE"), whose size it is ("W9"), plus
//! sizes ("18W"), children's shoes ("10C").

use crate::domain::catalog::Garment;
use crate::domain::sizing::{
    claim::WrittenOn,
    cut::Cut,
    form::Form,
    lexicon::Named,
    scale::{Group, Span, UNIT},
    tokens::Token::{self, Dash, Number, Slash, Word},
};

/// What the letters beside a size say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) struct Marks {
    pub(in super::super) named: Option<Named>,
    pub(in super::super) cut: Cut,
    pub(in super::super) group: Option<Group>,
    /// An M or a W of shoes, which is a width alone and people side by side.
    pub(in super::super) letter: Option<char>,
}

pub(super) fn marked(core: &[Token], on: WrittenOn) -> Option<(Form, Marks)> {
    match on.garment {
        Garment::Shoes | Garment::Socks => on_shoes(core, on.group),
        Garment::Top | Garment::Bottom | Garment::Dress | Garment::Outerwear | Garment::Underwear => {
            on_clothes(core, on)
        }
        _ => None,
    }
}

fn on_shoes(core: &[Token], group: Group) -> Option<(Form, Marks)> {
    let (mark, numbers, leads) = match core {
        [Word(mark), numbers @ ..] => (mark.as_str(), numbers, true),
        [numbers @ .., Dash, Word(mark)] | [numbers @ .., Word(mark)] => (mark.as_str(), numbers, false),
        // "9 2E": the last number counts the letters.
        _ => return None,
    };
    let (numbers, count) = match numbers {
        [rest @ .., Number(count)] if !leads && !rest.is_empty() && !rest.last().is_some_and(Token::is_separator) => {
            (rest, *count / UNIT)
        }
        _ => (numbers, 1),
    };
    let span = match numbers {
        [Number(at)] => Span::point(*at),
        [Number(from), Dash | Slash, Number(to)] => super::range(*from, *to)?,
        _ => return None,
    };
    if matches!(mark, "c" | "k") && span.from == span.to {
        return Some((Form::ChildShoe(span.from), Marks::default()));
    }
    let letter = match mark {
        "m" => Some('m'),
        "w" => Some('w'),
        _ => None,
    };
    if leads {
        let group = if letter? == 'm' { Group::Men } else { Group::Women };
        return Some((Form::Numbers(span), Marks { group: Some(group), letter, ..Marks::default() }));
    }
    let cut = Cut::with_width(width(mark, count, group)?);
    Some((Form::Numbers(span), Marks { cut, letter, ..Marks::default() }))
}

/// American widths: a B is a woman's standard and a man's narrow, a D his standard and her wide.
fn width(mark: &str, count: i32, group: Group) -> Option<i8> {
    let women = group == Group::Women;
    match (mark, count) {
        ("e", 1..=2) | ("ee" | "g" | "w", 1) => Some(1),
        ("e", 3..=6) | ("eee" | "eeee" | "ww" | "xw" | "xxw" | "h", 1) => Some(2),
        ("d", 1) => Some(i8::from(women)),
        ("b", 1) => Some(i8::from(women) - 1),
        ("m" | "medium" | "med" | "r" | "f", 1) => Some(0),
        ("n" | "a" | "aa" | "aaa" | "s", 1) | ("a", 2..=4) => Some(-1),
        _ => None,
    }
}

fn on_clothes(core: &[Token], on: WrittenOn) -> Option<(Form, Marks)> {
    if let [Number(height), Slash, Number(girth), Word(body)] = core
        && matches!(body.as_str(), "a" | "b" | "c" | "y")
        && *height >= 80 * UNIT
    {
        return Some((Form::HeightGirth(*height, *girth), Marks::default()));
    }
    let ([numbers @ .., Dash | Slash, Word(mark)] | [numbers @ .., Word(mark)]) = core else { return None };
    let span = match numbers {
        [Number(at)] => Span::point(*at),
        [Number(from), Dash | Slash, Number(to)] => super::range(*from, *to)?,
        _ => return None,
    };
    let numbers = Form::Numbers(span);
    // "36-S" is twice the size of a woman.
    if on.group == Group::Women && core.iter().any(Token::is_separator) && matches!(mark.as_str(), "s" | "l" | "xl") {
        return None;
    }
    if mark == "w"
        && on.group == Group::Women
        && span.between(12, 40)
        && !(on.garment == Garment::Bottom && span.from >= 22 * UNIT)
    {
        return Some((numbers, Marks { named: Some(Named::Us), ..Marks::default() }));
    }
    let length = match mark.as_str() {
        "s" | "p" => -1,
        "r" => 0,
        "l" | "t" => 1,
        "xl" | "xt" | "xlt" | "lt" => 2,
        _ => return None,
    };
    // Chests that are cut short, regular and long are inches.
    let is_chest = on.group == Group::Men && matches!(on.garment, Garment::Top | Garment::Outerwear | Garment::Dress);
    let named = (is_chest && span.between(28, 66)).then_some(Named::Us);
    Some((numbers, Marks { named, cut: Cut::with_length(length), ..Marks::default() }))
}
