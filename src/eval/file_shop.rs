//! A shop that knows of its products what a file tells: their ids, and where it has them words and prices. Protocols make
//! their queries in it and train in it as a server's shop is trained, and ask its model as a server does.

use std::{
    collections::BTreeSet,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::domain::{
    Id, Money, Timestamp,
    catalog::{Availability, Catalog, Ids, Product, ProductIx, Snapshot, Text, Variant},
    customer::Profile,
    recommend::{
        Bought, IdOrder, Model, Reason, RequestContext, UserHistory,
        scoring::{self, Workspace},
    },
    rules::Rules,
    sizing::Sizes,
};
use crate::eval::{error::EvaluateError, options::Options, report::BLEND};
use crate::models::{
    LearnError, RankingCard, SourceSet, Trained,
    data::item_index::{Item, ItemIndex},
    training::{
        past_queries::{Offered, PastQuery, ShopView},
        train::{Task, train, unlearned},
    },
};

/// Products of an answer whose time is taken: a page.
const PAGE: usize = 10;
/// Answers whose time is taken at most.
const TIMED: usize = 2_000;

/// Products, numbered as the items of a file.
#[derive(Debug)]
pub struct FileShop {
    catalog: Arc<Snapshot>,
    ids: Arc<Ids>,
    items: Arc<ItemIndex>,
    by_id: IdOrder,
    /// What is the same in all queries: a file tells nothing of who asks.
    nobody: Arc<Profile>,
}

/// What a file says of its products, by item.
#[derive(Debug, Default)]
pub struct Described<'a> {
    /// Empty where it has no words.
    pub texts: &'a [String],
    /// Zero where one has none; empty where none has.
    pub prices: &'a [f32],
}

impl FileShop {
    /// Products numbered as the items are, for ids of files may be of any form and length.
    ///
    /// # Errors
    /// Where numbers make no ids, which does not happen.
    pub fn numbered(items: usize, described: &Described<'_>) -> Result<Self, EvaluateError> {
        // Of one length, so that the order of ids is that of numbers.
        Self::named((0..items).map(|item| format!("{item:010}")), Arc::default(), described)
    }

    /// Products that bear these ids, in the order of their items.
    ///
    /// # Errors
    /// Where one is no id, or they are not in order.
    pub fn named(
        names: impl Iterator<Item = String>,
        ids: Arc<Ids>,
        described: &Described<'_>,
    ) -> Result<Self, EvaluateError> {
        let failed = |reason: &dyn ToString| EvaluateError::model(BLEND, reason.to_string());
        let names = names.map(Id::new).collect::<Result<Vec<Id>, _>>().map_err(|error| failed(&error))?;
        if !names.is_sorted_by(|a, b| a < b) {
            return Err(failed(&"the ids of the items are not in order"));
        }
        let catalog = Catalog::new(Arc::clone(&ids), Arc::new(Sizes::default()), &Rules::default());
        if !described.texts.is_empty() || !described.prices.is_empty() {
            let price = |at: usize| described.prices.get(at).copied().unwrap_or(0.0);
            let text = |at: usize| described.texts.get(at).map_or("", String::as_str);
            let products: Result<Vec<Product>, _> =
                names.iter().enumerate().map(|(at, id)| product(id, text(at), price(at))).collect();
            catalog.load(products.map_err(|error| failed(&error))?);
        }
        let items = Arc::new(ItemIndex::new(names, &ids));
        let by_id = IdOrder::new(items.products().iter().copied());
        Ok(Self { catalog: catalog.snapshot(), ids, items, by_id, nobody: Arc::default() })
    }

    /// As queries and the trainer see it. Sessions are told apart by their ids alone.
    pub fn view(&self) -> ShopView<'_> {
        ShopView { catalog: &self.catalog, ids: &self.ids, items: &self.items, by_id: &self.by_id, idle_ms: 0 }
    }

    /// A query of somebody who did this.
    pub fn query(&self, owner: u32, time: Timestamp, history: UserHistory) -> PastQuery {
        PastQuery { owner, time, history, profile: Arc::clone(&self.nobody), ..PastQuery::default() }
    }

    /// Adds an order to what somebody bought, as the server would tell it.
    pub fn push_order(&self, history: &mut UserHistory, items: &[Item], time: Timestamp) {
        let line = |item: &Item| Bought { product: self.items.product(*item), time, quantity: 1 };
        history.push_order(items.iter().map(line));
    }

    /// The product of an item.
    pub fn product(&self, item: Item) -> ProductIx {
        self.items.product(item)
    }

    /// The sources of a protocol that may serve, and those that the options leave out.
    ///
    /// # Errors
    /// Where no source has a name that is left out, or none is left.
    pub fn sources(
        &self,
        of_protocol: &SourceSet,
        options: &Options,
    ) -> Result<(SourceSet, Vec<&'static str>), EvaluateError> {
        let says_nothing = self.catalog.is_empty();
        let of_file = of_protocol.only(|name| name != "wording" || !says_nothing);
        let left = of_file.without(&options.without).map_err(|error| EvaluateError::Options(error.to_string()))?;
        if left.names().is_empty() {
            return Err(EvaluateError::Options("no source is left".to_owned()));
        }
        let without = of_file.only(|name| !left.names().contains(&name)).names().to_vec();
        Ok((left, without))
    }

    /// The model as a server holds it.
    ///
    /// # Errors
    /// Where the weights are for other sources: a bug of ours.
    pub fn model(&self, trained: &Trained) -> Result<Model, EvaluateError> {
        trained.model(&self.catalog).map_err(|error| EvaluateError::model(BLEND, error.to_string()))
    }

    /// The best of one query with their scores, the best first.
    pub fn ask(&self, model: &Model, query: &PastQuery, offered: Offered<'_>, most: usize) -> Vec<(Item, f32)> {
        let shop = self.view();
        let context = query.context(&shop);
        let mut workspace = scoring::workspace();
        let products = self.score(&mut workspace, model, (query, &context), offered);
        let order = workspace.by_score(model, &products);
        let scored = order.iter().map(|place| (products[*place as usize], workspace.score_of(*place as usize)));
        let item = |(product, score): (ProductIx, f32)| Some((self.items.item(product)?, score));
        let list = scored.filter_map(item).take(most).collect();
        scoring::give_back(workspace);
        list
    }

    /// The candidates that may be offered; their scores are on the workspace.
    fn score(
        &self,
        workspace: &mut Workspace,
        model: &Model,
        (query, context): (&PastQuery, &RequestContext<'_>),
        offered: Offered<'_>,
    ) -> Vec<ProductIx> {
        let shop = self.view();
        let offer = |product| offered.may_offer(&shop, query, context, product);
        workspace.candidates.collect_from(context, model.ranking(context).sources(), model.by_id(), offer);
        let products = workspace.candidates.products().to_vec();
        workspace.score(context, model, &products);
        products
    }

    /// A page with its reasons, all of it as a server makes one: candidates, what may be offered, scores, the order to show
    /// them in, reasons.
    pub fn page(&self, model: &Model, query: &PastQuery, offered: Offered<'_>) -> Vec<(ProductIx, Vec<Reason>)> {
        let shop = self.view();
        let context = query.context(&shop);
        let mut workspace = scoring::workspace();
        let products = self.score(&mut workspace, model, (query, &context), offered);
        let order = workspace.order(&context, model, &products).into_iter().take(PAGE);
        let shown: Vec<(usize, ProductIx)> = order.map(|place| (place as usize, products[place as usize])).collect();
        let reasons = workspace.reasons(&context, model, &shown);
        scoring::give_back(workspace);
        shown.into_iter().map(|(_, product)| product).zip(reasons).collect()
    }

    /// How long pages took, one after the other, of up to 2,000 of the queries, evenly spread.
    pub fn page_times(
        &self,
        model: &Model,
        queries: impl ExactSizeIterator<Item = PastQuery>,
        offered: Offered<'_>,
    ) -> Vec<Duration> {
        let every = queries.len().div_ceil(TIMED).max(1);
        let time = |query: PastQuery| {
            let began = Instant::now();
            black_box(self.page(model, &query, offered));
            began.elapsed()
        };
        queries.step_by(every).map(time).collect()
    }

    /// A list that goes on as a feed does at its end: with what is popular, below all that was scored.
    pub fn go_on(&self, model: &Model, list: &mut Vec<(Item, f32)>, most: usize) {
        let mut score = list.last().map_or(0.0, |(_, score)| *score);
        let listed: BTreeSet<Item> = list.iter().map(|(item, _)| *item).collect();
        let popular = model.popular.order().iter().filter_map(|product| self.items.item(*product));
        for item in popular.filter(|item| !listed.contains(item)).take(most.saturating_sub(list.len())) {
            score -= 1.0;
            list.push((item, score));
        }
    }
}

/// Trains. Where the queries teach too little, the sources serve with a rule of thumb, and a note says so.
///
/// # Errors
/// Where what was made of the file can't be learned: a bug of ours.
pub fn learn(task: &Task<'_>, notes: &mut Vec<String>) -> Result<Trained, EvaluateError> {
    match train(task, None, &mut |_| {}) {
        Ok(trained) => Ok(trained),
        Err(why @ LearnError::TooLittle { .. }) => {
            notes.push(format!("the blend is a rule of thumb: {why}"));
            Ok(unlearned(task, &why))
        }
        Err(error) => Err(EvaluateError::model(BLEND, error.to_string())),
    }
}

/// What the report says of a model.
pub fn parameters(trained: &Trained) -> Value {
    let of = |card: &RankingCard| {
        json!({
            "scenario": card.scenario,
            "ranking": card.parameters,
            "tried": card.tried,
            "sources": card.sources,
            "leading": card.floors,
            "learned_from": {
                "queries": card.learning_questions,
                "rows": card.learning_rows,
                "wanted": card.learning_wanted,
            },
        })
    };
    let rankings: Vec<Value> = trained.card.rankings.iter().map(of).collect();
    json!({ "rankings": rankings, "left_out": trained.card.left_out })
}

/// A product that is known by its words and what it costs.
fn product(id: &Id, text: &str, price: f32) -> Result<Product, EvaluateError> {
    let failed = |reason: &dyn ToString| EvaluateError::model(BLEND, reason.to_string());
    // In hundredths of a currency that is none: a file names none.
    #[expect(clippy::cast_possible_truncation, reason = "a price of a file")]
    let minor = (f64::from(price) * 100.0).round() as i64;
    let variant = Variant {
        id: id.clone(),
        size: "".into(),
        size_system: None,
        color: "".into(),
        price: Money { minor, currency: "XTS".parse().map_err(|error| failed(&format!("{error:?}")))? },
        original_price: None,
        sale: None,
        stock: None,
        availability: Availability::default(),
        image_uri: "".into(),
        attributes: Vec::new(),
        changed: Timestamp(0),
        back_since: None,
    };
    let locale = "en".parse().map_err(|error| failed(&format!("{error:?}")))?;
    Ok(Product {
        id: id.clone(),
        texts: vec![Text { locale, title: text.into(), description: "".into() }],
        brand: "".into(),
        category_path: Vec::new(),
        garment: None,
        audience: None,
        variants: vec![variant],
        image_uri: "".into(),
        replenish_days: None,
        available_since: Timestamp(0),
        attributes: Vec::new(),
    })
}
