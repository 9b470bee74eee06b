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
    let erased = shop.profiles().erase_customer(EraseCustomerRequest { who: Some(customer("c")) }).await.unwrap();
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
