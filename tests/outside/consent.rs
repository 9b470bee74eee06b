//! Consent, traits, declared sizes and erasure: what is said counts from the next answer on.

use outfitter::proto::*;

use crate::shop::{Shop, customer, event, now_ms, purchased, shoes, viewed, visitor};

async fn consent(shop: &Shop, granted: bool) {
    let consents =
        vec![Consent { purpose: Purpose::Personalization.into(), granted, source: "crm".into(), time_ms: 0 }];
    shop.profiles().set_consent(SetConsentRequest { who: Some(customer("c")), consents }).await.unwrap();
}

async fn fallback(shop: &Shop) -> Fallback {
    let request = RecommendRequest { who: Some(customer("c")), ..RecommendRequest::default() };
    shop.recommendations().recommend(request).await.unwrap().into_inner().fallback()
}

#[tokio::test]
async fn without_consent_history_is_not_read() {
    let shop = Shop::new().await;
    shop.stock([shoes("p"), shoes("q")]).await;
    let mut old = event(customer("c"), viewed("p"));
    old.time_ms = now_ms() - 86_400_000;
    shop.happened([old]).await;
    assert_ne!(fallback(&shop).await, Fallback::NoConsent);
    consent(&shop, false).await;
    assert_eq!(fallback(&shop).await, Fallback::NoConsent);
    consent(&shop, true).await;
    assert_ne!(fallback(&shop).await, Fallback::NoConsent);
    let (profile, _) = shop.profile(customer("c")).await;
    assert_eq!((profile.consents.len(), profile.consents[0].granted), (1, true));
}

#[tokio::test]
async fn an_erased_customer_is_new() {
    let mut shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    let both = Who { customer_id: "c".into(), visitor_id: "v".into(), other: None };
    shop.happened([event(visitor("v"), viewed("p")), event(both, purchased("p", "p-41"))]).await;
    let erased =
        shop.profiles().erase_customer(EraseCustomerRequest { who: Some(customer("c")), time_ms: 0 }).await.unwrap();
    let erased = erased.into_inner();
    assert_eq!((erased.events_erased, erased.receipt_id.is_empty()), (2, false));
    assert!(!erased.receipt_id.contains('c') || erased.receipt_id.len() > 8, "a receipt says nothing of whom");
    for _ in 0..2 {
        assert!(!shop.profile(customer("c")).await.1);
        assert!(!shop.profile(visitor("v")).await.1);
        assert_eq!(shop.ineligible(customer("c"), "p").await, 0);
        assert_eq!(fallback(&shop).await, Fallback::UnknownCustomer);
        shop.restart().await;
    }
}

#[tokio::test]
async fn the_newest_trait_wins_and_what_it_beats_is_named() {
    let mut shop = Shop::new().await;
    let now = now_ms();
    let set = async |shop: &Shop, traits: &[(&str, &str, i64)]| {
        let traits = traits.iter().map(|(name, value, time_ms)| Trait {
            name: (*name).into(),
            value: (*value).into(),
            source: "crm".into(),
            time_ms: *time_ms,
        });
        let request = SetTraitsRequest { who: Some(customer("c")), traits: traits.collect() };
        shop.profiles().set_traits(request).await.unwrap().into_inner().superseded
    };
    assert!(set(&shop, &[("locale", "pl", now - 10), ("city", "Łódź", now - 10)]).await.is_empty());
    assert_eq!(set(&shop, &[("locale", "en", now - 20), ("city", "Kraków", now)]).await, ["locale"]);
    shop.restart().await;
    let (profile, known) = shop.profile(customer("c")).await;
    let traits: Vec<_> = profile.traits.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
    assert_eq!((traits, known), (vec![("city", "Kraków"), ("locale", "pl")], true));
    // An empty value takes a trait back.
    set(&shop, &[("city", "", 0)]).await;
    assert_eq!(shop.profile(customer("c")).await.0.traits.len(), 1);
}

#[tokio::test]
async fn declared_sizes_are_kept_and_unknown_ones_named() {
    let shop = Shop::new().await;
    let size = |garment: Garment, size: &str| DeclaredSize {
        garment: garment.into(),
        audience: Audience::Women.into(),
        size: size.into(),
        ..DeclaredSize::default()
    };
    let sizes = vec![size(Garment::Shoes, "41"), size(Garment::Top, "elephant")];
    let request = DeclareSizesRequest { who: Some(customer("c")), sizes };
    let answer = shop.profiles().declare_sizes(request).await.unwrap().into_inner();
    assert_eq!(answer.unrecognised_sizes, ["elephant"]);
    let (profile, _) = shop.profile(customer("c")).await;
    assert_eq!(profile.declared_sizes.len(), 2);
}

async fn set(shop: &Shop, granted: bool, time_ms: i64) -> Vec<i32> {
    let purpose = Purpose::Personalization.into();
    let consents = vec![Consent { purpose, granted, source: "web".into(), time_ms }];
    let request = SetConsentRequest { who: Some(customer("c")), consents };
    shop.profiles().set_consent(request).await.unwrap().into_inner().superseded
}

#[tokio::test]
async fn a_refusal_is_obeyed_whatever_clock_the_grant_had() {
    let mut shop = Shop::new().await;
    let minute = 60_000;
    let refused = async |shop: &Shop| fallback(shop).await == Fallback::NoConsent;
    // Stamped minutes ahead, by the caller's clock; then refused by the server's, or by another that runs behind.
    for refusal in [0, now_ms() - 10 * minute] {
        assert!(set(&shop, true, now_ms() + 4 * minute).await.is_empty());
        assert!(!refused(&shop).await);
        assert!(set(&shop, false, refusal).await.is_empty());
        assert!(refused(&shop).await, "{refusal}");
        shop.restart().await;
        assert!(refused(&shop).await, "{refusal}");
        // Agreed to anew, now.
        assert!(set(&shop, true, 0).await.is_empty());
        assert!(!refused(&shop).await);
    }
    // An old grant that is sent late takes nothing back, and is told so.
    assert!(set(&shop, false, 0).await.is_empty());
    let purpose: i32 = Purpose::Personalization.into();
    assert_eq!(set(&shop, true, now_ms() - minute).await, [purpose]);
    assert!(refused(&shop).await);
}

#[tokio::test]
async fn the_last_word_of_one_call_is_obeyed() {
    let shop = Shop::new().await;
    let word =
        |granted| Consent { purpose: Purpose::Personalization.into(), granted, source: "web".into(), time_ms: 0 };
    for (words, obeyed) in [([true, false], false), ([false, true], true)] {
        let request = SetConsentRequest { who: Some(customer("c")), consents: words.map(word).to_vec() };
        shop.profiles().set_consent(request).await.unwrap();
        assert_eq!(fallback(&shop).await != Fallback::NoConsent, obeyed, "{words:?}");
    }
}

#[tokio::test]
async fn what_is_owned_stays_hidden_without_consent_unless_the_shop_wants_it_otherwise() {
    let bought: i32 = Ineligibility::Bought.into();
    for (setting, expected) in [("true", bought), ("false", 0)] {
        let shop = Shop::with(&[("rules.hide_bought_without_consent", setting)]).await;
        let products = ["p", "q", "r", "s"];
        shop.stock(products.map(shoes)).await;
        for product in &products[..3] {
            let mut purchase = event(customer("c"), purchased(product, &format!("{product}-41")));
            purchase.time_ms = now_ms() - 86_400_000;
            shop.happened([purchase]).await;
        }
        consent(&shop, false).await;
        for product in &products[..3] {
            assert_eq!(shop.ineligible(customer("c"), product).await, expected, "{product}, {setting}");
        }
        let request = RecommendRequest { who: Some(customer("c")), ..RecommendRequest::default() };
        let answer = shop.recommendations().recommend(request).await.unwrap().into_inner();
        assert_eq!(answer.fallback(), Fallback::NoConsent);
        let mut shown: Vec<_> = answer.products.iter().map(|one| one.product_id.as_str()).collect();
        shown.sort_unstable();
        assert_eq!(shown, if expected == 0 { &products[..] } else { &["s"][..] });
        // Neither sizes nor anything else is learned from what is owned: no size note but "not known".
        assert!(answer.products.iter().all(|one| one.size_note() == SizeNote::Unknown), "{answer:?}");
    }
}
