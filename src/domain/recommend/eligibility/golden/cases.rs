//! The rows. Where nothing is said of stock and price, all variants have three units at 100 zloty, so that ties are by id.

mod bought;
mod filter;
mod sizes;

use super::{Case, world::World};
use crate::domain::recommend::{Ineligibility, SizeNote};

fn case(
    name: &'static str,
    product: &'static str,
    given: fn(&mut World),
    expected: Result<(&'static str, SizeNote), Ineligibility>,
) -> Case {
    Case { name, product, given, expected }
}

pub(super) fn all() -> Vec<Case> {
    [
        bought::bought(),
        bought::used_up(),
        sizes::stock(),
        sizes::sizes(),
        filter::context_and_filter(),
        filter::choice(),
        filter::guess(),
        filter::filters_within(),
        filter::hidden(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
