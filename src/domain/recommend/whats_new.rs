//! An e-mail tells what is new since the last visit: of the best candidates those that came into the shop since then come first.

use crate::domain::{
    catalog::ProductIx,
    recommend::{Placement, RequestContext},
};

/// What stands further down is not worth writing about, however new it is.
const BEST: usize = 100;

/// The places, the new ones of the best first. As they are where that says nothing: nobody knows when the customer was here,
/// or most of the shop came since.
pub fn first(context: &RequestContext<'_>, products: &[ProductIx], places: Vec<u32>) -> Vec<u32> {
    let last_visit = context.history.last_visit().filter(|_| context.placement == Placement::Email);
    let Some(last_visit) = last_visit else { return places };
    let is_new = |place: &u32| {
        let row = context.catalog.get(products[*place as usize]);
        row.is_some_and(|row| row.product.available_since > last_visit)
    };
    let (best, rest) = places.split_at(places.len().min(BEST));
    let (new, known): (Vec<u32>, Vec<u32>) = best.iter().copied().partition(is_new);
    if new.len() > known.len() {
        return places;
    }
    new.into_iter().chain(known).chain(rest.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Timestamp,
        customer::Profile,
        recommend::{
            UserHistory,
            fixture::{self, NOW, product},
        },
    };

    #[test]
    fn what_came_since_the_last_visit_comes_first_in_an_email_alone() {
        let day = |days: i64| Timestamp(NOW.0 - days * Timestamp::DAY);
        let goods = [("old", 90), ("new", 2), ("older", 99), ("newer", 1), ("known", 30)];
        let goods = goods.map(|(name, days)| {
            let mut product = product(name, "", "", 100);
            product.available_since = day(days);
            product
        });
        let catalog = fixture::catalog(goods);
        let (snapshot, ids, profile) = (catalog.snapshot(), catalog.ids(), Profile::default());
        let of = |name: &str| ids.find_product(name).unwrap();
        let products = ["old", "new", "older", "newer", "known"].map(of);
        let order = |placement: Placement, last_look: Option<i64>| {
            let looks = last_look.map(|days| (of("old"), day(days))).into_iter().collect();
            let history = UserHistory { looks, ..UserHistory::default() };
            let context = RequestContext { placement, history: &history, ..fixture::context(&snapshot, ids, &profile) };
            first(&context, &products, vec![0, 1, 2, 3, 4])
        };
        assert_eq!(order(Placement::Email, Some(10)), [1, 3, 0, 2, 4]);
        assert_eq!(order(Placement::Home, Some(10)), [0, 1, 2, 3, 4]);
        assert_eq!(order(Placement::Email, None), [0, 1, 2, 3, 4], "a stranger");
        assert_eq!(order(Placement::Email, Some(95)), [0, 1, 2, 3, 4], "most of the shop is new to the customer");
    }
}
