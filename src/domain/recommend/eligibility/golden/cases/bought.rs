//! Rows of what was bought, sent back and used up.

use super::{Case, case};
use crate::domain::recommend::{
    Ineligibility::{Bought, SoldOut, UnknownProduct},
    SizeNote::{OneSize, Unknown},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn bought() -> Vec<Case> {
    vec![
        case("nothing happened", "boots", |_| {}, Ok(("41-black", Unknown))),
        case("never heard of", "sandals", |_| {}, Err(UnknownProduct)),
        case("deleted", "boots", |w| w.delete("boots"), Err(UnknownProduct)),
        case(
            "bought before it was deleted",
            "boots",
            |w| {
                w.bought("boots", "41-black", 1, 3);
                w.delete("boots");
            },
            Err(UnknownProduct),
        ),
        case("bought and kept", "mug", |w| w.bought("mug", "300 ml", 1, 3), Err(Bought)),
        case("bought years ago", "mug", |w| w.bought("mug", "300 ml", 1, 3000), Err(Bought)),
        case("bought in another colour", "boots", |w| w.bought("boots", "41-brown", 1, 3), Err(Bought)),
        case("bought in a variant that is gone", "mug", |w| w.bought("mug", "1 l", 1, 3), Err(Bought)),
        case("bought without a variant", "mug", |w| w.ordered("o", "mug", 1, 3), Err(Bought)),
        case("another product bought", "mug", |w| w.bought("grinder", "one", 1, 3), Ok(("300 ml", OneSize))),
        case(
            "sent back",
            "mug",
            |w| {
                w.bought("mug", "300 ml", 1, 9);
                w.returned("mug", "300 ml", 1, 3);
            },
            Ok(("300 ml", OneSize)),
        ),
        case(
            "sent back in part",
            "mug",
            |w| {
                w.bought("mug", "300 ml", 2, 9);
                w.returned("mug", "300 ml", 1, 3);
            },
            Err(Bought),
        ),
        case(
            "two sizes bought, one kept",
            "mug",
            |w| {
                w.bought("mug", "300 ml", 1, 9);
                w.bought("mug", "500 ml", 1, 9);
                w.returned("mug", "500 ml", 1, 3);
            },
            Err(Bought),
        ),
        case(
            "two sizes bought, both sent back",
            "mug",
            |w| {
                w.bought("mug", "300 ml", 1, 9);
                w.bought("mug", "500 ml", 1, 9);
                w.returned("mug", "500 ml", 1, 3);
                w.returned("mug", "300 ml", 1, 2);
            },
            Ok(("300 ml", OneSize)),
        ),
        case(
            "another size sent back than was bought",
            "mug",
            |w| {
                w.bought("mug", "300 ml", 1, 9);
                w.returned("mug", "500 ml", 1, 3);
            },
            Ok(("300 ml", OneSize)),
        ),
        case(
            "bought twice, sent back once",
            "mug",
            |w| {
                w.bought("mug", "300 ml", 1, 90);
                w.bought("mug", "300 ml", 1, 9);
                w.returned("mug", "300 ml", 1, 3);
            },
            Err(Bought),
        ),
        case(
            "sent back, then bought again",
            "mug",
            |w| {
                w.bought("mug", "300 ml", 1, 90);
                w.returned("mug", "300 ml", 1, 80);
                w.bought("mug", "300 ml", 1, 3);
            },
            Err(Bought),
        ),
        case(
            "more sent back than bought, then bought again",
            "mug",
            |w| {
                w.bought("mug", "300 ml", 1, 90);
                w.returned("mug", "300 ml", 5, 80);
                w.bought("mug", "300 ml", 1, 3);
            },
            Err(Bought),
        ),
        case("a return without a purchase", "mug", |w| w.returned("mug", "300 ml", 1, 3), Ok(("300 ml", OneSize))),
        case(
            "heard of the return before the purchase",
            "mug",
            |w| {
                w.returned("mug", "300 ml", 1, 3);
                w.bought("mug", "300 ml", 1, 9);
            },
            Ok(("300 ml", OneSize)),
        ),
        case(
            "an order told twice, sent back once",
            "mug",
            |w| {
                w.ordered("o", "mug", 1, 9);
                w.ordered("o", "mug", 1, 8);
                w.returned_of("o", "mug", 1, 3);
            },
            Ok(("300 ml", OneSize)),
        ),
        case(
            "one of two sent back, told twice",
            "mug",
            |w| {
                w.ordered("o", "mug", 2, 9);
                w.returned_of("o", "mug", 1, 3);
                w.returned_of("o", "mug", 1, 2);
            },
            Err(Bought),
        ),
        case(
            "a return that names another order",
            "mug",
            |w| {
                w.ordered("o", "mug", 1, 9);
                w.returned_of("u", "mug", 1, 3);
            },
            Err(Bought),
        ),
        case(
            "the whole order sent back",
            "mug",
            |w| {
                w.returned_whole("o", 3);
                w.ordered("o", "mug", 3, 9);
            },
            Ok(("300 ml", OneSize)),
        ),
        case("put into the cart once is not bought", "mug", |w| w.carted("mug", "300 ml", 3), Ok(("300 ml", OneSize))),
    ]
}

pub(super) fn used_up() -> Vec<Case> {
    let coffee = Ok(("250g", OneSize));
    vec![
        case("not used up", "coffee", |w| w.bought("coffee", "250g", 1, 29), Err(Bought)),
        case("used up today", "coffee", |w| w.bought("coffee", "250g", 1, 30), coffee),
        case("used up long ago", "coffee", |w| w.bought("coffee", "250g", 1, 300), coffee),
        case("two units last twice as long", "coffee", |w| w.bought("coffee", "250g", 2, 59), Err(Bought)),
        case("two units used up", "coffee", |w| w.bought("coffee", "250g", 2, 60), coffee),
        case(
            "of two units one sent back",
            "coffee",
            |w| {
                w.bought("coffee", "250g", 2, 35);
                w.returned("coffee", "250g", 1, 20);
            },
            coffee,
        ),
        case(
            "the last purchase counts",
            "coffee",
            |w| {
                w.bought("coffee", "250g", 1, 300);
                w.bought("coffee", "250g", 1, 10);
            },
            Err(Bought),
        ),
        case(
            "earlier purchases prolong nothing",
            "coffee",
            |w| {
                w.bought("coffee", "250g", 9, 50);
                w.bought("coffee", "250g", 1, 31);
            },
            coffee,
        ),
        case(
            "the last purchase sent back, the one before used up",
            "coffee",
            |w| {
                w.bought("coffee", "250g", 1, 40);
                w.bought("coffee", "250g", 1, 10);
                w.returned("coffee", "250g", 1, 5);
            },
            coffee,
        ),
        case(
            "a return that names the earlier order",
            "coffee",
            |w| {
                w.ordered("first", "coffee", 1, 40);
                w.ordered("second", "coffee", 1, 10);
                w.returned_of("first", "coffee", 1, 5);
            },
            Err(Bought),
        ),
        case(
            "the product's period before its category's",
            "coffee",
            |w| w.bought("coffee", "250g", 1, 12),
            Err(Bought),
        ),
        case("not used up by the rule of the category above", "tea", |w| w.bought("tea", "50g", 1, 19), Err(Bought)),
        case(
            "used up by the rule of the category above",
            "tea",
            |w| {
                w.bought("tea", "50g", 1, 20);
            },
            Ok(("100g", OneSize)),
        ),
        case(
            "used up by the rule of the very category",
            "coffee",
            |w| {
                w.change("coffee", |one| one.replenish_days = None);
                w.bought("coffee", "250g", 1, 10);
            },
            coffee,
        ),
        case("a narrower category lasts for ever", "grinder", |w| w.bought("grinder", "one", 1, 900), Err(Bought)),
        case(
            "used up, but sold out",
            "coffee",
            |w| {
                w.bought("coffee", "250g", 1, 40);
                w.sold_out("coffee");
            },
            Err(SoldOut),
        ),
    ]
}
