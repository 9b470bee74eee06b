//! Rows of stock and sizes.

use super::{Case, case};
use crate::domain::{
    catalog::{Audience, Availability, Garment, SizeSystem},
    event::EventKind,
    recommend::{
        Ineligibility::{SoldOut, WrongSize},
        SizeNote::{Declared, Kept, OneSize, Unknown},
    },
};

pub(super) fn stock() -> Vec<Case> {
    vec![
        case("all at zero", "mug", |w| w.sold_out("mug"), Err(SoldOut)),
        case("one variant at zero", "mug", |w| w.stock("mug", "300 ml", 0), Ok(("500 ml", OneSize))),
        case(
            "stock that is not counted",
            "coffee",
            |w| {
                w.change_variant("coffee", "250g", |one| one.stock = None);
            },
            Ok(("250g", OneSize)),
        ),
        case(
            "out of stock though units are counted",
            "coffee",
            |w| {
                w.availability("coffee", "250g", Availability::OutOfStock);
            },
            Err(SoldOut),
        ),
        case(
            "out of stock, not counted",
            "coffee",
            |w| {
                w.change_variant("coffee", "250g", |one| one.stock = None);
                w.availability("coffee", "250g", Availability::OutOfStock);
            },
            Err(SoldOut),
        ),
        case(
            "backorder sells at zero",
            "coffee",
            |w| {
                w.stock("coffee", "250g", 0);
                w.availability("coffee", "250g", Availability::Backorder);
            },
            Ok(("250g", OneSize)),
        ),
        case(
            "preorder sells at zero",
            "coffee",
            |w| {
                w.stock("coffee", "250g", 0);
                w.availability("coffee", "250g", Availability::Preorder);
            },
            Ok(("250g", OneSize)),
        ),
        case(
            "back in stock",
            "coffee",
            |w| {
                w.sold_out("coffee");
                w.stock("coffee", "250g", 1);
            },
            Ok(("250g", OneSize)),
        ),
        case("the only variant is gone", "coffee", |w| w.change("coffee", |one| one.variants.clear()), Err(SoldOut)),
        case(
            "sold out, though in her size once",
            "boots",
            |w| {
                w.declared_shoes("41");
                w.sold_out("boots");
            },
            Err(SoldOut),
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn sizes() -> Vec<Case> {
    vec![
        case("her declared size is there", "boots", |w| w.declared_shoes("42"), Ok(("42-black", Declared))),
        case("her declared size is not made", "boots", |w| w.declared_shoes("46"), Err(WrongSize)),
        case(
            "her declared size is sold out",
            "boots",
            |w| {
                w.declared_shoes("42");
                w.stock("boots", "42-black", 0);
            },
            Err(WrongSize),
        ),
        case(
            "her size sold out in one colour, there in the other",
            "boots",
            |w| {
                w.declared_shoes("41");
                w.stock("boots", "41-black", 0);
            },
            Ok(("41-brown", Declared)),
        ),
        case(
            "stock in other sizes does not help",
            "boots",
            |w| {
                w.declared_shoes("41");
                w.stock("boots", "41-black", 0);
                w.availability("boots", "41-brown", Availability::OutOfStock);
            },
            Err(WrongSize),
        ),
        case(
            "her size on backorder",
            "boots",
            |w| {
                w.declared_shoes("42");
                w.stock("boots", "42-black", 0);
                w.availability("boots", "42-black", Availability::Backorder);
            },
            Ok(("42-black", Declared)),
        ),
        case("the size that she keeps", "boots", |w| w.keeps_shoes("42"), Ok(("42-black", Kept))),
        case(
            "the size that she keeps is sold out",
            "boots",
            |w| {
                w.keeps_shoes("42");
                w.stock("boots", "42-black", 0);
            },
            Err(WrongSize),
        ),
        case(
            "one kept pair is below the threshold",
            "boots",
            |w| {
                w.bought("sneakers", "42", 1, 20);
                w.stock("boots", "42-black", 0);
            },
            Ok(("41-black", Unknown)),
        ),
        case(
            "one kept pair is enough where the shop says so",
            "boots",
            |w| {
                w.rules.size.least_weight = 0.9;
                w.bought("sneakers", "42", 1, 20);
                w.stock("boots", "42-black", 0);
            },
            Err(WrongSize),
        ),
        case(
            "declared stands over kept",
            "boots",
            |w| {
                w.keeps_shoes("40");
                w.declared_shoes("42");
            },
            Ok(("42-black", Declared)),
        ),
        case("shoes say nothing of tops", "jumper", |w| w.declared_shoes("41"), Ok(("M-blue", Unknown))),
        case("a declared alpha size", "jumper", |w| w.declared_top("S"), Ok(("S-red", Declared))),
        case("women's say nothing of children's", "romper", |w| w.declared_top("S"), Ok(("110", Unknown))),
        case(
            "a child's height",
            "romper",
            |w| {
                w.declared(Garment::Top, Audience::Children, "110", Some(SizeSystem::HeightCm));
            },
            Ok(("110", Declared)),
        ),
        case(
            "a child has outgrown it",
            "romper",
            |w| {
                w.declared(Garment::Top, Audience::Children, "128", Some(SizeSystem::HeightCm));
            },
            Err(WrongSize),
        ),
        case(
            "two persons in one household, no size is hidden",
            "boots",
            |w| {
                w.bought("sneakers", "40", 2, 20);
                w.bought("loafers", "42", 2, 10);
                w.stock("boots", "40-black", 0);
                w.stock("boots", "42-black", 0);
            },
            Ok(("41-black", Unknown)),
        ),
        case(
            "the other one's purchases do not move a declared size",
            "boots",
            |w| {
                w.bought("sneakers", "42", 2, 20);
                w.bought("loafers", "42", 2, 10);
                w.declared_shoes("40");
            },
            Ok(("40-black", Declared)),
        ),
        case(
            "one size passes whatever is known",
            "cap",
            |w| {
                w.declared(Garment::Headwear, Audience::Women, "57", None);
            },
            Ok(("one-green", OneSize)),
        ),
        case("one size passes where nothing is known", "cap", |_| {}, Ok(("one-green", OneSize))),
        case(
            "what is not worn has no wrong size",
            "mug",
            |w| {
                w.declared_shoes("41");
                w.declared_top("M");
            },
            Ok(("300 ml", OneSize)),
        ),
        case("nobody knows the size: not hidden", "wrap", |w| w.declared_shoes("41"), Ok(("Model A", Unknown))),
        case(
            "a size that no system knows equals itself",
            "wrap",
            |w| {
                w.declared(Garment::Shoes, Audience::Women, "model b", None);
            },
            Ok(("Model B", Declared)),
        ),
        case(
            "the regular cut before the petite one",
            "trench",
            |w| {
                w.declared(Garment::Outerwear, Audience::Women, "M", None);
            },
            Ok(("M regular", Declared)),
        ),
        case(
            "her own cut",
            "trench",
            |w| {
                w.declared(Garment::Outerwear, Audience::Women, "M tall", None);
            },
            Ok(("M tall", Declared)),
        ),
        case("the regular cut where nothing is known", "trench", |_| {}, Ok(("M regular", Unknown))),
        case(
            "another cut where hers is sold out",
            "trench",
            |w| {
                w.declared(Garment::Outerwear, Audience::Women, "M", None);
                w.stock("trench", "M regular", 0);
            },
            Ok(("M petite", Declared)),
        ),
        case(
            "a declaration that was taken back",
            "boots",
            |w| {
                w.declared_shoes("46");
                w.did(
                    0,
                    EventKind::SizeDeclared {
                        garment: Garment::Shoes,
                        audience: Some(Audience::Women),
                        size: "".into(),
                        system: None,
                    },
                );
            },
            Ok(("41-black", Unknown)),
        ),
    ]
}
