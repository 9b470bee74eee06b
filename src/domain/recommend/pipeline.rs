//! The recommendation pipeline, on one screen: load, candidates, eligibility, rank, vary, explain.
//!
//! The first page is ranked when it is asked for. Later pages are cut from a feed (`feed`), which the second page makes.
//!
//! Where nothing was trained and history brings fewer than a hundred candidates, what it does not bring is not ranked by how
//! new it is, which in a new shop says nothing, but follows spread over the categories (`spread`).

mod steered;

use std::{future::poll_fn, sync::Arc, task::Poll};

use crate::domain::{
    Timestamp,
    catalog::ProductIx,
    recommend::{
        Answer, Eligibility, Fitting, Placement, Query, Reason, Recommended, RequestContext, candidates, explanation,
        feed::{self, Cut, Feed, Line, Next, Page, Removed, Rest},
        scene::Scene,
        scoring::{self, Workspace},
        spread,
        token::{self, AnswerId, Attribution, PageToken},
    },
    shop::{AskError, Shop},
};
use steered::Pins;

/// Places of a line that are looked at before other work of the runtime goes first: well under a millisecond.
const STEPS: usize = 1_024;

/// Products for a place on a page.
pub async fn recommend(shop: &Shop, query: &Query) -> Result<Answer, AskError> {
    let token = read_token(shop, query)?;
    let scene = Scene::load(shop, &query.asked, &query.filter, &query.steering).await?;
    let context = scene.context();
    let eligibility = scene.eligibility(&context, &shop.rules);
    let answer_id = shop.seal.answer_id();
    let mut asking = Asking {
        shop,
        query,
        scene: &scene,
        context,
        eligibility: &eligibility,
        workspace: scoring::workspace(),
        collected: None,
        unranked: None,
        pins: Pins::default(),
    };
    let shown = match token {
        None => asking.first_page(answer_id).await,
        Some(token) => asking.later_page(&token).await?,
    };
    let sources = asking.workspace.candidates.reports().to_vec();
    scoring::give_back(asking.workspace);
    Ok(Answer {
        products: shown.products,
        removed: shown.removed,
        sources,
        fallbacks: scene.fallbacks.clone(),
        model_version: Arc::clone(&scene.model.version),
        attribution_token: attribution(&scene, answer_id, query.asked.placement),
        next_page_token: shown.next.map(|token| shop.seal.page_token(&token)),
    })
}

/// As the caller gets it.
pub fn attribution(scene: &Scene, answer: AnswerId, placement: Placement) -> String {
    Attribution { answer, placement, model_version: Arc::clone(&scene.model.version) }.token()
}

fn read_token(shop: &Shop, query: &Query) -> Result<Option<PageToken>, AskError> {
    let Some(text) = &query.page_token else { return Ok(None) };
    let token = shop.seal.read_page_token(text)?;
    if token.page == 0 || token.request != token::bound_to(&query.asked, &query.filter, &query.steering) {
        return Err(AskError::ForeignPageToken);
    }
    Ok(Some(token))
}

/// One page at work.
struct Asking<'a> {
    shop: &'a Shop,
    query: &'a Query,
    scene: &'a Scene,
    context: RequestContext<'a>,
    eligibility: &'a Eligibility<'a>,
    workspace: Box<Workspace>,
    /// As of when the candidates on the workspace are.
    collected: Option<Timestamp>,
    /// Candidates of a shop without much of a history that only the catalogue speaks for: they stand in the rest. Sorted.
    unranked: Option<Vec<ProductIx>>,
    /// Of the ranking at hand.
    pins: Pins,
}

/// One page, done.
struct Shown {
    products: Vec<Recommended>,
    removed: Removed,
    next: Option<PageToken>,
}

type Offered = (ProductIx, Fitting);

impl Asking<'_> {
    async fn first_page(&mut self, answer: AnswerId) -> Shown {
        let mut cut = Cut::from(0);
        let (offered, order) = self.ranked(&[], &mut cut.removed).await;
        let page_size = self.query.page_size - self.pins_within(self.query.page_size);
        let fitting = |place: &u32| {
            let product = offered[*place as usize];
            Some((*place as usize, (product, self.eligibility.verdict(product).ok()?)))
        };
        let shown: Vec<(usize, Offered)> = order.iter().take(page_size).filter_map(fitting).collect();
        let mut products = self.dressed(&shown);
        let pinned = self.pinned(&offered);
        if order.len() <= page_size {
            // What was a candidate and may not be offered is counted already.
            let unranked = self.unranked.as_deref().unwrap_or_default();
            let is_counted = |product: &&ProductIx| unranked.binary_search(product).is_err();
            let candidates = self.workspace.candidates.asked().iter().filter(is_counted);
            let ranked = order.iter().map(|place| &offered[*place as usize]);
            let counted: Vec<ProductIx> = candidates.chain(ranked).chain(&self.pins.products).copied().collect();
            let line = Line::new(Vec::new(), &counted, self.steered_rest().await);
            self.cut(&line, &mut cut, page_size - order.len()).await;
            products.extend(self.dress(&cut.products));
        }
        let more = self.pin_page(&mut products, pinned, cut.last);
        let next = more.then(|| PageToken {
            feed: answer,
            request: token::bound_to(&self.query.asked, &self.query.filter, &self.query.steering),
            page: 1,
            given: self.context.now,
            keeping: 0,
            shown: products.iter().map(|product| product.ix.0).collect(),
        });
        Shown { products, removed: cut.removed, next }
    }

    async fn later_page(&mut self, token: &PageToken) -> Result<Shown, AskError> {
        let feed = self.feed(token).await?;
        let number = token.page as usize - 1;
        let page = match feed.page(number) {
            Next::Cut(page) => page,
            Next::From(cursor) => {
                let mut cut = Cut::from(cursor);
                self.cut(&feed.line, &mut cut, self.query.page_size).await;
                let page = feed.fix(number, &cut, self.context.now);
                self.shop.feeds.grown(token.feed, Arc::clone(&feed));
                page
            }
            Next::NotYet => return Err(AskError::ExpiredPageToken),
        };
        let next =
            PageToken { page: token.page + 1, given: Timestamp(0), keeping: feed.keeping, shown: Vec::new(), ..*token };
        Ok(self.shown_again(&page, (!page.last).then_some(next)).await)
    }

    /// The page as it was cut, without what may no longer be offered; ranked as of when it was cut.
    async fn shown_again(&mut self, page: &Page, next: Option<PageToken>) -> Shown {
        let mut removed = page.removed;
        let mut offered: Vec<Offered> = Vec::with_capacity(page.products.len());
        for product in &page.products {
            match self.eligibility.verdict(*product) {
                Ok(fitting) => offered.push((*product, fitting)),
                Err(reason) => feed::count(&mut removed, reason),
            }
        }
        self.context.now = page.cut;
        if self.collected != Some(page.cut) {
            let eligibility = self.eligibility;
            self.collect(|product| eligibility.allows(product).is_ok()).await;
        }
        Shown { products: self.dress(&offered), removed, next }
    }

    async fn feed(&mut self, token: &PageToken) -> Result<Arc<Feed>, AskError> {
        let (now, idle) = (self.context.now, self.shop.rules.feed_idle_ms);
        if let Some(feed) = self.shop.feeds.get(&token.feed) {
            let same = token.page == 1 || feed.keeping == token.keeping;
            return if same && feed.touch(now, idle) { Ok(feed) } else { Err(AskError::ExpiredPageToken) };
        }
        if token.page > 1 || now.0.saturating_sub(token.given.0) > idle {
            return Err(AskError::ExpiredPageToken);
        }
        let (offered, order) = self.ranked(&token.shown, &mut Removed::default()).await;
        let order = self.with_pins(order, token.shown.len());
        let ranked = order.iter().map(|place| offered[*place as usize]).collect();
        let left_out: Vec<ProductIx> = token.shown.iter().chain(&self.pins.products).copied().collect();
        let line = Line::new(ranked, &left_out, self.steered_rest().await);
        let feed = Arc::new(Feed::new(self.shop.seal.number(), line, now));
        Ok(self.shop.feeds.keep_first(token.feed, feed))
    }

    /// Candidates, eligibility, rank, vary: what may be offered, and the order to show it in. Between them other work of the
    /// runtime goes first.
    async fn ranked(&mut self, shown: &[ProductIx], removed: &mut Removed) -> (Vec<ProductIx>, Vec<u32>) {
        let mut offered: Vec<ProductIx> = Vec::new();
        let eligibility = self.eligibility;
        self.collect(|product| match eligibility.allows(product) {
            Ok(()) => {
                // What is shown already keeps its place among the candidates, so that all are scored as they were then.
                if !shown.contains(&product) {
                    offered.push(product);
                }
                true
            }
            Err(reason) => {
                feed::count(removed, reason);
                false
            }
        })
        .await;
        pause().await;
        offered.retain(|product| self.workspace.candidates.holds(*product));
        self.leave_to_the_rest(&mut offered);
        self.steer(&mut offered, shown, removed);
        self.workspace.score_in_parts(&self.context, &self.scene.model, &offered).await;
        self.shift_scores(&offered);
        pause().await;
        let order = self.without_pins(self.workspace.order(&self.context, &self.scene.model, &offered));
        (offered, order)
    }

    /// Where nothing was trained and there is not much of a history, what only the catalogue speaks for is not ranked.
    fn leave_to_the_rest(&mut self, offered: &mut Vec<ProductIx>) {
        if self.scene.model.trained {
            return;
        }
        let by_history = self.workspace.candidates.by_history(self.scene.model.ranking(&self.context).sources());
        if by_history.len() >= candidates::MOST {
            return;
        }
        let ranked = |product: &ProductIx| by_history.binary_search(product).is_ok();
        let mut unranked: Vec<ProductIx> =
            self.workspace.candidates.products().iter().filter(|product| !ranked(product)).copied().collect();
        unranked.sort_unstable();
        offered.retain(ranked);
        self.unranked = Some(unranked);
    }

    /// What the line of products ends with.
    async fn rest(&self) -> Rest {
        if self.unranked.is_none() {
            return self.scene.rest(&self.shop.catalog);
        }
        let (catalog, now) = (&self.scene.catalog, self.context.now);
        match self.scene.listed(&self.shop.catalog) {
            Some(few) => {
                let matches = |product: &ProductIx| {
                    catalog.get(*product).is_some_and(|row| self.scene.filter.matches_product(row))
                };
                let (few, others): (Vec<ProductIx>, Vec<ProductIx>) = few.into_iter().partition(matches);
                let mut order = spread::spread(catalog, &few, now).await;
                // What can't be sold or is not meant is counted as left out.
                order.extend(few.iter().filter(|product| !catalog.is_sellable(**product)).chain(&others));
                Rest::Listed(order.into())
            }
            None => Rest::Everything(self.shop.spread.of_shop(catalog, now).await),
        }
    }

    async fn collect(&mut self, offer: impl FnMut(ProductIx) -> bool) {
        self.workspace.candidates.collect(&self.context, &self.scene.model, offer).await;
        self.collected = Some(self.context.now);
    }

    async fn cut(&self, line: &Line, cut: &mut Cut<Fitting>, wanted: usize) {
        while !line.cut(cut, wanted, STEPS, &self.scene.catalog, |product| self.eligibility.verdict(product)) {
            pause().await;
        }
    }

    /// Scores and explains products that stand in no ranking.
    fn dress(&mut self, offered: &[Offered]) -> Vec<Recommended> {
        let products: Vec<ProductIx> = offered.iter().map(|(product, _)| *product).collect();
        self.workspace.score(&self.context, &self.scene.model, &products);
        self.shift_scores(&products);
        self.dressed(&(0..).zip(offered.iter().copied()).collect::<Vec<_>>())
    }

    /// Explains products that were scored, by their places in the list.
    fn dressed(&mut self, shown: &[(usize, Offered)]) -> Vec<Recommended> {
        let places: Vec<(usize, ProductIx)> = shown.iter().map(|(place, (product, _))| (*place, *product)).collect();
        let reasons = self.workspace.reasons(&self.context, &self.scene.model, &places);
        let shown = shown.iter().zip(reasons);
        shown.filter_map(|((place, offered), reasons)| self.explained(*place, *offered, reasons)).collect()
    }

    fn explained(&self, place: usize, (product, fitting): Offered, mut reasons: Vec<Reason>) -> Option<Recommended> {
        let row = self.scene.catalog.get(product)?;
        let variant = row.written(row.variant(fitting.variant)?)?;
        explanation::add_size(&mut reasons, row, fitting);
        if self.query.explain {
            for reason in &mut reasons {
                reason.sentence = Some(self.sentence(reason));
            }
        }
        Some(Recommended {
            product: row.product.id.clone(),
            variant: variant.id.clone(),
            ix: (product, fitting.variant),
            score: self.workspace.score_of(place),
            reasons,
            size_note: fitting.size_note,
            steered_by: self.scene.steering.of(row),
        })
    }

    fn sentence(&self, reason: &Reason) -> String {
        let (texts, locale) = (&self.shop.texts, &self.scene.locale);
        let behind = reason.product.as_ref().and_then(|id| self.context.ids.find_product(id.as_str()));
        let row = behind.and_then(|product| self.scene.catalog.get(product));
        let name = row.map(|row| texts.title(&row.product, locale));
        texts.reason(reason.code, name, reason.subject.as_deref(), locale)
    }
}

/// Lets other work of the runtime go first, once.
pub async fn pause() {
    let mut paused = false;
    poll_fn(|context| {
        if paused {
            return Poll::Ready(());
        }
        paused = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
