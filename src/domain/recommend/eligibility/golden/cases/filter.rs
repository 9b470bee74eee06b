//! Rows of the page, the cart and the filter, and of the choice between variants.

use super::{
    super::world::{World, money},
    Case, case,
};
use crate::domain::{
    Id,
    recommend::{
        Filter,
        Ineligibility::{Filtered, Hidden, InContext, WrongSize},
        NumberRange,
        SizeNote::{Declared, OneSize, Unknown},
    },
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn context_and_filter() -> Vec<Case> {
    let mug = Ok(("300 ml", OneSize));
    vec![
        case("on the page", "mug", |w| w.in_view = Some("mug"), Err(InContext)),
        case("another on the page", "mug", |w| w.in_view = Some("coffee"), mug),
        case("in the cart", "mug", |w| w.cart = vec!["coffee", "mug"], Err(InContext)),
        case(
            "on the page and in a wrong size",
            "boots",
            |w| {
                w.in_view = Some("boots");
                w.declared_shoes("46");
            },
            Err(WrongSize),
        ),
        case("in the category", "mug", |w| w.filter.categories = vec![vec!["kitchen".into()]], mug),
        case(
            "in one of the categories",
            "mug",
            |w| {
                w.filter.categories = vec![vec!["Food".into()], vec!["Kitchen".into(), "MUGS".into()]];
            },
            mug,
        ),
        case("in another category", "mug", |w| w.filter.categories = vec![vec!["Food".into()]], Err(Filtered)),
        case(
            "in a category of like name elsewhere",
            "mug",
            |w| {
                w.filter.categories = vec![vec!["Mugs".into()]];
            },
            Err(Filtered),
        ),
        case(
            "in a category above the wanted one",
            "coffee",
            |w| {
                w.filter.categories = vec![vec!["Food".into(), "Coffee".into(), "Machines".into()]];
            },
            Err(Filtered),
        ),
        case("of the brand", "mug", |w| w.filter.brands = vec!["Nobody".into(), "MARLOW".into()], mug),
        case("of another brand", "mug", |w| w.filter.brands = vec!["Nobody".into()], Err(Filtered)),
        case("at the lowest price", "mug", |w| w.filter.at_least = Some(money(10_000, "PLN")), mug),
        case("below the lowest price", "mug", |w| w.filter.at_least = Some(money(10_001, "PLN")), Err(Filtered)),
        case("at the highest price", "mug", |w| w.filter.at_most = Some(money(10_000, "PLN")), mug),
        case("above the highest price", "mug", |w| w.filter.at_most = Some(money(9_999, "PLN")), Err(Filtered)),
        case("in another currency", "mug", |w| w.filter.at_most = Some(money(10_000, "EUR")), Err(Filtered)),
        case(
            "the price is that of the variant in her size",
            "boots",
            |w| {
                w.declared_shoes("42");
                w.price("boots", "40-black", 5_000);
                w.filter.at_most = Some(money(5_000, "PLN"));
            },
            Err(Filtered),
        ),
        case(
            "the price is that of a variant that can be sold",
            "mug",
            |w| {
                w.price("mug", "500 ml", 5_000);
                w.stock("mug", "500 ml", 0);
                w.filter.at_most = Some(money(5_000, "PLN"));
            },
            Err(Filtered),
        ),
        case(
            "the variant within the price is offered",
            "mug",
            |w| {
                w.price("mug", "500 ml", 12_000);
                w.filter.at_least = Some(money(11_000, "PLN"));
            },
            Ok(("500 ml", OneSize)),
        ),
        case(
            "in the colour",
            "boots",
            |w| {
                w.filter.attributes = vec![("Color".into(), vec!["BROWN".into(), "pink".into()])];
            },
            Ok(("41-brown", Unknown)),
        ),
        case(
            "the colour is not there in her size",
            "boots",
            |w| {
                w.declared_shoes("42");
                w.filter.attributes = vec![("color".into(), vec!["brown".into()])];
            },
            Err(Filtered),
        ),
        case(
            "in the wanted size",
            "mug",
            |w| {
                w.filter.attributes = vec![("size".into(), vec!["500 ML".into()])];
            },
            Ok(("500 ml", OneSize)),
        ),
        case(
            "for the audience",
            "boots",
            |w| {
                w.filter.attributes = vec![("audience".into(), vec!["Women".into()])];
            },
            Ok(("41-black", Unknown)),
        ),
        case(
            "for another audience",
            "boots",
            |w| {
                w.filter.attributes = vec![("audience".into(), vec!["men".into(), "martians".into()])];
            },
            Err(Filtered),
        ),
        case(
            "with the attribute",
            "mug",
            |w| {
                w.attribute("mug", "Material", "Clay");
                w.filter.attributes = vec![("material".into(), vec!["glass".into(), "clay".into()])];
            },
            mug,
        ),
        case(
            "with another value of the attribute",
            "mug",
            |w| {
                w.attribute("mug", "material", "clay");
                w.filter.attributes = vec![("material".into(), vec!["glass".into()])];
            },
            Err(Filtered),
        ),
        case(
            "one of two attributes is missing",
            "mug",
            |w| {
                w.attribute("mug", "material", "clay");
                w.filter.attributes =
                    vec![("material".into(), vec!["clay".into()]), ("season".into(), vec!["any".into()])];
            },
            Err(Filtered),
        ),
        case("excluded", "mug", |w| w.filter.exclude = vec![Id::new("mug").unwrap()], Err(Filtered)),
        case("another excluded", "mug", |w| w.filter.exclude = vec![Id::new("tea").unwrap()], mug),
        case("named", "mug", |w| w.filter.only = vec![Id::new("tea").unwrap(), Id::new("mug").unwrap()], mug),
        case("others named", "mug", |w| w.filter.only = vec![Id::new("tea").unwrap()], Err(Filtered)),
    ]
}

pub(super) fn choice() -> Vec<Case> {
    vec![
        case("the cheapest", "boots", |w| w.price("boots", "41-brown", 9_999), Ok(("41-brown", Unknown))),
        case(
            "the one that she looked at before the cheapest",
            "boots",
            |w| {
                w.price("boots", "41-brown", 9_999);
                w.viewed("boots", "42-black", 3);
            },
            Ok(("42-black", Unknown)),
        ),
        case(
            "the colour that she looked at, in her size",
            "boots",
            |w| {
                w.declared_shoes("41");
                w.price("boots", "41-brown", 9_999);
                w.viewed("boots", "40-black", 3);
            },
            Ok(("41-black", Declared)),
        ),
        case(
            "the colour that she last looked at",
            "jumper",
            |w| {
                w.declared_top("M");
                w.viewed("jumper", "M-red", 3);
                w.viewed("jumper", "M-blue", 2);
            },
            Ok(("M-blue", Declared)),
        ),
        case(
            "what she put into the cart after that",
            "jumper",
            |w| {
                w.declared_top("M");
                w.viewed("jumper", "M-blue", 3);
                w.carted("jumper", "L-red", 2);
            },
            Ok(("M-red", Declared)),
        ),
        case(
            "what she looked at is sold out",
            "jumper",
            |w| {
                w.viewed("jumper", "M-blue", 3);
                w.stock("jumper", "M-blue", 0);
            },
            Ok(("M-red", Unknown)),
        ),
    ]
}

/// Of sizes of which nobody can say.
pub(super) fn guess() -> Vec<Case> {
    vec![
        case("the middle of its sizes, where nothing is known", "jumper", |_| {}, Ok(("M-blue", Unknown))),
        case("the middle before the cheapest", "boots", |w| w.price("boots", "40-black", 1), Ok(("41-black", Unknown))),
        case(
            "the middle before the colour that she looked at",
            "jumper",
            |w| {
                w.stock("jumper", "M-red", 0);
                w.stock("jumper", "L-red", 0);
                w.viewed("jumper", "L-red", 3);
            },
            Ok(("M-blue", Unknown)),
        ),
        case(
            "in the middle, the colour that she looked at",
            "jumper",
            |w| {
                w.stock("jumper", "L-red", 0);
                w.viewed("jumper", "L-red", 3);
            },
            Ok(("M-red", Unknown)),
        ),
        case(
            "of two that are equally far from the middle the smaller",
            "blouse",
            |w| w.stock("blouse", "M", 0),
            Ok(("S", Unknown)),
        ),
        case(
            "of two in the middle the smaller",
            "blouse",
            |w| w.change("blouse", |one| one.variants.retain(|one| &*one.size != "S")),
            Ok(("M", Unknown)),
        ),
        case(
            "the size of one kept pair before the middle",
            "boots",
            |w| w.bought("sneakers", "42", 1, 20),
            Ok(("42-black", Unknown)),
        ),
        case(
            "the size nearest to one kept pair",
            "boots",
            |w| {
                w.bought("sneakers", "40", 1, 20);
                w.change("boots", |one| one.variants.retain(|one| &*one.size != "40"));
                w.change_variant("boots", "42-black", |one| one.size = "43".into());
            },
            Ok(("41-black", Unknown)),
        ),
        case(
            "the next size up from a pair that was too small",
            "boots",
            |w| w.too_small("sneakers", "41", 5),
            Ok(("42-black", Unknown)),
        ),
        case("shoes guess nothing of tops", "jumper", |w| w.bought("sneakers", "42", 1, 20), Ok(("M-blue", Unknown))),
    ]
}

/// With conditions on the variants of the mug: 300 ml for 100, 500 ml for 120 zloty.
fn within(w: &mut World, any_of: Vec<Filter>, none_of: Vec<Filter>) {
    w.price("mug", "500 ml", 12_000);
    w.filter = Filter { any_of, none_of, ..Filter::default() };
}

fn size(size: &str) -> Filter {
    Filter { attributes: vec![("size".into(), vec![size.into()])], ..Filter::default() }
}

fn brand(brand: &str) -> Filter {
    Filter { brands: vec![brand.into()], ..Filter::default() }
}

fn at_least(minor: i64) -> Filter {
    Filter { at_least: Some(money(minor, "PLN")), ..Filter::default() }
}

fn between(name: &str, at_least: Option<f64>, at_most: Option<f64>) -> Filter {
    Filter { ranges: vec![NumberRange { name: name.into(), at_least, at_most }], ..Filter::default() }
}

pub(super) fn filters_within() -> Vec<Case> {
    let (small, large) = (Ok(("300 ml", OneSize)), Ok(("500 ml", OneSize)));
    vec![
        case("one of two passes", "mug", |w| within(w, vec![brand("Nobody"), brand("marlow")], vec![]), small),
        case("neither of two passes", "mug", |w| within(w, vec![brand("Nobody"), size("1 l")], vec![]), Err(Filtered)),
        case("what must not pass does", "mug", |w| within(w, vec![], vec![brand("Marlow")]), Err(Filtered)),
        case("what must not pass does not", "mug", |w| within(w, vec![], vec![brand("Nobody")]), small),
        case(
            "of two that must not pass one does",
            "mug",
            |w| within(w, vec![], vec![brand("Nobody"), brand("Marlow")]),
            Err(Filtered),
        ),
        case("a variant that must not pass is passed over", "mug", |w| within(w, vec![], vec![size("300 ml")]), large),
        case(
            "one of two passes with one variant",
            "mug",
            |w| within(w, vec![size("500 ml"), size("1 l")], vec![]),
            large,
        ),
        case(
            "two conditions that no variant has together",
            "mug",
            |w| within(w, vec![Filter { at_least: Some(money(11_000, "PLN")), ..size("300 ml") }], vec![]),
            Err(Filtered),
        ),
        case(
            "what must not pass wants two things of one variant",
            "mug",
            |w| within(w, vec![], vec![Filter { at_least: Some(money(11_000, "PLN")), ..size("300 ml") }]),
            small,
        ),
        case(
            "not one of two, three deep",
            "mug",
            |w| {
                let either = Filter { any_of: vec![brand("Nobody"), at_least(11_000)], ..Filter::default() };
                within(w, vec![Filter { none_of: vec![either], ..Filter::default() }], vec![]);
            },
            small,
        ),
        case(
            "a number inside",
            "mug",
            |w| {
                w.attribute("mug", "Litres", " 0.30 ");
                w.filter = between("litres", Some(0.3), Some(0.3));
            },
            small,
        ),
        case(
            "a number above",
            "mug",
            |w| {
                w.attribute("mug", "litres", "0.31");
                w.filter = between("litres", None, Some(0.3));
            },
            Err(Filtered),
        ),
        case(
            "a number below",
            "mug",
            |w| {
                w.attribute("mug", "litres", "-1");
                w.filter = between("litres", Some(0.0), None);
            },
            Err(Filtered),
        ),
        case(
            "no number",
            "mug",
            |w| {
                w.attribute("mug", "litres", "0.3 l");
                w.filter = between("litres", None, Some(9.0));
            },
            Err(Filtered),
        ),
        case(
            "a word that reads as a number without end",
            "mug",
            |w| {
                w.attribute("mug", "litres", "inf");
                w.filter = between("litres", Some(0.0), None);
            },
            Err(Filtered),
        ),
        case(
            "without the number that must not be",
            "mug",
            |w| within(w, vec![], vec![between("litres", Some(0.0), None)]),
            small,
        ),
        case("a size as a number", "sneakers", |w| w.filter = between("size", Some(41.0), None), Ok(("41", Unknown))),
    ]
}

pub(super) fn hidden() -> Vec<Case> {
    vec![
        case("hidden", "mug", |w| w.hide("r", brand("Marlow")), Err(Hidden)),
        case("another brand hidden", "mug", |w| w.hide("r", brand("Quill")), Ok(("300 ml", OneSize))),
        case(
            "hidden by the second rule",
            "mug",
            |w| {
                w.hide("a", brand("Quill"));
                w.hide("b", Filter { only: vec![Id::new("mug").unwrap()], ..Filter::default() });
            },
            Err(Hidden),
        ),
        case("a variant hidden", "mug", |w| w.hide("r", size("300 ml")), Ok(("500 ml", OneSize))),
        case(
            "each variant hidden by another rule",
            "mug",
            |w| {
                w.hide("a", size("300 ml"));
                w.hide("b", size("500 ml"));
            },
            Err(Hidden),
        ),
        case(
            "the variant that the filter wants hidden",
            "mug",
            |w| {
                w.filter = size("300 ml");
                w.hide("r", size("300 ml"));
            },
            Err(Hidden),
        ),
        case(
            "no variant that the filter wants, and one hidden",
            "mug",
            |w| {
                w.filter = size("1 l");
                w.hide("r", brand("Marlow"));
            },
            Err(Filtered),
        ),
        case(
            "her size hidden",
            "boots",
            |w| {
                w.declared_shoes("42");
                w.hide("r", size("42"));
            },
            Err(Hidden),
        ),
    ]
}
