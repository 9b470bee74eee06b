//! How much the words and the price of a product are like those of what she has: tf-idf and cosine (Salton and Buckley 1988).
//!
//! Words need no sale, so that it speaks of new products, too. It brings no candidates: it would have to look at every product
//! for that, and what is worded alike without selling ranks low.

use std::{cell::RefCell, sync::Arc};

use rustc_hash::FxHashMap;

use crate::domain::{
    catalog::{ProductIx, Row, Snapshot},
    recommend::{Evidence, RequestContext, Source, SourceError},
};
use crate::models::data::{
    item_index::{Item, ItemIndex},
    recent_facts::lines_of_cart,
    user_items::aged,
};

/// Likeness to all she has, to her last order, and how far its price is from those she pays, as a logarithm; the same likeness and
/// distance to what lies in the cart or is in view.
const SIGNALS: [&str; 5] = ["words", "last_words", "price", "cart_words", "cart_price"];
/// Products of hers that count, the newest.
const LONGEST: usize = 200;
/// Letters of a word at least.
const LETTERS: usize = 2;

/// The words of each product, and its price.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wording {
    starts: Vec<u32>,
    /// Words with their weight; each product's have the length one.
    words: Vec<(u32, f32)>,
    count: usize,
    /// As a logarithm; NaN where it has none.
    prices: Vec<f32>,
}

impl Wording {
    /// Reads the texts of products by item; `prices` in any one currency, or empty.
    pub fn of(texts: &[String], prices: &[f32]) -> Self {
        let mut numbers: FxHashMap<String, u32> = FxHashMap::default();
        let mut products: Vec<Vec<u32>> = Vec::with_capacity(texts.len());
        let mut holders: Vec<f32> = Vec::new();
        for text in texts {
            let mut words = Vec::new();
            for word in text.to_lowercase().split(|letter: char| !letter.is_alphanumeric()) {
                if word.chars().count() < LETTERS {
                    continue;
                }
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                words.push(*numbers.entry(word.to_owned()).or_insert(next));
            }
            words.sort_unstable();
            words.dedup();
            holders.resize(numbers.len(), 0.0);
            for word in &words {
                holders[*word as usize] += 1.0;
            }
            products.push(words);
        }
        #[expect(clippy::cast_precision_loss, reason = "products")]
        let all = texts.len() as f32;
        let mut wording = Self { starts: vec![0], count: holders.len(), ..Self::default() };
        for words in products {
            let weights: Vec<f32> = words.iter().map(|word| (all / holders[*word as usize]).ln()).collect();
            let length = weights.iter().map(|weight| weight * weight).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            wording.words.extend(words.into_iter().zip(weights).map(|(word, weight)| (word, weight / length)));
            wording.starts.push(u32::try_from(wording.words.len()).unwrap_or(u32::MAX));
        }
        wording.prices = prices.iter().map(|price| if *price > 0.0 { price.ln() } else { f32::NAN }).collect();
        wording
    }

    /// Reads the titles, brands and categories of today's catalogue, and what products cost.
    pub fn of_catalog(vocabulary: &ItemIndex, catalog: &Snapshot) -> Self {
        let rows = || vocabulary.products().iter().map(|product| catalog.get(*product));
        let texts: Vec<String> = rows().map(|row| row.map_or_else(String::new, text)).collect();
        #[expect(clippy::cast_precision_loss, reason = "a logarithm follows")]
        let price = |row: Option<&Row>| row.and_then(Row::regular_price).map_or(0.0, |price| price.minor as f32);
        Self::of(&texts, &rows().map(price).collect::<Vec<_>>())
    }

    fn words(&self, item: Item) -> &[(u32, f32)] {
        let bounds = self.starts.get(item as usize).zip(self.starts.get(item as usize + 1));
        bounds.map_or(&[], |(from, to)| &self.words[*from as usize..*to as usize])
    }

    fn price(&self, item: Item) -> Option<f32> {
        self.prices.get(item as usize).copied().filter(|price| price.is_finite())
    }
}

/// The first title, the brand and the categories.
fn text(row: &Row) -> String {
    let product = &row.product;
    let title = product.texts.first().map(|text| &*text.title);
    let words = title.into_iter().chain([&*product.brand]).chain(product.category_path.iter().map(|name| &**name));
    words.collect::<Vec<_>>().join(" ")
}

/// Words and prices, ready to be asked.
#[derive(Debug)]
pub struct Worded {
    vocabulary: Arc<ItemIndex>,
    wording: Arc<Wording>,
    /// Of her purchases, in days.
    half_life: f64,
}

#[derive(Debug, Default)]
struct Taste {
    all: Vec<f32>,
    last: Vec<f32>,
    weight: f32,
    last_weight: f32,
    price: (f32, f32),
    cart: Vec<f32>,
    cart_lines: f32,
    cart_price: (f32, f32),
}

thread_local! {
    static TASTE: RefCell<Taste> = RefCell::default();
}

impl Worded {
    /// Serves these; `half_life` is that of her purchases, in days.
    pub const fn new(vocabulary: Arc<ItemIndex>, wording: Arc<Wording>, half_life: f64) -> Self {
        Self { vocabulary, wording, half_life }
    }

    fn read(&self, context: &RequestContext<'_>, taste: &mut Taste) {
        taste.all.clear();
        taste.all.resize(self.wording.count, 0.0);
        taste.last.clear();
        taste.last.resize(self.wording.count, 0.0);
        self.read_cart(context, taste);
        (taste.weight, taste.last_weight, taste.price) = (f32::MIN_POSITIVE, f32::MIN_POSITIVE, (0.0, 0.0));
        let last = context.history.orders().next_back().map_or(0, <[_]>::len);
        for (place, line) in context.history.bought.iter().rev().enumerate().take(LONGEST) {
            let Some(item) = self.vocabulary.item(line.product) else { continue };
            let weight = aged(context.now.days_since(line.time), self.half_life);
            let words = self.wording.words(item);
            for (word, value) in words {
                taste.all[*word as usize] += weight * value;
            }
            taste.weight += weight;
            if place < last {
                for (word, value) in words {
                    taste.last[*word as usize] += value;
                }
                taste.last_weight += 1.0;
            }
            if let Some(price) = self.wording.price(item) {
                taste.price = (taste.price.0 + weight * price, taste.price.1 + weight);
            }
        }
    }

    fn read_cart(&self, context: &RequestContext<'_>, taste: &mut Taste) {
        taste.cart.clear();
        taste.cart.resize(self.wording.count, 0.0);
        (taste.cart_lines, taste.cart_price) = (f32::MIN_POSITIVE, (0.0, 0.0));
        for item in lines_of_cart(context, &self.vocabulary) {
            for (word, value) in self.wording.words(item) {
                taste.cart[*word as usize] += value;
            }
            taste.cart_lines += 1.0;
            if let Some(price) = self.wording.price(item) {
                taste.cart_price = (taste.cart_price.0 + price, taste.cart_price.1 + 1.0);
            }
        }
    }

    fn signals_of(&self, item: Item, taste: &Taste) -> [f32; SIGNALS.len()] {
        let words = self.wording.words(item);
        let along = |taste: &[f32]| words.iter().map(|(word, value)| taste[*word as usize] * value).sum::<f32>();
        let apart = |(sum, weight): (f32, f32)| {
            let price = self.wording.price(item).filter(|_| weight > 0.0);
            price.map_or(0.0, |price| price - sum / weight)
        };
        [
            along(&taste.all) / taste.weight,
            along(&taste.last) / taste.last_weight,
            apart(taste.price),
            along(&taste.cart) / taste.cart_lines,
            apart(taste.cart_price),
        ]
    }
}

impl Source for Worded {
    fn name(&self) -> &'static str {
        "wording"
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn brings(&self) -> bool {
        false
    }

    fn fill(
        &self,
        context: &RequestContext<'_>,
        products: &[ProductIx],
        rows: &mut [f32],
        _evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        TASTE.with_borrow_mut(|taste| {
            self.read(context, taste);
            for (product, row) in products.iter().zip(rows.chunks_exact_mut(SIGNALS.len())) {
                if let Some(item) = self.vocabulary.item(*product) {
                    row.copy_from_slice(&self.signals_of(item, taste));
                }
            }
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_tell_more_and_what_all_have_tells_nothing() {
        let texts = ["Red MUG", "blue mug", "red lamp a", "Żółty mug", ""].map(|text| format!("the {text}"));
        let wording = Wording::of(&texts, &[2.0, 0.0, f32::NAN]);
        let along = |a: Item, b: Item| -> f32 {
            let both = wording.words(a).iter().flat_map(|a| wording.words(b).iter().map(move |b| (a, b)));
            both.filter(|(a, b)| a.0 == b.0).map(|(a, b)| a.1 * b.1).sum()
        };
        assert!((along(0, 0) - 1.0).abs() < 1e-6, "of length one");
        assert!(along(0, 2) > along(0, 1) && along(0, 1) > 0.0, "fewer are red than are mugs");
        assert!(along(1, 2).abs() < 1e-6, "nothing but an article");
        assert!(along(4, 4).abs() < 1e-6, "no word that tells anything");
        assert_eq!(
            (wording.price(0), wording.price(1), wording.price(2), wording.price(9)),
            (Some(2.0_f32.ln()), None, None, None)
        );
        assert!(wording.words(99).is_empty());
    }
}
