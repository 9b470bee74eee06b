//! The names of events that are read: those of Segment's e-commerce spec, of its first version, GA4's and Klaviyo's.

/// What an event says here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Viewed,
    Clicked,
    CartAdded,
    CartRemoved,
    ListViewed,
    Searched,
    Reviewed,
    CartViewed,
    Ordered,
    Returned,
    Delivered,
}

/// Others, such as "Coupon Applied", are counted and left out.
const KNOWN: [(&str, Name); 48] = [
    ("productviewed", Name::Viewed),
    ("viewedproduct", Name::Viewed),
    ("viewitem", Name::Viewed),
    ("productclicked", Name::Clicked),
    ("clickedproduct", Name::Clicked),
    ("selectitem", Name::Clicked),
    ("productadded", Name::CartAdded),
    ("addedproduct", Name::CartAdded),
    ("addtocart", Name::CartAdded),
    ("addedtocart", Name::CartAdded),
    ("productaddedtocart", Name::CartAdded),
    ("productremovedfromcart", Name::CartRemoved),
    ("productremoved", Name::CartRemoved),
    ("removedproduct", Name::CartRemoved),
    ("removefromcart", Name::CartRemoved),
    ("removedfromcart", Name::CartRemoved),
    ("productlistviewed", Name::ListViewed),
    ("viewedproductcategory", Name::ListViewed),
    ("viewitemlist", Name::ListViewed),
    ("productssearched", Name::Searched),
    ("searchedproducts", Name::Searched),
    ("search", Name::Searched),
    ("viewsearchresults", Name::Searched),
    ("productreviewed", Name::Reviewed),
    ("cartviewed", Name::CartViewed),
    ("viewcart", Name::CartViewed),
    ("checkoutstarted", Name::CartViewed),
    ("begincheckout", Name::CartViewed),
    ("startedcheckout", Name::CartViewed),
    ("ordercompleted", Name::Ordered),
    ("completedorder", Name::Ordered),
    ("orderplaced", Name::Ordered),
    ("placedorder", Name::Ordered),
    ("ordercreated", Name::Ordered),
    ("orderedproduct", Name::Ordered),
    ("checkoutcompleted", Name::Ordered),
    ("completedcheckout", Name::Ordered),
    ("purchase", Name::Ordered),
    ("ecommercepurchase", Name::Ordered),
    ("orderrefunded", Name::Returned),
    ("ordercancelled", Name::Returned),
    ("ordercanceled", Name::Returned),
    ("orderreturned", Name::Returned),
    ("refundedorder", Name::Returned),
    ("cancelledorder", Name::Returned),
    ("canceledorder", Name::Returned),
    ("refund", Name::Returned),
    ("orderdelivered", Name::Delivered),
];

impl Name {
    /// By its letters alone: `Product Added`, `product_added` and `productAdded` are one.
    pub fn of_event(event: &str) -> Option<Self> {
        let letters = letters(event);
        KNOWN.iter().find(|(known, _)| *known == letters).map(|(_, name)| *name)
    }
}

/// A name without what stands between its words, in lower case.
pub(super) fn letters(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_in_any_spelling() {
        for event in [
            "Product Added",
            "product added",
            "PRODUCT_ADDED",
            "product-added",
            "productAdded",
            "add_to_cart",
            "product added to cart",
        ] {
            assert_eq!(Name::of_event(event), Some(Name::CartAdded), "{event}");
        }
        for event in [
            "Order Completed",
            "order_completed",
            "Completed Order",
            "purchase",
            "Placed Order",
            "Ordered Product",
            "Checkout Completed",
            "checkout_completed",
            "order_created",
        ] {
            assert_eq!(Name::of_event(event), Some(Name::Ordered), "{event}");
        }
        for event in ["Coupon Applied", "add_to_wishlist", "", "page_view"] {
            assert_eq!(Name::of_event(event), None, "{event}");
        }
    }
}
