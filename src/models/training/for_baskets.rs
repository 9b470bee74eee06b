//! The sources that foretell the next order from the former ones: those of the protocol `next-basket`, and of the shop's own
//! model.

use std::sync::Arc;

use crate::domain::recommend::Source;
use crate::models::{
    data::{baskets::Baskets, item_index::ItemIndex},
    retrieval::{
        demand::{Demand, InDemand},
        next_basket::{ComesNext, NextOrder},
        repurchase::Repeats,
        rhythm::Rhythm,
        tifu_knn::{Alike, CustomersAlike},
    },
};

/// Counts orders. In the order of their features.
#[must_use]
pub fn sources(orders: &Baskets, vocabulary: &Arc<ItemIndex>) -> Vec<Box<dyn Source>> {
    let products = vocabulary.len();
    let known = || Arc::clone(vocabulary);
    vec![
        Box::new(Repeats::new(known(), Arc::new(Rhythm::count(orders, products)))),
        Box::new(CustomersAlike::new(known(), Arc::new(Alike::train(orders, products)))),
        Box::new(ComesNext::new(known(), Arc::new(NextOrder::count(orders, products)))),
        Box::new(InDemand::new(known(), Arc::new(Demand::count(orders, products)))),
    ]
}
