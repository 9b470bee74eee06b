//! Whether a row can be sold, as feeds say it. All of it errs to one side: what is not surely for sale is not sold.

use crate::{
    domain::catalog::Availability,
    import::{amount, enums, row_error::Reason},
};

const IN_STOCK: &[&str] = &[
    "in stock",
    "instock",
    "available",
    "limited availability",
    "limitedavailability",
    "limited stock",
    "low stock",
    "online only",
    "onlineonly",
    "visible",
    "active",
    "published",
    "yes",
    "true",
    "1",
    "dostępny",
    "dostępna",
    "dostępne",
    "na stanie",
    "w magazynie",
    "od ręki",
    "mało",
    "na wyczerpaniu",
    "ostatnie sztuki",
    "tak",
    "в наличии",
    "есть",
    "есть в наличии",
    "на складе",
    "мало",
    "да",
    "auf lager",
    "verfügbar",
    "lieferbar",
    "sofort lieferbar",
    "sofort verfügbar",
    "ja",
    "en stock",
    "disponible",
    "disponibile",
    "in magazzino",
    "em estoque",
    "em stock",
    "op voorraad",
    "på lager",
    "i lager",
    "skladem",
    "na sklade",
    "raktáron",
    "în stoc",
    "в наявності",
    "є в наявності",
];
const OUT_OF_STOCK: &[&str] = &[
    "out of stock",
    "outofstock",
    "sold out",
    "soldout",
    "discontinued",
    "unavailable",
    "not available",
    "temporarily unavailable",
    "reserved",
    "in store only",
    "instoreonly",
    "inactive",
    "archived",
    "draft",
    "deleted",
    "ended",
    "expired",
    "hidden",
    "no",
    "false",
    "0",
    "none",
    "niedostępny",
    "niedostępna",
    "niedostępne",
    "chwilowo niedostępny",
    "brak",
    "brak w magazynie",
    "brak na stanie",
    "wyprzedany",
    "wyprzedana",
    "wyprzedane",
    "wycofany",
    "wycofana",
    "wycofane",
    "nie",
    "нет",
    "нет в наличии",
    "нет на складе",
    "распродано",
    "отсутствует",
    "снят с производства",
    "снято с производства",
    "недоступен",
    "немає в наявності",
    "nicht auf lager",
    "nicht verfügbar",
    "nicht lieferbar",
    "ausverkauft",
    "vergriffen",
    "nein",
    "rupture de stock",
    "en rupture de stock",
    "épuisé",
    "indisponible",
    "non disponible",
    "agotado",
    "sin stock",
    "no disponible",
    "esaurito",
    "non disponibile",
    "esgotado",
    "indisponível",
    "uitverkocht",
    "niet op voorraad",
    "udsolgt",
    "slutsåld",
    "utsolgt",
    "vyprodáno",
    "není skladem",
    "nedostupné",
    "nincs raktáron",
    "elfogyott",
    "stoc epuizat",
];
const PREORDER: &[&str] = &[
    "preorder",
    "pre order",
    "presale",
    "pre sale",
    "przedsprzedaż",
    "предзаказ",
    "vorbestellung",
    "vorbestellbar",
    "précommande",
    "preordine",
    "reserva",
];
const BACKORDER: &[&str] = &[
    "backorder",
    "back order",
    "on backorder",
    "onbackorder",
    "made to order",
    "madetoorder",
    "available for order",
    "on order",
    "na zamówienie",
    "под заказ",
    "на заказ",
    "auf bestellung",
    "sur commande",
    "bajo pedido",
    "su ordinazione",
    "na objednávku",
];
/// Units and the like that are written behind a count.
const UNITS: [&str; 17] = [
    "szt", "sztuk", "sztuki", "sztuka", "pcs", "pc", "pieces", "units", "items", "stk", "stück", "шт", "штук", "ks",
    "db", "pz", "uds",
];

/// A word for it, in any of the languages of feeds or as an address of schema.org. `None` where nothing is said.
///
/// # Errors
/// Where it is another word.
pub(super) fn word(text: &str) -> Result<Option<Availability>, Reason> {
    let text = text.trim().to_lowercase();
    let is_of_schema = text.split_once("schema.org/").map(|(_, name)| name.trim_end_matches('/'));
    let word = is_of_schema.unwrap_or(&text).replace(['_', '-'], " ");
    let word = word.trim().trim_end_matches(['.', '!']);
    if word.is_empty() && text.is_empty() {
        return Ok(None);
    }
    if text.starts_with('-') {
        return Err(Reason::UnknownAvailability);
    }
    let lists = [
        (IN_STOCK, Availability::InStock),
        (OUT_OF_STOCK, Availability::OutOfStock),
        (PREORDER, Availability::Preorder),
        (BACKORDER, Availability::Backorder),
    ];
    let found = lists.into_iter().find(|(words, _)| words.contains(&word)).map(|(_, availability)| availability);
    found.map(Some).ok_or(Reason::UnknownAvailability)
}

/// Yes or no in a column of its own; shops put other words there too.
///
/// # Errors
/// Where it is neither.
pub(super) fn flag(text: &str) -> Result<Availability, Reason> {
    let is_in = match enums::yes_no(text) {
        Ok(Some(is_in)) => is_in,
        Ok(None) | Err(_) => match amount::whole(text) {
            Ok(count) => count > 0,
            Err(_) => return word(text)?.ok_or(Reason::UnknownAvailability),
        },
    };
    Ok(if is_in { Availability::InStock } else { Availability::OutOfStock })
}

/// What a count of units comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stock {
    /// So many; below zero is zero.
    Units(u32),
    /// A word stands where the count should be.
    Word(Availability),
}

/// Units on hand: "5", "5.0000", "-2", ">10", "10+", "1 200", "3 szt.".
///
/// # Errors
/// Where it is neither a number nor a word for availability.
pub(super) fn stock(text: &str) -> Result<Stock, Reason> {
    if let Ok(count) = amount::whole(text) {
        return Ok(Stock::Units(u32::try_from(count.max(0)).unwrap_or(u32::MAX)));
    }
    let text = text.trim().to_lowercase();
    if let Some(units) = units(&text) {
        return Ok(Stock::Units(units));
    }
    match word(&text) {
        Ok(Some(availability)) => Ok(Stock::Word(availability)),
        Ok(None) | Err(_) => Err(Reason::UnreadableStock),
    }
}

/// The whole units of a number with something around it. What is sold by weight has parts of units.
fn units(text: &str) -> Option<u32> {
    let text = UNITS.iter().find_map(|unit| text.trim_end_matches('.').strip_suffix(unit)).unwrap_or(text);
    let text = text.trim().trim_start_matches(['>', '≥', '=', '~']).trim_end_matches('+');
    let (is_negative, text) = text.trim().strip_prefix(['-', '−']).map_or((false, text.trim()), |text| (true, text));
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'')).collect();
    let (whole, parts) = digits.split_once(['.', ',']).unwrap_or((&digits, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(parts) {
        return None;
    }
    // More than can be counted is enough.
    Some(if is_negative { 0 } else { whole.parse().unwrap_or(u32::MAX) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_the_languages_of_feeds() {
        let check = |words: &[&str], expected: Availability| {
            for text in words {
                assert_eq!(word(text), Ok(Some(expected)), "{text}");
            }
        };
        check(
            &[
                "in stock",
                "In_Stock",
                "https://schema.org/InStock",
                "http://schema.org/LimitedAvailability",
                "OnlineOnly",
                "Dostępny",
            ],
            Availability::InStock,
        );
        check(
            &[
                "out-of-stock",
                "SoldOut",
                "sold out",
                "discontinued",
                "https://schema.org/Discontinued",
                "https://schema.org/OutOfStock/",
                "http://schema.org/InStoreOnly",
                "Niedostępny",
                "brak",
                "Нет в наличии",
                "ausverkauft",
                "draft",
            ],
            Availability::OutOfStock,
        );
        check(&["preorder", "https://schema.org/PreOrder", "presale"], Availability::Preorder);
        check(
            &["backorder", "https://schema.org/BackOrder", "made-to-order", "https://schema.org/MadeToOrder"],
            Availability::Backorder,
        );
        assert_eq!([word(""), word("  ")], [Ok(None), Ok(None)]);
        let flags = ["yes", "0", "-1", "3", "backorder", "TRUE"].map(|text| flag(text).unwrap());
        let [yes, no] = [Availability::InStock, Availability::OutOfStock];
        assert_eq!(flags, [yes, no, no, yes, Availability::Backorder, yes]);
        for text in ["-1", "perhaps", "https://schema.org/Unheard", "https://example.org/InStock", "coming soon", "2"] {
            assert_eq!(word(text), Err(Reason::UnknownAvailability), "{text}");
        }
    }

    #[test]
    fn below_zero_is_zero_and_what_is_no_count_is_refused() {
        let check = |text: &str, expected: u32| assert_eq!(stock(text), Ok(Stock::Units(expected)), "{text}");
        check("5", 5);
        check("5.0000", 5);
        check("-2", 0);
        check("-2.00", 0);
        check("−2", 0);
        check("0", 0);
        check("> 10", 10);
        check("10+", 10);
        check("1 200", 1_200);
        check("3 szt.", 3);
        check("12,5", 12);
        check("0.7", 0);
        check("99999999999", u32::MAX);
        assert_eq!(stock("brak"), Ok(Stock::Word(Availability::OutOfStock)));
        assert_eq!(stock("in stock"), Ok(Stock::Word(Availability::InStock)));
        for text in ["many", "?", "-", "1e3", "NaN", "N/A", "5-10"] {
            assert_eq!(stock(text), Err(Reason::UnreadableStock), "{text}");
        }
    }
}
