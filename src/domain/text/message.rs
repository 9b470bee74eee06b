//! Every message that a locale file must have, with the variables that it may use. Nothing of any one language.

/// One message, or one set of wordings of the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// As the files name it. Wordings carry "-1", "-2", ... behind it.
    pub key: &'static str,
    /// `None`: one message that carries its bare key.
    pub wordings: Option<u32>,
    /// What the caller fills in.
    pub variables: &'static [&'static str],
}

const fn one(key: &'static str, variables: &'static [&'static str]) -> Message {
    Message { key, wordings: None, variables }
}

const fn several(key: &'static str, wordings: u32, variables: &'static [&'static str]) -> Message {
    Message { key, wordings: Some(wordings), variables }
}

/// All messages.
pub const MESSAGES: [Message; 55] = [
    one("list-and", &["first", "last"]),
    one("date", &["day", "month"]),
    one("price", &["amount", "currency"]),
    one("named", &["name", "more"]),
    several("complaint-open", 3, &["date"]),
    several("cart-several-sizes", 3, &["name", "count", "sizes"]),
    several("returned-for-size", 3, &["name", "size", "was", "direction"]),
    several("back-in-size", 3, &["name", "sized", "size", "price"]),
    several("order-arrived", 3, &["known", "name", "more", "date"]),
    several("cart-forgotten", 3, &["name", "more", "count", "total"]),
    several("consumable-due", 3, &["name", "days", "date", "price"]),
    several("goes-with-purchase", 3, &["name", "bought", "price"]),
    several("greeting-home", 3, &[]),
    several("greeting-product", 3, &["name"]),
    several("greeting-cart", 3, &[]),
    several("greeting-search", 3, &[]),
    several("greeting-after-purchase", 3, &[]),
    several("follow-up", 8, &[]),
    one("still-here", &["number"]),
    one("reason-goes_with_purchase", &["known", "about"]),
    one("reason-goes_with_cart", &["known", "about"]),
    one("reason-goes_with_in_view", &["known", "about"]),
    one("reason-like_viewed", &["known", "about"]),
    one("reason-like_in_view", &["known", "about"]),
    one("reason-favourite_brand", &["known", "about"]),
    one("reason-favourite_category", &["known", "about"]),
    one("reason-popular_in_segment", &[]),
    one("reason-popular", &[]),
    one("reason-new_arrival", &[]),
    one("reason-due_again", &["known", "about"]),
    one("reason-runs_small", &["known", "about"]),
    one("reason-runs_large", &["known", "about"]),
    one("reply-talk_to_human", &[]),
    one("reply-help_with_size", &[]),
    one("reply-show_cart", &[]),
    one("reply-finish_order", &[]),
    one("reply-add_to_cart", &[]),
    one("reply-show_product", &[]),
    one("reply-show_similar", &[]),
    one("reply-show_matching", &[]),
    one("reply-show_new", &[]),
    one("reply-show_gifts", &[]),
    one("reply-narrow_results", &[]),
    one("reply-all_good", &[]),
    one("reply-something_wrong", &[]),
    one("reply-start_return", &[]),
    one("reply-other_size", &[]),
    one("reply-reorder", &[]),
    one("reply-remind_later", &[]),
    one("reply-delivery_and_returns", &[]),
    one("reply-ask_question", &[]),
    one("reply-call_me", &[]),
    one("reply-complaint_status", &[]),
    one("reply-just_looking", &[]),
    one("reply-not_now", &[]),
];
