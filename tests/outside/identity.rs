//! One customer under many names: links, their undoing, a shared device.

use outfitter::proto::*;
use tonic::Code;

use crate::shop::{Shop, customer, event, purchased, shoes, viewed, visitor};

async fn link(shop: &Shop, customer_id: &str, visitor_id: &str) -> LinkIdentifierResponse {
    let identifier = Some(Identifier { kind: IdentifierKind::Visitor.into(), value: visitor_id.into() });
    let cause = LinkCause::Login.into();
    let request = LinkIdentifierRequest { customer_id: customer_id.into(), identifier, cause, time_ms: 0 };
    shop.profiles().link_identifier(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_link_joins_and_its_undoing_gives_back() {
    let mut shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    shop.happened([event(visitor("v"), viewed("p")), event(visitor("v"), purchased("p", "p-41"))]).await;
    let bought: i32 = Ineligibility::Bought.into();
    assert_eq!(shop.ineligible(customer("c"), "p").await, 0);

    let made = link(&shop, "c", "v").await;
    assert!(made.created);
    assert_eq!(shop.ineligible(customer("c"), "p").await, bought);
    let (profile, _) = shop.profile(customer("c")).await;
    assert_eq!((profile.events, profile.links.len(), profile.links[0].cause()), (2, 1, LinkCause::Login));
    // Asked under the other name, it is the same profile.
    assert_eq!(shop.profile(visitor("v")).await.0, profile);
    assert!(!link(&shop, "c", "v").await.created, "the same link stood already");

    shop.restart().await;
    assert_eq!(shop.profile(customer("c")).await.0, profile);

    let link_id = made.link.unwrap().id;
    shop.profiles().undo_link(UndoLinkRequest { link_id: link_id.clone() }).await.unwrap();
    assert_eq!(shop.ineligible(customer("c"), "p").await, 0);
    assert_eq!(shop.ineligible(visitor("v"), "p").await, bought);
    assert!(!shop.profile(customer("c")).await.1);
    let again = shop.profiles().undo_link(UndoLinkRequest { link_id }).await;
    assert_eq!(again.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_shared_device_welds_nobody_together() {
    let shop = Shop::new().await;
    shop.stock([shoes("p"), shoes("q")]).await;
    link(&shop, "anna", "tablet").await;
    shop.happened([event(visitor("tablet"), purchased("p", "p-41"))]).await;
    link(&shop, "ewa", "tablet").await;
    shop.happened([event(visitor("tablet"), purchased("q", "q-41"))]).await;
    let owned = async |who: &str| {
        let owned = shop.profile(customer(who)).await.0.owned;
        owned.into_iter().map(|one| one.product_id).collect::<Vec<_>>()
    };
    assert_eq!((owned("anna").await, owned("ewa").await), (vec!["p".to_owned()], vec!["q".to_owned()]));
}

#[tokio::test]
async fn an_event_that_names_both_links_them() {
    let shop = Shop::new().await;
    shop.happened([event(visitor("v"), viewed("p"))]).await;
    let both = Who { customer_id: "c".into(), visitor_id: "v".into(), other: None };
    shop.happened([event(both, viewed("q"))]).await;
    let (profile, _) = shop.profile(customer("c")).await;
    assert_eq!((profile.events, profile.links[0].cause()), (2, LinkCause::Event));
}
