//! Flat rows of a catalogue, one a variant, and how they become products.
//!
//! Rows of one product need not stand together, so all of the catalogue is held in memory until the file ends: about 1 kB a
//! variant with its texts. Events are never held like this.

use std::{collections::BTreeMap, mem, sync::Arc};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    domain::{
        Id, Locale, Timestamp,
        catalog::{Attribute, Audience, Garment, Product, Text, Variant},
        limits::MAX_VARIANTS,
    },
    import::unread::{LineError, Parsed, Reason, Unread},
};

/// One row of a catalogue.
#[derive(Debug, Clone)]
pub struct Item {
    /// The product it belongs to.
    pub product: Id,
    /// What it says of the product as such.
    pub about: About,
    /// `None`: the row speaks of the product only, and what it says wins over its variants' rows.
    pub variant: Option<Variant>,
}

/// What a row says of the product as such: fields of `Product` and `Text`.
#[derive(Debug, Clone)]
pub struct About {
    pub locale: Locale,
    pub title: Arc<str>,
    pub description: Arc<str>,
    pub brand: Arc<str>,
    pub category_path: Vec<Arc<str>>,
    pub garment: Option<Garment>,
    pub audience: Option<Audience>,
    pub image_uri: Arc<str>,
    pub replenish_days: Option<u32>,
    pub available_since: Timestamp,
    pub attributes: Vec<Attribute>,
}

/// What a variant's id met a second time means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// A mistake: the first row stands, the others are refused.
    #[default]
    Refuse,
    /// The file is no catalogue but a record of sales: the title and the price that most rows give, and the first time.
    MostFrequent,
}

/// Products out of their rows: refusals as they are met, then the products in the order of their first rows. Where the file
/// breaks, the product of the last row is refused: nobody knows how many more of its variants would have followed.
pub fn products<I>(mut items: I, repeats: Repeats) -> impl Iterator<Item = Result<Parsed<Product>, Unread>>
where
    I: Iterator<Item = Result<Parsed<Item>, Unread>>,
{
    let mut groups = Some(Groups { repeats, ..Groups::default() });
    let mut done = Vec::new().into_iter();
    std::iter::from_fn(move || {
        if let Some(groups) = &mut groups {
            for item in items.by_ref() {
                if let Err(unread) = item.and_then(|item| groups.add(item).map_err(Unread::from)) {
                    groups.broken |= matches!(unread, Unread::Broken(_));
                    return Some(Err(unread));
                }
            }
        }
        if let Some(groups) = groups.take() {
            done = groups.finish().into_iter();
        }
        done.next()
    })
}

#[derive(Default)]
struct Groups {
    repeats: Repeats,
    by_id: FxHashMap<Id, usize>,
    all: Vec<Group>,
    /// Of the last row, in `all`.
    last: Option<usize>,
    broken: bool,
}

struct Group {
    line: u64,
    rows: u64,
    id: Id,
    about: About,
    about_is_own: bool,
    variants: Vec<Variant>,
    ids: FxHashSet<Id>,
    votes: Votes,
    warnings: Vec<LineError>,
}

/// How many rows gave which value; the later one wins a tie.
#[derive(Default)]
struct Votes {
    titles: BTreeMap<Arc<str>, (u64, u64)>,
    prices: BTreeMap<(Id, i64), (u64, u64)>,
}

impl Groups {
    fn add(&mut self, item: Parsed<Item>) -> Result<(), LineError> {
        let Parsed { line, value: Item { product, about, variant }, warnings, .. } = item;
        let at = *self.by_id.entry(product.clone()).or_insert(self.all.len());
        if at == self.all.len() {
            self.all.push(Group {
                line,
                rows: 0,
                id: product,
                about: about.clone(),
                about_is_own: false,
                variants: Vec::new(),
                ids: FxHashSet::default(),
                votes: Votes::default(),
                warnings: Vec::new(),
            });
        }
        self.last = Some(at);
        let group = &mut self.all[at];
        group.warnings.extend(warnings);
        let Some(variant) = variant else {
            group.rows += 1;
            group.about = about;
            group.about_is_own = true;
            return Ok(());
        };
        if !group.ids.insert(variant.id.clone()) {
            return match self.repeats {
                Repeats::Refuse => {
                    Err(LineError::new(line, "the variant's id", variant.id.as_str(), Reason::RepeatedVariant))
                }
                Repeats::MostFrequent => {
                    group.vote(line, &about, &variant);
                    Ok(())
                }
            };
        }
        if group.variants.len() == MAX_VARIANTS {
            let reason = Reason::TooManyVariants(MAX_VARIANTS);
            return Err(LineError::new(line, "the product", group.id.as_str(), reason));
        }
        if self.repeats == Repeats::MostFrequent {
            group.vote(line, &about, &variant);
        } else {
            group.rows += 1;
        }
        group.variants.push(variant);
        Ok(())
    }

    fn finish(self) -> Vec<Result<Parsed<Product>, Unread>> {
        // Each row of a record of sales is all of its variant.
        let cut_off = self.last.filter(|_| self.broken && self.repeats == Repeats::Refuse);
        let groups = self.all.into_iter().enumerate();
        let products =
            groups.map(|(at, group)| if Some(at) == cut_off { Err(group.cut_off()) } else { group.product() });
        products.map(|product| product.map_err(Unread::from)).collect()
    }
}

impl Group {
    fn vote(&mut self, line: u64, about: &About, variant: &Variant) {
        self.rows += 1;
        self.about.available_since = self.about.available_since.min(about.available_since);
        if !about.title.is_empty() {
            let votes = self.votes.titles.entry(Arc::clone(&about.title)).or_default();
            *votes = (votes.0 + 1, line);
        }
        let votes = self.votes.prices.entry((variant.id.clone(), variant.price.minor)).or_default();
        *votes = (votes.0 + 1, line);
    }

    fn elect(&mut self) {
        let titles = mem::take(&mut self.votes.titles);
        if let Some((title, _)) = titles.into_iter().max_by_key(|(_, votes)| *votes) {
            self.about.title = title;
        }
        for variant in &mut self.variants {
            let prices = self.votes.prices.range((variant.id.clone(), i64::MIN)..=(variant.id.clone(), i64::MAX));
            if let Some(((_, price), _)) = prices.max_by_key(|(_, votes)| **votes) {
                variant.price.minor = *price;
            }
        }
    }

    fn cut_off(self) -> LineError {
        LineError::new(self.line, "the product", self.id.as_str(), Reason::CutOff)
    }

    fn product(mut self) -> Result<Parsed<Product>, LineError> {
        self.elect();
        let Self { line, rows, id, about, about_is_own, variants, warnings, .. } = self;
        if variants.is_empty() {
            return Err(LineError::new(line, "the product", id.as_str(), Reason::NoVariants));
        }
        let title = if about_is_own { about.title } else { shared_title(&about.title, &variants[0]) };
        if title.is_empty() {
            return Err(LineError::new(line, "the title of product", id.as_str(), Reason::Missing));
        }
        let value = Product {
            id,
            texts: vec![Text { locale: about.locale, title, description: about.description }],
            brand: about.brand,
            category_path: about.category_path,
            garment: about.garment,
            audience: about.audience,
            variants,
            image_uri: about.image_uri,
            replenish_days: about.replenish_days,
            available_since: about.available_since,
            attributes: about.attributes,
        };
        Ok(Parsed::rows(line, rows, value).with_warnings(warnings))
    }
}

/// A variant's title without its size and colour at the end: "Teton Hoodie - M, Black" -> "Teton Hoodie".
fn shared_title(title: &Arc<str>, variant: &Variant) -> Arc<str> {
    let mut left: &str = title;
    loop {
        let end = left.trim_end_matches([' ', '-', '–', ',', '/', '(', ')', '|']);
        let shorter = [&variant.size, &variant.color].into_iter().find_map(|part| without_last(end, part));
        match shorter {
            // Nothing else left: the size or colour is the title.
            Some(shorter) if !shorter.trim().is_empty() => left = shorter,
            _ => break,
        }
    }
    if left.len() == title.len() {
        return Arc::clone(title);
    }
    left.trim_end_matches([' ', '-', '–', ',', '/', '(', '|']).into()
}

/// The text before `part`, where it ends with it as a word of its own.
fn without_last<'a>(text: &'a str, part: &str) -> Option<&'a str> {
    if part.is_empty() {
        return None;
    }
    let at = text.len().checked_sub(part.len())?;
    let (before, end) = (text.get(..at)?, text.get(at..)?);
    let own_word = before.ends_with([' ', '-', '–', ',', '/', '(', '|']);
    (own_word && end.to_lowercase() == part.to_lowercase()).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Money, catalog::Availability},
        import::unread::Break,
    };

    pub(crate) fn variant(id: &str, size: &str, color: &str, minor: i64) -> Variant {
        Variant {
            id: Id::new(id).unwrap(),
            size: size.into(),
            size_system: None,
            color: color.into(),
            price: Money { minor, currency: "EUR".parse().unwrap() },
            original_price: None,
            sale: None,
            stock: None,
            availability: Availability::InStock,
            image_uri: "".into(),
            attributes: Vec::new(),
            changed: Timestamp(0),
            back_since: None,
        }
    }

    fn item(line: u64, product: &str, title: &str, variant: Option<Variant>) -> Parsed<Item> {
        let about = About {
            locale: Locale::ENGLISH,
            title: title.into(),
            description: "".into(),
            brand: "".into(),
            category_path: Vec::new(),
            garment: None,
            audience: None,
            image_uri: "".into(),
            replenish_days: None,
            available_since: Timestamp(i64::try_from(100 - line).unwrap()),
            attributes: Vec::new(),
        };
        Parsed::row(line, Item { product: Id::new(product).unwrap(), about, variant })
    }

    fn show(items: Vec<Parsed<Item>>, repeats: Repeats) -> Vec<String> {
        products(items.into_iter().map(Ok), repeats)
            .map(|product| match product {
                Ok(Parsed { line, rows, value, .. }) => {
                    let variants: Vec<String> =
                        value.variants.iter().map(|v| format!("{}@{}", v.id, v.price.minor)).collect();
                    format!("{line} x{rows} {} {:?} {}", value.id, value.texts[0].title, variants.join(" "))
                }
                Err(Unread::Refused(error)) => error.to_string(),
                Err(other) => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn rows_that_do_not_stand_together_make_one_product() {
        let items = vec![
            item(2, "p", "Hoodie - M, Black", Some(variant("p1", "M", "black", 100))),
            item(3, "q", "Mug", Some(variant("q", "", "", 5))),
            item(4, "p", "Hoodie - L, Black", Some(variant("p2", "L", "black", 120))),
            item(5, "p", "Hoodie again", Some(variant("p2", "L", "black", 130))),
            item(6, "r", "Nothing to buy", None),
        ];
        assert_eq!(
            show(items, Repeats::Refuse),
            [
                "line 5: the variant's id \"p2\" was there before: each variant of a product must have its own id",
                "2 x2 p \"Hoodie\" p1@100 p2@120",
                "3 x1 q \"Mug\" q@5",
                "line 6: the product \"r\" has no variants",
            ]
        );
    }

    #[test]
    fn a_row_of_the_product_itself_wins_over_its_variants() {
        let items = vec![
            item(2, "p", "Hoodie-M-Black", Some(variant("p1", "M", "Black", 100))),
            item(3, "p", "The Hoodie M", None),
        ];
        assert_eq!(show(items, Repeats::Refuse), ["2 x2 p \"The Hoodie M\" p1@100"]);
    }

    #[test]
    fn of_sales_the_most_frequent_title_and_price_are_taken() {
        let rows = [("damaged", 0), ("Mug", 250), ("Mug", 299), ("", 250), ("Cup", 299)];
        let items =
            (2..).zip(rows).map(|(line, (title, price))| item(line, "m", title, Some(variant("m", "", "", price))));
        assert_eq!(show(items.collect(), Repeats::MostFrequent), ["2 x5 m \"Mug\" m@299"]);
    }

    #[test]
    fn of_a_broken_file_the_last_product_is_refused_and_of_broken_sales_none() {
        let broken = || Err(Unread::Broken(Break { after_line: 4, byte: None, reason: "cut".into() }));
        let rows = [(2, "p", "p1"), (3, "q", "q1"), (4, "q", "q2")];
        let items = || {
            let rows = rows.map(|(line, product, id)| item(line, product, "T", Some(variant(id, "", "", 1))));
            rows.into_iter().map(Ok).chain([broken()])
        };
        let seen: Vec<_> = products(items(), Repeats::Refuse).collect();
        let [Err(Unread::Broken(_)), Ok(whole), Err(Unread::Refused(error))] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!(whole.value.id.as_str(), "p");
        assert_eq!(
            error.to_string(),
            "line 3: the product \"q\" was being read where the file breaks, and more of it may follow: it stays as it was"
        );
        assert_eq!(products(items(), Repeats::MostFrequent).flatten().count(), 2);
    }

    #[test]
    fn titles_lose_size_and_colour_only_as_whole_words_at_the_end() {
        let check = |title: &str, size, color, expected: &str| {
            assert_eq!(&*shared_title(&title.into(), &variant("v", size, color, 1)), expected);
        };
        check("Tee-XS-Black", "XS", "Black", "Tee");
        check("Tee (Black, XS)", "XS", "Black", "Tee");
        check("Little Black Dress", "S", "Black", "Little Black Dress");
        check("Jeans", "S", "", "Jeans");
        check("Black", "", "Black", "Black");
        check("Buty zimowe – 41", "41", "", "Buty zimowe");
    }
}
