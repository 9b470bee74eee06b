//! What the shop steers, at work on a page: what joins the ranking, what leaves it, and where pins stand.

use super::{Asking, Offered};
use crate::domain::{
    catalog::ProductIx,
    recommend::{
        Ineligibility, Recommended,
        feed::{self, Removed, Rest},
        steering::{insert_pinned, spread_pins},
    },
};

/// A shop of so many products or fewer has all of them put in order where something is buried.
const FEW: usize = 8_192;

/// Pins of one page or line.
#[derive(Debug, Default)]
pub(super) struct Pins {
    /// Places counted from one, each once and rising, with the products' places in the list that is scored.
    pub(super) at: Vec<(u32, u32)>,
    /// What is pinned, may be offered or not: it stands nowhere else.
    pub(super) products: Vec<ProductIx>,
}

impl Asking<'_> {
    /// Takes into the ranking what is pinned or boosted and may be offered, whether a source brought it or not. Where not all
    /// is ranked, what is raised is ranked and what is lowered is not. Shifts no score.
    pub(super) fn steer(&mut self, offered: &mut Vec<ProductIx>, shown: &[ProductIx], removed: &mut Removed) {
        let steering = &self.scene.steering;
        if steering.moves_nothing() {
            return;
        }
        self.rank_what_is_raised(offered);
        let eligibility = self.eligibility;
        for product in steering.joining(&self.shop.catalog, &self.scene.model.popular) {
            if !shown.contains(&product) && !offered.contains(&product) && eligibility.allows(product).is_ok() {
                offered.push(product);
            }
        }
        self.pins = Pins::default();
        for pin in steering.pins() {
            let Some(product) = pin.product else {
                feed::count(removed, Ineligibility::UnknownProduct);
                continue;
            };
            if shown.contains(&product) || self.pins.products.contains(&product) {
                continue;
            }
            self.pins.products.push(product);
            if let Err(reason) = eligibility.allows(product) {
                if !self.workspace.candidates.asked().contains(&product) {
                    feed::count(removed, reason);
                }
                continue;
            }
            let place = offered.iter().position(|one| *one == product).unwrap_or_else(|| {
                offered.push(product);
                offered.len() - 1
            });
            self.pins.at.push((pin.position, u32::try_from(place).unwrap_or(u32::MAX)));
        }
        spread_pins(&mut self.pins.at);
    }

    fn rank_what_is_raised(&mut self, offered: &mut Vec<ProductIx>) {
        let Some(mut unranked) = self.unranked.take() else { return };
        let (raised, left): (Vec<ProductIx>, Vec<ProductIx>) =
            unranked.drain(..).partition(|product| self.scene.shift(*product) > 0.0);
        let (lowered, mut ranked): (Vec<ProductIx>, Vec<ProductIx>) =
            offered.drain(..).partition(|product| self.scene.shift(*product) < 0.0);
        ranked.extend(raised);
        *offered = ranked;
        unranked = left;
        unranked.extend(lowered);
        unranked.sort_unstable();
        self.unranked = Some(unranked);
    }

    /// Adds to the scores what the shop has shifted.
    pub(super) fn shift_scores(&mut self, products: &[ProductIx]) {
        if !self.scene.steering.moves_nothing() {
            let scene = self.scene;
            self.workspace.shift(products, |product| scene.shift(product));
        }
    }

    /// The places without those of pins.
    pub(super) fn without_pins(&self, order: Vec<u32>) -> Vec<u32> {
        if self.pins.at.is_empty() {
            return order;
        }
        let is_pinned = |place: &u32| self.pins.at.iter().any(|(_, pinned)| pinned == place);
        order.into_iter().filter(|place| !is_pinned(place)).collect()
    }

    /// The places of a line that follows `before` products, pins among them.
    pub(super) fn with_pins(&self, mut order: Vec<u32>, before: usize) -> Vec<u32> {
        insert_pinned(&mut order, self.pins.at.iter().copied(), before);
        order
    }

    /// How many pins have their place on a first page of this size.
    pub(super) fn pins_within(&self, page_size: usize) -> usize {
        self.pins.at.iter().filter(|(position, _)| *position as usize <= page_size).count()
    }

    /// What is pinned, as it is shown. To be called before other products are scored.
    pub(super) fn pinned(&mut self, offered: &[ProductIx]) -> Vec<(u32, Recommended)> {
        let mut pinned = Vec::with_capacity(self.pins.at.len());
        for (position, place) in self.pins.at.clone() {
            let product = offered[place as usize];
            let Ok(fitting) = self.eligibility.verdict(product) else { continue };
            let shown: [(usize, Offered); 1] = [(place as usize, (product, fitting))];
            pinned.extend(self.dressed(&shown).pop().map(|one| (position, one)));
        }
        pinned
    }

    /// Puts the pins on the first page, after which nothing but pins follows where it is the `last`. Returns whether pins
    /// are left for the next one.
    pub(super) fn pin_page(
        &self,
        products: &mut Vec<Recommended>,
        mut pinned: Vec<(u32, Recommended)>,
        last: bool,
    ) -> bool {
        let page_size = self.query.page_size;
        let later = pinned.split_off(pinned.partition_point(|(position, _)| *position as usize <= page_size));
        insert_pinned(products, pinned, 0);
        if !last {
            return true;
        }
        let mut later = later.into_iter();
        let free = page_size.saturating_sub(products.len());
        products.extend(later.by_ref().take(free).map(|(_, one)| one));
        later.next().is_some()
    }

    /// What the line of products ends with, what is buried last. In a shop of many products what is not ranked keeps its order.
    pub(super) async fn steered_rest(&self) -> Rest {
        let (steering, catalog) = (&self.scene.steering, &self.scene.catalog);
        let rest = self.rest().await;
        if !steering.buries() {
            return rest;
        }
        match rest {
            Rest::Listed(listed) => Rest::Listed(steering.bury_last(catalog, listed.into_vec()).into()),
            Rest::Everything(order) if catalog.len() <= FEW => {
                let newer = catalog.iter().map(|row| row.ix).filter(|product| order.place(*product).is_none());
                let all = order.order().iter().copied().chain(newer).collect();
                Rest::Listed(steering.bury_last(catalog, all).into())
            }
            everything @ Rest::Everything(_) => everything,
        }
    }
}
