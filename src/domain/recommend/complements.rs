//! What completes a cart is of another kind than what lies in it: who has a kettle in the cart needs no second one. What is used up
//! may come again.

use crate::domain::{
    catalog::{CategoryIx, ProductIx},
    recommend::{RequestContext, Scenario},
};

/// The places, with more of a kind that the cart holds behind all others.
pub fn first(context: &RequestContext<'_>, products: &[ProductIx], places: Vec<u32>) -> Vec<u32> {
    if context.scenario() != Scenario::Cart {
        return places;
    }
    let kind = |product: ProductIx| context.catalog.get(product).map(|row| row.category);
    let in_cart: Vec<CategoryIx> =
        context.cart.iter().filter_map(|(product, _)| kind(*product)).filter(|kind| kind.0 != 0).collect();
    let is_more_of_it = |place: &u32| {
        let row = context.catalog.get(products[*place as usize]);
        row.is_some_and(|row| row.product.replenish_days.is_none() && in_cart.contains(&row.category))
    };
    let (last, mut places): (Vec<u32>, Vec<u32>) = places.into_iter().partition(is_more_of_it);
    places.extend(last);
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        customer::Profile,
        recommend::{
            Placement,
            fixture::{self, product},
        },
    };

    #[test]
    fn a_second_kettle_stands_behind_all_that_goes_with_the_first() {
        let mut beans = product("beans", "", "coffee", 100);
        beans.replenish_days = Some(30);
        let more = [("kettle", "kettles"), ("second", "kettles"), ("mug", "mugs"), ("loose", ""), ("filter", "coffee")];
        let goods = more.map(|(name, category)| product(name, "", category, 100)).into_iter().chain([beans]);
        let catalog = fixture::catalog(goods);
        let (snapshot, ids, profile) = (catalog.snapshot(), catalog.ids(), Profile::default());
        let of = |name: &str| ids.find_product(name).unwrap();
        let products = ["second", "mug", "filter", "beans", "loose"].map(of);
        let order = |placement: Placement, cart: &[&str]| {
            let cart: Vec<_> = cart.iter().map(|name| (of(name), None)).collect();
            let context = RequestContext { placement, cart: &cart, ..fixture::context(&snapshot, ids, &profile) };
            first(&context, &products, vec![0, 1, 2, 3, 4])
        };
        assert_eq!(order(Placement::Cart, &["kettle"]), [1, 2, 3, 4, 0]);
        assert_eq!(order(Placement::AfterPurchase, &["beans"]), [0, 1, 3, 4, 2], "what is used up may come again");
        assert_eq!(order(Placement::Cart, &["loose"]), [0, 1, 2, 3, 4], "without a category nothing is known");
        assert_eq!(order(Placement::Home, &["kettle"]), [0, 1, 2, 3, 4]);
    }
}
