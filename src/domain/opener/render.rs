//! Words into a text: which message says what, what fills it in, and which answers stand below it.
//!
//! Names and sizes are data and are cleaned here; the sentences are those of the locale's file.

use std::sync::Arc;

use super::{
    QuickReply,
    situation::{Page, Words},
};
use crate::domain::{
    TimeZone,
    catalog::Product,
    text::{Args, Book, MAX_NAME, MAX_SIZE, Texts, clean, yes},
};

/// Every wording that can be said, as the events and the files name it.
pub fn lines(words: &Words) -> Vec<String> {
    let key = key(words);
    if let Words::StillHere { number } = words {
        return vec![format!("{key}-{number}")];
    }
    // The second wording names the total.
    let unfit = |wording: &u32| matches!(words, Words::CartForgotten { total: None, .. }) && *wording == 2;
    (1..=Book::wordings(key)).filter(|wording| !unfit(wording)).map(|wording| format!("{key}-{wording}")).collect()
}

/// The running number of a line that has one.
pub fn number_of(line: &str) -> Option<u64> {
    line.strip_prefix(key(&Words::StillHere { number: 0 }))?.strip_prefix('-')?.parse().ok()
}

/// The text of one line. The product's names are taken in the text's own language where there are any, days are those of the
/// zone.
pub fn text(words: &Words, line: &str, texts: &Texts, book: &Book, zone: &TimeZone) -> String {
    let name = |product: &Arc<Product>| {
        let name = clean(texts.title(product, book.locale()), MAX_NAME);
        if name.is_empty() { clean(product.id.as_str(), MAX_NAME) } else { name }
    };
    let mut args = Args::new();
    match words {
        Words::ComplaintOpen { time } => args.set("date", book.date(*time, zone)),
        Words::CartSeveralSizes { product, sizes } => {
            let sizes: Vec<String> = sizes.iter().map(|size| clean(size, MAX_SIZE)).collect();
            args.set("name", name(product));
            args.set("count", sizes.len());
            args.set("sizes", book.list(&sizes));
        }
        Words::ReturnedForSize { product, size, was, too_small } => {
            args.set("name", name(product));
            args.set("size", clean(size, MAX_SIZE));
            args.set("was", clean(was, MAX_SIZE));
            args.set("direction", if *too_small { "small" } else { "large" });
        }
        Words::BackInSize { product, size, price } => {
            args.set("name", name(product));
            args.set("sized", yes(size.is_some()));
            args.set("size", clean(size.as_deref().unwrap_or_default(), MAX_SIZE));
            args.set("price", book.price(*price));
        }
        Words::OrderArrived { product, others, time } => {
            args.set("known", yes(product.is_some()));
            args.set("name", product.as_ref().map(name).unwrap_or_default());
            args.set("more", *others);
            args.set("date", book.date(*time, zone));
        }
        Words::CartForgotten { product, things, total } => {
            args.set("name", name(product));
            args.set("more", things.saturating_sub(1));
            args.set("count", *things);
            args.set("total", total.map(|total| book.price(total)).unwrap_or_default());
        }
        Words::ConsumableDue { product, days, time, price } => {
            args.set("name", name(product));
            args.set("days", *days);
            args.set("date", book.date(*time, zone));
            args.set("price", book.price(*price));
        }
        Words::GoesWithPurchase { product, bought, price } => {
            args.set("name", name(product));
            args.set("bought", name(bought));
            args.set("price", book.price(*price));
        }
        Words::Greeting { page: Page::Product { product, .. } } => args.set("name", name(product)),
        Words::StillHere { number } => {
            args.set("number", *number);
            return book.say(key(words), &args);
        }
        Words::Greeting { .. } | Words::FollowUp => {}
    }
    book.say(line, &args)
}

/// The answers that stand below the text.
pub fn replies(words: &Words, book: &Book) -> Vec<QuickReply> {
    let reply =
        |code: &&'static str| QuickReply { code, text: book.say(&format!("reply-{code}"), &Args::new()).into() };
    codes(words).iter().map(reply).collect()
}

fn key(words: &Words) -> &'static str {
    match words {
        Words::ComplaintOpen { .. } => "complaint-open",
        Words::CartSeveralSizes { .. } => "cart-several-sizes",
        Words::ReturnedForSize { .. } => "returned-for-size",
        Words::BackInSize { .. } => "back-in-size",
        Words::OrderArrived { .. } => "order-arrived",
        Words::CartForgotten { .. } => "cart-forgotten",
        Words::ConsumableDue { .. } => "consumable-due",
        Words::GoesWithPurchase { .. } => "goes-with-purchase",
        Words::Greeting { page: Page::Home } => "greeting-home",
        Words::Greeting { page: Page::Product { .. } } => "greeting-product",
        Words::Greeting { page: Page::Cart } => "greeting-cart",
        Words::Greeting { page: Page::Search } => "greeting-search",
        Words::Greeting { page: Page::AfterPurchase } => "greeting-after-purchase",
        Words::FollowUp => "follow-up",
        Words::StillHere { .. } => "still-here",
    }
}

const fn codes(words: &Words) -> &'static [&'static str] {
    match words {
        Words::ComplaintOpen { .. } => &["talk_to_human", "call_me", "complaint_status"],
        Words::CartSeveralSizes { .. } => &["help_with_size", "show_cart", "finish_order", "not_now"],
        Words::ReturnedForSize { .. } => &["add_to_cart", "help_with_size", "not_now"],
        Words::BackInSize { .. } => &["add_to_cart", "show_product", "show_similar", "not_now"],
        Words::OrderArrived { .. } => &["all_good", "something_wrong", "start_return"],
        Words::CartForgotten { .. } => &["show_cart", "finish_order", "remind_later", "not_now"],
        Words::ConsumableDue { .. } => &["reorder", "remind_later", "not_now"],
        Words::GoesWithPurchase { .. } => &["show_product", "show_matching", "not_now"],
        Words::Greeting { page: Page::Home } => &["show_new", "show_gifts", "just_looking"],
        Words::Greeting { page: Page::Product { sized: true, .. } } => {
            &["ask_question", "help_with_size", "show_similar", "just_looking"]
        }
        Words::Greeting { page: Page::Product { .. } } => &["ask_question", "show_similar", "just_looking"],
        Words::Greeting { page: Page::Cart } => &["finish_order", "delivery_and_returns", "ask_question"],
        Words::Greeting { page: Page::Search } => &["narrow_results", "show_new", "just_looking"],
        Words::Greeting { page: Page::AfterPurchase } => &["delivery_and_returns", "show_matching", "just_looking"],
        Words::FollowUp => &["show_new", "show_gifts", "delivery_and_returns", "talk_to_human"],
        Words::StillHere { .. } => &["talk_to_human", "not_now"],
    }
}
