//! Queries as they could have been asked in the past, with what the customer then did: what a ranking is learned from and
//! judged by. Whoever makes them sees to it that a query knows nothing of what came after it.

use std::{sync::Arc, thread};

use crate::domain::Timestamp;
use crate::domain::catalog::{Ids, ProductIx, Snapshot, VariantIx};
use crate::domain::customer::Profile;
use crate::domain::recommend::{
    HistoryBand, IdOrder, Placement, RequestContext, Scenario, Source, UserHistory, candidates::Candidates, due_at,
    features,
};
use crate::models::{
    data::{
        interactions::Interactions,
        item_index::{Item, ItemIndex},
    },
    ranking::TrainingSet,
};

/// The shop that is asked, as all queries of one training see it.
#[derive(Debug, Clone, Copy)]
pub struct ShopView<'a> {
    /// What it sells today; empty where nothing but ids is known.
    pub catalog: &'a Snapshot,
    /// Its numbers.
    pub ids: &'a Ids,
    /// The products that are ranked.
    pub items: &'a Arc<ItemIndex>,
    /// Those products, in the order of their ids.
    pub by_id: &'a IdOrder,
    /// Without a pause as long as this, it is one visit.
    pub idle_ms: i64,
}

/// What was done before a moment.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// All that was done.
    pub interactions: &'a Interactions,
    /// The moment.
    pub before: Timestamp,
}

/// Queries of one stretch of the past, asked of sources that know what was done before it.
#[derive(Debug)]
pub struct Episode<'a> {
    /// What the sources count.
    pub known: Known<'a>,
    /// In the order of time.
    pub queries: Vec<PastQuery>,
    /// What may be offered.
    pub offered: Offered<'a>,
}

impl Episode<'_> {
    /// The queries of one scenario.
    pub fn of(&self, shop: &ShopView<'_>, scenario: Scenario) -> Vec<&PastQuery> {
        self.queries.iter().filter(|query| query.context(shop).scenario() == scenario).collect()
    }

    /// Whether all of it is asked at the one moment up to which the sources know.
    pub fn is_one_moment(&self) -> bool {
        !self.queries.is_empty() && self.queries.iter().all(|query| query.time == self.known.before)
    }
}

/// Which products may be offered to whoever asks.
#[derive(Debug, Clone, Copy)]
pub enum Offered<'a> {
    /// What the catalogue has by then, the customer does not own and the cart does not hold.
    Eligible,
    /// Of all items those that are marked, without those that the query excepts.
    Marked(&'a [bool]),
}

/// One query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PastQuery {
    /// Who asks, by the number of the log.
    pub owner: u32,
    /// When.
    pub time: Timestamp,
    /// Where the products are to be shown.
    pub placement: Placement,
    /// What is known of the owner; empty where a file tells only what was done.
    pub profile: Arc<Profile>,
    /// What the owner did.
    pub history: UserHistory,
    /// The product on the page, where one is.
    pub in_view: Option<ProductIx>,
    /// What the cart holds.
    pub cart: Vec<(ProductIx, Option<VariantIx>)>,
    /// What may not be offered, sorted; see [`Offered::Marked`].
    pub except: Vec<Item>,
    /// What the owner turned to then, of what may be offered, sorted; empty where it is not in sight.
    pub wanted: Vec<Item>,
}

impl PastQuery {
    /// What sources may look at.
    pub fn context<'a>(&'a self, shop: &ShopView<'a>) -> RequestContext<'a> {
        RequestContext {
            now: self.time,
            catalog: shop.catalog,
            ids: shop.ids,
            profile: &self.profile,
            history: &self.history,
            placement: self.placement,
            channel: None,
            in_view: self.in_view,
            cart: &self.cart,
        }
    }
}

impl Offered<'_> {
    /// Whether a product may be an answer to a query, whose context is at hand.
    pub fn may_offer(
        &self,
        shop: &ShopView<'_>,
        query: &PastQuery,
        context: &RequestContext<'_>,
        product: ProductIx,
    ) -> bool {
        match self {
            Self::Eligible => is_eligible(context, product),
            Self::Marked(marked) => shop.items.item(product).is_some_and(|item| {
                marked.get(item as usize).copied().unwrap_or(false) && query.except.binary_search(&item).is_err()
            }),
        }
    }
}

/// Whether it was in the shop, is not the customer's already and is not on the page. Stock and prices are those of today: the
/// log does not hold former ones.
pub fn is_eligible(context: &RequestContext<'_>, product: ProductIx) -> bool {
    let Some(row) = context.catalog.get(product) else { return false };
    let kept = context.profile.owned(product).is_some_and(|owned| owned.kept > 0);
    let due = || due_at(context.profile, row).is_some_and(|due| due <= context.now);
    row.product.available_since <= context.now
        && context.in_view != Some(product)
        && !context.cart.iter().any(|(carted, _)| *carted == product)
        && (!kept || due())
}

/// A query with what the sources brought.
#[derive(Debug)]
pub struct AnsweredQuery {
    /// Who asked, by the number of the log.
    pub owner: u32,
    /// How many interactions were known of the owner.
    pub interactions: usize,
    /// See [`PastQuery::wanted`].
    pub wanted: Vec<Item>,
    /// What may be offered, sorted.
    pub candidates: Vec<Item>,
    /// One row for each candidate.
    pub features: Vec<f32>,
    /// The order of each source alone.
    pub by_source: Vec<Vec<Item>>,
}

/// Asks the queries of an episode of sources that were counted for it, in memory that is used again.
struct Asking<'a> {
    shop: &'a ShopView<'a>,
    offered: Offered<'a>,
    sources: &'a [Arc<dyn Source>],
    candidates: Candidates,
}

impl<'a> Asking<'a> {
    fn new(shop: &'a ShopView<'a>, offered: Offered<'a>, sources: &'a [Arc<dyn Source>]) -> Self {
        Self { shop, offered, sources, candidates: Candidates::default() }
    }

    /// The candidates, sorted. Appends a row of features for each.
    fn ask(&mut self, query: &PastQuery, context: &RequestContext<'_>, rows: &mut Vec<f32>) -> Vec<Item> {
        let shop = self.shop;
        let offer = |product| self.offered.may_offer(shop, query, context, product);
        self.candidates.collect_from(context, self.sources, shop.by_id, offer);
        let mut items: Vec<Item> =
            self.candidates.products().iter().filter_map(|product| shop.items.item(*product)).collect();
        items.sort_unstable();
        let products: Vec<ProductIx> = items.iter().map(|item| shop.items.product(*item)).collect();
        self.candidates.rows(context, self.sources, &products, rows);
        items
    }

    fn by_source(&self) -> Vec<Vec<Item>> {
        let order = |source| {
            let best = self.candidates.best_of(source);
            best.filter_map(|product| self.shop.items.item(product)).collect()
        };
        (0..self.sources.len()).map(order).collect()
    }
}

/// What these queries of an episode teach. Uses two cores.
pub fn training_set(
    shop: &ShopView<'_>,
    offered: Offered<'_>,
    queries: &[&PastQuery],
    sources: &[Arc<dyn Source>],
) -> TrainingSet {
    let taught = |queries: &[&PastQuery]| {
        let mut set = TrainingSet::new(&features(sources));
        let mut asking = Asking::new(shop, offered, sources);
        for query in queries {
            let context = query.context(shop);
            let items = asking.ask(query, &context, &mut set.rows);
            set.end_question(&items, &query.wanted, HistoryBand::of(context.interactions()));
        }
        set
    };
    let (left, right) = queries.split_at(queries.len() / 2);
    thread::scope(|scope| {
        let right = scope.spawn(|| taught(right));
        let mut set = taught(left);
        set.append(right.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        set
    })
}

/// These queries of an episode with what the sources bring.
pub fn answer(
    shop: &ShopView<'_>,
    offered: Offered<'_>,
    queries: &[&PastQuery],
    sources: &[Arc<dyn Source>],
) -> Vec<AnsweredQuery> {
    let mut asking = Asking::new(shop, offered, sources);
    let mut answer = |query: &&PastQuery| {
        let mut features = Vec::new();
        let context = query.context(shop);
        let candidates = asking.ask(query, &context, &mut features);
        let by_source = asking.by_source();
        let (owner, interactions, wanted) = (query.owner, context.interactions(), query.wanted.clone());
        AnsweredQuery { owner, interactions, wanted, candidates, features, by_source }
    };
    queries.iter().map(&mut answer).collect()
}
