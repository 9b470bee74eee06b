//! Feeds: one long line of products for one request, cut into pages as they are asked for.
//!
//! A feed is made when its second page is asked for: the first page's token carries what that page held, so a caller who never
//! turns a page costs no memory. From then on the line stands still. Each page, once cut, holds the same products for ever;
//! only what may no longer be offered is left out when it is asked for again. The line ends with everything else that
//! the shop sells, the most popular first, so that nothing is skipped.
//!
//! Where a feed was forgotten for want of memory, the token of its second page makes a new one, which may differ; the tokens
//! of all later pages say that they have expired.
//!
//! Not here: eligibility, and who keeps feeds how long ([`Feeds`] is implemented where the stores are).

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use parking_lot::Mutex;

use crate::domain::{
    Timestamp,
    catalog::{ProductIx, Snapshot},
    recommend::{ByPopularity, Ineligibility, token::AnswerId},
};

/// How many products were left out, by [`Ineligibility::ALL`].
pub type Removed = [u32; Ineligibility::ALL.len()];

/// Keeps feeds between the pages. May forget any of them at any time: its tokens then have expired.
pub trait Feeds: Send + Sync {
    /// The feed, where it is still there.
    fn get(&self, id: &AnswerId) -> Option<Arc<Feed>>;

    /// Keeps the feed, unless one of this id is there already. Returns the one that is kept.
    fn keep_first(&self, id: AnswerId, feed: Arc<Feed>) -> Arc<Feed>;

    /// Takes note that the feed has grown.
    fn grown(&self, id: AnswerId, feed: Arc<Feed>);
}

/// A line of products: first those that were ranked, then the rest of what the shop sells.
#[derive(Debug)]
pub struct Line {
    ranked: Box<[ProductIx]>,
    /// What is ranked or was shown before the line began; sorted. The rest goes without it.
    seen: Box<[ProductIx]>,
    rest: Rest,
}

/// What a line ends with.
#[derive(Debug)]
pub enum Rest {
    /// Few enough to be put in order at once: a narrow filter leaves no more.
    Listed(Box<[ProductIx]>),
    /// All that was there when the model was made, then all that came since, by number.
    Everything(Arc<ByPopularity>),
}

impl Line {
    /// `shown` is left out. In neither list does a product stand twice.
    pub fn new(ranked: Vec<ProductIx>, shown: &[ProductIx], rest: Rest) -> Self {
        let mut seen: Vec<ProductIx> = ranked.iter().chain(shown).copied().collect();
        seen.sort_unstable();
        Self { ranked: ranked.into(), seen: seen.into(), rest }
    }

    /// The product at the place, or `None` at a gap.
    ///
    /// # Errors
    /// `PastEnd` behind the last place.
    fn at(&self, place: u64, catalog: &Snapshot) -> Result<Option<ProductIx>, PastEnd> {
        let place = usize::try_from(place).map_err(|_| PastEnd)?;
        let Some(after_ranked) = place.checked_sub(self.ranked.len()) else { return Ok(Some(self.ranked[place])) };
        let product = match &self.rest {
            Rest::Listed(listed) => *listed.get(after_ranked).ok_or(PastEnd)?,
            Rest::Everything(popular) => match after_ranked.checked_sub(popular.order().len()) {
                None => popular.order()[after_ranked],
                Some(number) => newer(number, popular, catalog)?,
            },
        };
        let gap = !catalog.contains(product) || self.seen.binary_search(&product).is_ok();
        Ok((!gap).then_some(product))
    }

    /// Looks at the line from the cursor on until `wanted` products pass the verdict and it is known whether one more
    /// follows, or for at most `steps` places. Returns whether it is done.
    pub fn cut<T>(
        &self,
        cut: &mut Cut<T>,
        wanted: usize,
        steps: usize,
        catalog: &Snapshot,
        verdict: impl Fn(ProductIx) -> Result<T, Ineligibility>,
    ) -> bool {
        for _ in 0..steps {
            let Ok(product) = self.at(cut.cursor, catalog) else {
                cut.last = true;
                return true;
            };
            match product.map(|product| (product, verdict(product))) {
                None => {}
                Some((_, Ok(_))) if cut.products.len() == wanted => return true,
                Some((product, Ok(offer))) => cut.products.push((product, offer)),
                Some((_, Err(reason))) => count(&mut cut.removed, reason),
            }
            cut.cursor += 1;
        }
        false
    }
}

/// Nothing stands there or behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PastEnd;

/// Of all numbers, those that the model had never heard of.
fn newer(number: usize, popular: &ByPopularity, catalog: &Snapshot) -> Result<ProductIx, PastEnd> {
    if number >= catalog.bound() {
        return Err(PastEnd);
    }
    let product = ProductIx(u32::try_from(number).map_err(|_| PastEnd)?);
    // What the model has heard of stood in the line before: it is a gap, like what is not in the catalogue at all.
    Ok(if popular.place(product).is_none() { product } else { ProductIx(u32::MAX) })
}

/// Counts one product that was left out.
pub fn count(removed: &mut Removed, reason: Ineligibility) {
    if let Some(place) = Ineligibility::ALL.iter().position(|one| *one == reason) {
        removed[place] += 1;
    }
}

/// A page that is being cut from a line.
#[derive(Debug)]
pub struct Cut<T> {
    /// What passed, with what the verdict said.
    pub products: Vec<(ProductIx, T)>,
    /// What did not.
    pub removed: Removed,
    /// The next place to look at.
    pub cursor: u64,
    /// Whether the line has come to its end.
    pub last: bool,
}

impl<T> Cut<T> {
    /// Nothing yet, from a place on.
    pub const fn from(cursor: u64) -> Self {
        Self { products: Vec::new(), removed: [0; Ineligibility::ALL.len()], cursor, last: false }
    }
}

/// A page as it was first cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The same for ever.
    pub products: Box<[ProductIx]>,
    /// What was left out then.
    pub removed: Removed,
    /// When it was cut: it is ranked as of then whenever it is asked for.
    pub cut: Timestamp,
    /// Whether nothing follows.
    pub last: bool,
    /// Where the next one begins.
    next: u64,
}

/// A line with the pages that were cut from it.
#[derive(Debug)]
pub struct Feed {
    /// Tells this keeping from an earlier one of the same id that was forgotten.
    pub keeping: u64,
    /// What is cut.
    pub line: Line,
    used: AtomicI64,
    pages: Mutex<Vec<Arc<Page>>>,
}

/// What is there of a page.
#[derive(Debug)]
pub enum Next {
    /// It was cut before.
    Cut(Arc<Page>),
    /// It is the next to be cut, from this place on.
    From(u64),
    /// It comes later, or behind the end.
    NotYet,
}

impl Feed {
    /// Without pages yet.
    pub fn new(keeping: u64, line: Line, now: Timestamp) -> Self {
        Self { keeping, line, used: AtomicI64::new(now.0), pages: Mutex::default() }
    }

    /// What is there of the page; counted from zero, which is the second of the answer.
    pub fn page(&self, number: usize) -> Next {
        let pages = self.pages.lock();
        match (pages.get(number), pages.last()) {
            (Some(page), _) => Next::Cut(Arc::clone(page)),
            (None, None) if number == 0 => Next::From(0),
            (None, Some(last)) if number == pages.len() && !last.last => Next::From(last.next),
            (None, _) => Next::NotYet,
        }
    }

    /// Fixes the page. Of two that were cut at the same time the first stays, and both callers get it.
    pub fn fix<T>(&self, number: usize, cut: &Cut<T>, now: Timestamp) -> Arc<Page> {
        let mut pages = self.pages.lock();
        if let Some(page) = pages.get(number) {
            return Arc::clone(page);
        }
        let products = cut.products.iter().map(|(product, _)| *product).collect();
        let page = Arc::new(Page { products, removed: cut.removed, cut: now, last: cut.last, next: cut.cursor });
        if pages.len() == number {
            pages.push(Arc::clone(&page));
        }
        page
    }

    /// Whether it was used within so many milliseconds; then it is used now.
    pub fn touch(&self, now: Timestamp, idle_ms: i64) -> bool {
        let used = self.used.fetch_max(now.0, Ordering::Relaxed);
        now.0.saturating_sub(used) <= idle_ms
    }

    /// About how many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        let listed = if let Rest::Listed(listed) = &self.line.rest { listed.len() } else { 0 };
        let numbers = self.line.ranked.len() + self.line.seen.len() + listed;
        let pages = self.pages.lock();
        let cut: usize = pages.iter().map(|page| size_of::<Page>() + 32 + 4 * page.products.len()).sum();
        size_of::<Self>() + 4 * numbers + cut
    }
}
