//! What shops call the size, the colour and the like where they choose the names themselves: options and parameters.

use super::offer::{Field, Offer};

const NAMES: [(&[&str], Field); 6] = [
    (
        &[
            "size",
            "rozmiar",
            "размер",
            "größe",
            "grösse",
            "groesse",
            "taille",
            "talla",
            "taglia",
            "tamanho",
            "velikost",
            "veľkosť",
            "méret",
            "maat",
            "storlek",
            "størrelse",
            "mărime",
            "розмір",
            "rozmiar buta",
            "rozmiar obuwia",
            "размер обуви",
            "размер одежды",
            "clothing size",
            "shoe size",
        ],
        Field::Size,
    ),
    (
        &[
            "color",
            "colour",
            "kolor",
            "цвет",
            "farbe",
            "couleur",
            "colore",
            "cor",
            "barva",
            "farba",
            "szín",
            "kleur",
            "färg",
            "culoare",
            "колір",
        ],
        Field::Color,
    ),
    (
        &[
            "brand",
            "producent",
            "marka",
            "vendor",
            "manufacturer",
            "производитель",
            "бренд",
            "hersteller",
            "marke",
            "výrobce",
        ],
        Field::Brand,
    ),
    (&["gender", "sex", "płeć", "пол", "geschlecht", "dla kogo"], Field::Audience),
    (&["group_id", "item_group_id", "grupa", "id grupy", "grupa produktów", "model_id"], Field::Product),
    (&["age_group", "grupa wiekowa"], Field::AgeGroup),
];

/// The field that an option of this name fills.
pub(super) fn field(name: &str) -> Option<Field> {
    let small = name.trim().trim_end_matches(':').to_lowercase();
    NAMES.iter().find(|(names, _)| names.contains(&small.as_str())).map(|(_, field)| *field)
}

/// Gives the offer what an option says: its own field where it has one, else an attribute by its name.
pub(super) fn add<'a>(offer: &mut Offer<'a>, name: &'a str, text: &'a str) {
    match field(name) {
        Some(field) => offer.set(field, name, text),
        None => offer.add_to_product(name, text),
    }
}

/// Several sizes in one field: "S, M, L", "36;38;40". One size with a decimal comma is one.
pub(super) fn sizes(text: &str) -> Vec<&str> {
    /// Longer ones are sentences.
    const LONGEST: usize = 12;
    for sign in [";", "|", ", ", ","] {
        let sizes: Vec<&str> = text.split(sign).map(str::trim).filter(|size| !size.is_empty()).collect();
        let is_decimal =
            sign == "," && sizes.iter().any(|size| size.len() == 1 && size.bytes().all(|byte| byte.is_ascii_digit()));
        if sizes.len() > 1 && !is_decimal && sizes.iter().all(|size| size.chars().count() <= LONGEST) {
            return sizes;
        }
    }
    vec![text]
}

/// One offer for each of its sizes: where there are several, each is a variant of its own.
pub(super) fn one_a_size<'a>(offer: Offer<'a>, sizes: &[&'a str]) -> Vec<Offer<'a>> {
    let (id, product) = (offer.text(Field::Variant).to_owned(), offer.text(Field::Product).to_owned());
    let mut sizes = sizes.to_vec();
    sizes.dedup();
    if sizes.len() < 2 || id.is_empty() {
        return vec![offer];
    }
    let product = if product.is_empty() { id.clone() } else { product };
    let with_size = |size: &&'a str| {
        let mut one = offer.clone();
        one.replace(Field::Variant, "id", format!("{id}-{size}"));
        one.replace(Field::Product, "id", product.clone());
        one.replace(Field::Size, "size", *size);
        one
    };
    sizes.iter().map(with_size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_sizes_are_told_from_one() {
        let check = |text: &str, expected: &[&str]| assert_eq!(sizes(text), expected, "{text}");
        check("S, M, L", &["S", "M", "L"]);
        check("36;38;40", &["36", "38", "40"]);
        check("40,41,42", &["40", "41", "42"]);
        check("S,M", &["S", "M"]);
        check("37,5", &["37,5"]);
        check("M", &["M"]);
        check("", &[""]);
        check("dopasowany, zobacz tabelę rozmiarów", &["dopasowany, zobacz tabelę rozmiarów"]);
    }
}
