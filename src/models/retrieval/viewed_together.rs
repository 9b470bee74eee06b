//! What is looked at in one visit with what she looks at; for products that nobody has looked at, what is alike.

use std::{collections::BTreeMap, sync::Arc};

use crate::domain::{
    Timestamp,
    catalog::{CategoryIx, ProductIx, Row, Snapshot},
    recommend::{Evidence, Found, InteractionKind, Rationale, ReasonCode, RequestContext, Source, SourceError, Weight},
};
use crate::models::data::{
    interactions::{Interaction, Interactions},
    item_index::{Item, ItemIndex},
    neighbours::{Baskets, Closeness, Entry, Neighbours, keep_best, neighbours},
    recent_facts,
    seeds::{self, Seed},
};

/// Products of one visit that are counted: the first. Bounds the time of counting.
const VISIT: usize = 60;
/// Looks between two products after which the pair counts half.
const CLOSENESS: Closeness = Closeness { half_distance: 4.0, shrinkage: 2.0, keep: 50 };
/// Days after which a visit counts half.
const AGEING_DAYS: f64 = 120.0;
/// Days after which a look of hers counts half.
const HERS_DAYS: f64 = 3.0;
/// Next to the product in view, what she looked at before is background.
const BACKGROUND: f32 = 0.3;

/// Counts which products are looked at in one visit. A visit ends with its session id, else after `idle_ms` without an act.
#[expect(clippy::cast_possible_truncation, reason = "a weight needs no more digits")]
pub fn count(interactions: &Interactions, items: usize, before: Timestamp, idle_ms: i64) -> Neighbours {
    let mut baskets = Baskets::default();
    for own in interactions.by_owner(before) {
        // An order is no visit, nor is what came back of it: its lines say what goes together, not what is alike.
        let done: Vec<Interaction> = own
            .iter()
            .copied()
            .filter(|interaction| matches!(interaction.kind, InteractionKind::Looked | InteractionKind::PutInCart))
            .collect();
        for visit in done.chunk_by(|a, b| same_visit(a, b, idle_ms)) {
            if !visit.iter().any(|interaction| interaction.kind == InteractionKind::Looked) {
                continue;
            }
            let entries = looked_at(visit);
            if entries.len() > 1 {
                let worth = (-before.days_since(visit[0].time) / AGEING_DAYS).exp2() as f32;
                baskets.push(worth, entries);
            }
        }
    }
    neighbours(&baskets, items, CLOSENESS)
}

fn same_visit(a: &Interaction, b: &Interaction, idle_ms: i64) -> bool {
    match (a.group, b.group) {
        (0, _) | (_, 0) => b.time.0.saturating_sub(a.time.0) <= idle_ms,
        (a, b) => a == b,
    }
}

fn looked_at(visit: &[Interaction]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut at = 0.0;
    for interaction in visit {
        if entries.len() == VISIT {
            break;
        }
        if !entries.iter().any(|entry| entry.item == interaction.item) {
            entries.push(Entry { item: interaction.item, at, weight: 1.0 });
            at += 1.0;
        }
    }
    entries
}

/// Neighbours by category, brand and price, of products that have none by looks.
///
/// Made when a model is loaded: it is of the catalogue of today, not of the log.
pub fn alike(vocabulary: &ItemIndex, counted: &Neighbours, catalog: &Snapshot) -> Neighbours {
    let mut shelves: BTreeMap<CategoryIx, Vec<(i64, Item)>> = BTreeMap::new();
    for (item, row) in rows(vocabulary, catalog) {
        shelves.entry(row.category).or_default().push((minor(row), item));
    }
    for shelf in shelves.values_mut() {
        shelf.sort_unstable();
    }
    let mut lists = vec![Vec::new(); vocabulary.len()];
    for (item, row) in rows(vocabulary, catalog).filter(|(item, _)| counted.of(*item).next().is_none()) {
        let shelf = &shelves[&row.category];
        lists[item as usize] = nearest_on_shelf(shelf, item, row, vocabulary, catalog);
    }
    Neighbours::from_lists(lists)
}

fn nearest_on_shelf(
    shelf: &[(i64, Item)],
    item: Item,
    row: &Row,
    vocabulary: &ItemIndex,
    catalog: &Snapshot,
) -> Vec<(Item, f32)> {
    /// Products to each side in the order of prices that are compared.
    const WINDOW: usize = 60;
    /// Neighbours of one product at most.
    const KEEP: usize = 20;
    /// Below what looks would say: a sum of one such neighbour scores a third.
    const MOST: f32 = 0.06;
    let place = shelf.partition_point(|other| *other < (minor(row), item));
    let window = &shelf[place.saturating_sub(WINDOW)..shelf.len().min(place + WINDOW)];
    let mut list: Vec<(Item, f32)> = window
        .iter()
        .filter(|(_, other)| *other != item)
        .filter_map(|(price, other)| {
            let other_row = catalog.get(vocabulary.product(*other))?;
            let same_brand = row.brand.0 != 0 && row.brand == other_row.brand;
            let alike = 0.4 + 0.3 * f32::from(u8::from(same_brand)) + 0.3 * price_closeness(minor(row), *price);
            Some((*other, MOST * alike))
        })
        .collect();
    keep_best(&mut list, KEEP);
    list
}

fn rows<'a>(vocabulary: &'a ItemIndex, catalog: &'a Snapshot) -> impl Iterator<Item = (Item, &'a Row)> {
    (0..).zip(vocabulary.products()).filter_map(|(item, product)| Some((item, catalog.get(*product)?)))
}

fn minor(row: &Row) -> i64 {
    row.regular_price().map_or(0, |price| price.minor)
}

/// One where they cost the same, towards zero where one costs many times the other.
#[expect(clippy::cast_precision_loss, reason = "a ratio needs no more digits")]
fn price_closeness(a: i64, b: i64) -> f32 {
    let (low, high) = (a.min(b).max(0), a.max(b).max(1));
    low as f32 / high as f32
}

/// Products like those that she looks at.
#[derive(Debug)]
pub struct Similar {
    vocabulary: Arc<ItemIndex>,
    counted: Arc<Neighbours>,
    alike: Neighbours,
}

impl Similar {
    /// Serves what was counted, and what is alike where nothing was.
    pub fn new(vocabulary: Arc<ItemIndex>, counted: Arc<Neighbours>, catalog: &Snapshot) -> Self {
        let alike = alike(&vocabulary, &counted, catalog);
        Self { vocabulary, counted, alike }
    }

    fn seeds(&self, context: &RequestContext<'_>) -> Vec<Seed> {
        let in_view = context.in_view.and_then(|product| {
            recent_facts::seed(&self.vocabulary, product, 1.0, ReasonCode::LikeInView, Some(context.now))
        });
        let scale = if in_view.is_some() { BACKGROUND } else { 1.0 };
        let looks = recent_facts::looked_at(context.profile, &self.vocabulary)
            .into_iter()
            .filter(|(product, _)| Some(*product) != context.in_view)
            .filter_map(|(product, time)| {
                let weight = scale * recent_facts::recency(context.now, time, HERS_DAYS);
                recent_facts::seed(&self.vocabulary, product, weight, ReasonCode::LikeViewed, Some(time))
            });
        in_view.into_iter().chain(looks).collect()
    }
}

impl Source for Similar {
    fn name(&self) -> &'static str {
        "similar"
    }

    fn signals(&self) -> &'static [&'static str] {
        &["score"]
    }

    fn answers_context(&self) -> bool {
        true
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        seeds::collect(
            &[&self.counted, &self.alike],
            evidence.get_or_make(|| self.seeds(context)),
            &self.vocabulary,
            found,
        );
        Ok(())
    }

    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        _parts: &[f32],
        evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let item = self.vocabulary.item(product)?;
        Some(
            seeds::strongest(&[&self.counted, &self.alike], evidence.get_or_make(|| self.seeds(context)), item)?
                .because(),
        )
    }

    fn weight(&self) -> Weight {
        Weight::of_counted(self.counted.weight() + self.alike.weight())
    }
}
