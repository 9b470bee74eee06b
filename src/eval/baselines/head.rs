//! The part of a catalogue that peers are measured over whose time or memory grows with its square.

use crate::models::{
    data::item_index::Item,
    retrieval::regression::{DENSE, HEAD, Head},
};

/// All products where the square of their number fits, else those that most customers have.
pub fn of(histories: &[Vec<Item>], items: usize) -> Head {
    let most = if items <= DENSE { items } else { HEAD };
    Head::new(histories.iter().flatten().copied(), items, most)
}

/// Histories of the head alone, by places in it.
pub fn only(head: &Head, histories: &[Vec<Item>]) -> Vec<Vec<Item>> {
    histories.iter().map(|own| own.iter().filter_map(|item| head.place(*item)).collect()).collect()
}

/// The name of a peer, and over what part of so many products it is measured where that is not all.
pub fn named(peer: &str, items: usize) -> String {
    if items <= DENSE { peer.to_owned() } else { format!("{peer}, of the {HEAD} most bought") }
}
