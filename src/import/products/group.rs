//! Flat rows of a catalogue, one a variant, and how they become products.
//!
//! Rows of one product need not stand together, so all of the catalogue is held in memory until the file ends: about 1 kB a
//! variant with its texts. Events are never held like this.
//!
//! A row that was refused and whose id could be read speaks of a variant that is not to be sold: it is withheld.

use std::{collections::BTreeMap, mem, sync::Arc};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    domain::{
        Id, Locale, Timestamp,
        catalog::{Attribute, Audience, Availability, Garment, Product, Text, Variant},
        limits::MAX_VARIANTS,
    },
    import::row_error::{LineError, Parsed, Reason, Unread},
};

use super::{
    categories::{Categories, Separator},
    titles::{SharedTitle, without_variant},
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
    /// As the file writes it; empty where it is given as a path, or not at all.
    pub category: Arc<str>,
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

/// A row that gave no item.
#[derive(Debug)]
pub struct Missed {
    /// Why the row could not be read.
    unread: Unread,
    /// Of which product and variant it spoke, where that can be read.
    of: Option<(Id, Id)>,
}

impl Missed {
    /// Of this variant of this product.
    pub fn of(product: Id, variant: Id, error: LineError) -> Self {
        Self { unread: error.into(), of: Some((product, variant)) }
    }
}

impl From<Unread> for Missed {
    fn from(unread: Unread) -> Self {
        let unread = match unread {
            Unread::Refused(error) => Unread::Nameless(error),
            other => other,
        };
        Self { unread, of: None }
    }
}

impl From<LineError> for Missed {
    fn from(error: LineError) -> Self {
        Self { unread: Unread::Nameless(error), of: None }
    }
}

/// What a file says of one product.
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its id.
    pub id: Id,
    /// `None` where every row of it was refused.
    pub product: Option<Product>,
    /// Variants whose rows were refused: not to be sold.
    pub withheld: Vec<Id>,
}

/// Products out of their rows: refusals as they are met, then the products in the order of their first rows. Where the file
/// breaks, the product of the last row is refused: nobody knows how many more of its variants would have followed.
pub fn products<I>(
    mut items: I,
    repeats: Repeats,
    categories: Categories,
) -> impl Iterator<Item = Result<Parsed<Listing>, Unread>>
where
    I: Iterator<Item = Result<Parsed<Item>, Missed>>,
{
    let mut groups = Some(Groups { repeats, categories, ..Groups::default() });
    let mut done = None;
    std::iter::from_fn(move || {
        if let Some(groups) = &mut groups {
            for item in items.by_ref() {
                let unread = match item {
                    Ok(item) => groups.add(item).err().map(Unread::from),
                    Err(missed) => Some(groups.miss(missed)),
                };
                if let Some(unread) = unread {
                    groups.broken |= matches!(unread, Unread::Broken(_));
                    return Some(Err(unread));
                }
            }
        }
        if let Some(groups) = groups.take() {
            done = Some(groups.finish());
        }
        done.as_mut()?.next()
    })
}

#[derive(Default)]
struct Groups {
    repeats: Repeats,
    categories: Categories,
    by_id: FxHashMap<Id, usize>,
    all: Vec<Group>,
    /// Of the last row, in `all`.
    last: Option<usize>,
    broken: bool,
}

struct Group {
    line: u64,
    rows: u64,
    warnings: Vec<LineError>,
    id: Id,
    /// `None` while every row was refused.
    about: Option<About>,
    about_is_own: bool,
    title: SharedTitle,
    variants: Vec<Variant>,
    ids: FxHashSet<Id>,
    withheld: Vec<Id>,
    votes: Votes,
}

/// How many rows gave which value; the later one wins a tie.
#[derive(Default)]
struct Votes {
    titles: BTreeMap<Arc<str>, (u64, u64)>,
    prices: BTreeMap<(Id, i64), (u64, u64)>,
}

impl Groups {
    fn group(&mut self, product: &Id, line: u64) -> &mut Group {
        let at = *self.by_id.entry(product.clone()).or_insert(self.all.len());
        if at == self.all.len() {
            self.all.push(Group::new(product.clone(), line));
        }
        self.last = Some(at);
        &mut self.all[at]
    }

    fn miss(&mut self, missed: Missed) -> Unread {
        if let (Some((product, variant)), Unread::Refused(error)) = (missed.of, &missed.unread) {
            self.group(&product, error.line).withheld.push(variant);
        }
        missed.unread
    }

    fn add(&mut self, item: Parsed<Item>) -> Result<(), LineError> {
        let repeats = self.repeats;
        let Parsed { line, value: Item { product, about, variant }, warnings, .. } = item;
        let group = self.group(&product, line);
        group.warnings.extend(warnings);
        let Some(mut variant) = variant else {
            group.rows += 1;
            group.about = Some(about);
            group.about_is_own = true;
            return Ok(());
        };
        if repeats == Repeats::Refuse && group.ids.contains(&variant.id) {
            group.tell_apart(&mut variant, line);
        }
        if !group.ids.insert(variant.id.clone()) {
            return match repeats {
                Repeats::Refuse => {
                    group.withhold_unless_sellable(&variant);
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
        if repeats == Repeats::MostFrequent {
            group.vote(line, &about, &variant);
        } else {
            group.rows += 1;
            group.title.take_in(&about.title);
        }
        if group.about.is_none() {
            group.about = Some(about);
        }
        group.push(variant);
        Ok(())
    }

    /// One after another, so that no product stands in memory twice.
    fn finish(self) -> impl Iterator<Item = Result<Parsed<Listing>, Unread>> {
        let Self { repeats, categories, all, last, broken, .. } = self;
        // Each row of a record of sales is all of its variant.
        let cut_off = last.filter(|_| broken && repeats == Repeats::Refuse);
        let written = all.iter().filter_map(|group| Some(&*group.about.as_ref()?.category));
        let separator = categories.separator(written);
        all.into_iter().enumerate().flat_map(move |(at, group)| {
            let mut listings = Vec::with_capacity(1);
            if Some(at) == cut_off {
                listings.push(Err(group.cut_off().into()));
            } else {
                group.list(&categories, &separator, &mut listings);
            }
            listings
        })
    }
}

impl Group {
    fn new(id: Id, line: u64) -> Self {
        Self {
            line,
            rows: 0,
            warnings: Vec::new(),
            id,
            about: None,
            about_is_own: false,
            title: SharedTitle::default(),
            variants: Vec::new(),
            ids: FxHashSet::default(),
            withheld: Vec::new(),
            votes: Votes::default(),
        }
    }

    /// What the variant before says alike is kept once: all of a catalogue stands in memory.
    fn push(&mut self, mut variant: Variant) {
        if let Some(before) = self.variants.last() {
            for (own, other) in [(&mut variant.image_uri, &before.image_uri), (&mut variant.color, &before.color)] {
                if *own == *other {
                    *own = Arc::clone(other);
                }
            }
        }
        self.variants.push(variant);
    }

    /// Shops give one SKU to several sizes. Then the size and the colour belong to the id, since the shop has no other.
    fn tell_apart(&mut self, variant: &mut Variant, line: u64) {
        let is_other = |known: &Variant| known.size != variant.size || known.color != variant.color;
        let of_id = self.variants.iter().find(|known| known.id == variant.id);
        if !of_id.is_some_and(is_other) {
            return;
        }
        let parts = [variant.id.as_str(), &variant.size, &variant.color];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let Some(id) = Id::new(parts.join("-")).ok().filter(|id| *id != variant.id) else { return };
        self.warnings.push(LineError::new(line, "the variant's id", variant.id.as_str(), Reason::SharedId));
        variant.id = id;
    }

    /// Rows that contradict each other: a variant of which one of them says that it can't be sold is not.
    fn withhold_unless_sellable(&mut self, repeated: &Variant) {
        if repeated.sellable() {
            return;
        }
        if let Some(known) = self.variants.iter_mut().find(|known| known.id == repeated.id) {
            known.availability = Availability::OutOfStock;
        }
    }

    fn vote(&mut self, line: u64, about: &About, variant: &Variant) {
        self.rows += 1;
        if let Some(first) = &mut self.about {
            first.available_since = first.available_since.min(about.available_since);
        }
        if !about.title.is_empty() {
            let votes = self.votes.titles.entry(Arc::clone(&about.title)).or_default();
            *votes = (votes.0 + 1, line);
        }
        let votes = self.votes.prices.entry((variant.id.clone(), variant.price.minor)).or_default();
        *votes = (votes.0 + 1, line);
    }

    /// The price that most rows give, and the title.
    fn elect(&mut self) -> Option<Arc<str>> {
        for variant in &mut self.variants {
            let prices = self.votes.prices.range((variant.id.clone(), i64::MIN)..=(variant.id.clone(), i64::MAX));
            if let Some(((_, price), _)) = prices.max_by_key(|(_, votes)| **votes) {
                variant.price.minor = *price;
            }
        }
        let titles = mem::take(&mut self.votes.titles);
        titles.into_iter().max_by_key(|(_, votes)| *votes).map(|(title, _)| title)
    }

    fn cut_off(self) -> LineError {
        LineError::new(self.line, "the product", self.id.as_str(), Reason::CutOff)
    }

    /// What the product is called: by its own row, else by what the titles of its variants share.
    fn title(&mut self, own: &Arc<str>) -> Arc<str> {
        if let Some(title) = self.elect() {
            return without_variant(&title, &self.variants);
        }
        if self.about_is_own && !own.is_empty() {
            return Arc::clone(own);
        }
        mem::take(&mut self.title).finish(&self.variants)
    }

    fn not_sold(self, withheld: Vec<Id>) -> Parsed<Listing> {
        Parsed::rows(self.line, 0, Listing { id: self.id, product: None, withheld })
    }

    fn list(
        mut self,
        categories: &Categories,
        separator: &Separator,
        listings: &mut Vec<Result<Parsed<Listing>, Unread>>,
    ) {
        let mut withheld = mem::take(&mut self.withheld);
        withheld.retain(|id| !self.ids.contains(id));
        let Some(about) = self.about.take() else {
            return listings.push(Ok(self.not_sold(withheld)));
        };
        if self.variants.is_empty() {
            let error = LineError::new(self.line, "the product", self.id.as_str(), Reason::NoVariants);
            return listings.push(if withheld.is_empty() { Err(error.into()) } else { Ok(self.not_sold(withheld)) });
        }
        let title = self.title(&about.title);
        if title.is_empty() {
            let error = LineError::new(self.line, "the title of product", self.id.as_str(), Reason::Missing);
            listings.push(Err(error.into()));
            withheld.extend(mem::take(&mut self.variants).into_iter().map(|variant| variant.id));
            return listings.push(Ok(self.not_sold(withheld)));
        }
        // Beside variants with sizes, a row with the product's own id and none is not a size that fits everybody.
        if self.variants.iter().any(|variant| !variant.size.is_empty()) {
            self.variants.retain(|variant| variant.id != self.id || !variant.size.is_empty());
        }
        let mut warnings = self.warnings;
        let category_path = if about.category.is_empty() {
            about.category_path
        } else {
            categories.path(&about.category, separator).unwrap_or_else(|reason| {
                warnings.push(LineError::new(self.line, "the category", &about.category, reason));
                Vec::new()
            })
        };
        let product = Product {
            id: self.id.clone(),
            texts: vec![Text { locale: about.locale, title, description: about.description }],
            brand: about.brand,
            category_path,
            garment: about.garment,
            audience: about.audience,
            variants: self.variants,
            image_uri: about.image_uri,
            replenish_days: about.replenish_days,
            available_since: about.available_since,
            attributes: about.attributes,
        };
        let value = Listing { id: self.id, product: Some(product), withheld };
        listings.push(Ok(Parsed { line: self.line, rows: self.rows, value, warnings }));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        domain::{Money, catalog::Availability},
        import::row_error::Break,
    };

    pub(in crate::import::products) fn variant(id: &str, size: &str, color: &str, minor: i64) -> Variant {
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
            category: "".into(),
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
        products(items.into_iter().map(Ok), repeats, Categories::default())
            .map(|product| match product {
                Ok(Parsed { line, rows, value: Listing { product: Some(value), .. }, .. }) => {
                    let variants: Vec<String> =
                        value.variants.iter().map(|v| format!("{}@{}", v.id, v.price.minor)).collect();
                    format!("{line} x{rows} {} {:?} {}", value.id, value.texts[0].title, variants.join(" "))
                }
                Err(Unread::Refused(error)) => error.to_string(),
                other => format!("{other:?}"),
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
    fn a_variant_that_one_of_its_rows_says_is_gone_is_not_sold() {
        let check = |stocks: [u32; 2], sold: bool| {
            let row =
                |line, stock| item(line, "p", "T", Some(Variant { stock: Some(stock), ..variant("p1", "M", "", 1) }));
            let rows = [row(2, stocks[0]), row(3, stocks[1])].into_iter().map(Ok);
            let seen: Vec<_> = products(rows, Repeats::Refuse, Categories::default()).collect();
            let [Err(Unread::Refused(error)), Ok(listing)] = &seen[..] else { panic!("{seen:?}") };
            assert_eq!(error.reason, Reason::RepeatedVariant);
            assert_eq!(listing.value.product.as_ref().unwrap().variants[0].sellable(), sold, "{stocks:?}");
        };
        check([5, 0], false);
        check([0, 5], false);
        check([5, 4], true);
    }

    #[test]
    fn one_id_for_several_sizes_is_told_apart_by_them() {
        let sizes = [("S", "red"), ("M", "red"), ("M", "red"), ("", "")];
        let rows =
            (2..).zip(sizes).map(|(line, (size, color))| item(line, "p", "T", Some(variant("p1", size, color, 1))));
        let own = item(9, "p", "T", Some(variant("p", "", "", 1)));
        assert_eq!(
            show(rows.chain([own]).collect(), Repeats::Refuse),
            [
                "line 4: the variant's id \"p1-M-red\" was there before: each variant of a product must have its own id",
                "line 5: the variant's id \"p1\" was there before: each variant of a product must have its own id",
                "2 x3 p \"T\" p1@1 p1-M-red@1",
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
        let broken = || Err(Missed::from(Unread::Broken(Break { after_line: 4, byte: None, reason: "cut".into() })));
        let rows = [(2, "p", "p1"), (3, "q", "q1"), (4, "q", "q2")];
        let items = || {
            let rows = rows.map(|(line, product, id)| item(line, product, "T", Some(variant(id, "", "", 1))));
            rows.into_iter().map(Ok).chain([broken()])
        };
        let seen: Vec<_> = products(items(), Repeats::Refuse, Categories::default()).collect();
        let [Err(Unread::Broken(_)), Ok(whole), Err(Unread::Refused(error))] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!(whole.value.id.as_str(), "p");
        assert_eq!(
            error.to_string(),
            "line 3: the product \"q\" was being read where the file breaks, and more of it may follow: it stays as it was"
        );
        assert_eq!(products(items(), Repeats::MostFrequent, Categories::default()).flatten().count(), 2);
    }
}
