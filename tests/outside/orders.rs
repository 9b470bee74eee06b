//! Orders as shops tell them: twice, by file and by call, by the ids of variants; and what goes back of them.

use std::{fs, process::Command};

use outfitter::proto::{event::Kind, *};

use crate::shop::{Shop, customer, event, item, now_ms, price, visitor};

/// A top in some sizes, each variant with the id of its product before its size.
fn top(id: &str, sizes: &[&str]) -> Product {
    let variant = |size: &&str| Variant {
        id: format!("{id}-{size}"),
        size: (*size).into(),
        price: Some(price(9_900)),
        stock: Some(3),
        ..Variant::default()
    };
    Product {
        id: id.into(),
        texts: vec![ProductText { locale: "en".into(), title: format!("Top {id}"), description: String::new() }],
        category_path: ["Women", "Tops"].map(String::from).to_vec(),
        variants: sizes.iter().map(variant).collect(),
        ..Product::default()
    }
}

fn bought(order: &str, items: Vec<LineItem>) -> Kind {
    Kind::Purchased(Purchased { order_id: order.into(), items })
}

fn returned(order: &str, items: Vec<LineItem>) -> Kind {
    Kind::Returned(Returned { order_id: order.into(), items, reason: 0 })
}

async fn shop() -> Shop {
    let shop = Shop::new().await;
    shop.stock([top("p1", &["S", "M", "L"]), top("p3", &["S", "M", "L"]), top("x1", &["L", "XL"])]).await;
    shop
}

/// Product and units that are kept, by product.
async fn kept(shop: &Shop, who: Who) -> Vec<(String, i64)> {
    let owned = shop.profile(who).await.0.owned.into_iter();
    owned.map(|one| (one.product_id, one.kept_quantity)).collect()
}

fn is(kept: &[(&str, i64)]) -> Vec<(String, i64)> {
    kept.iter().map(|(product, units)| ((*product).to_owned(), *units)).collect()
}

#[tokio::test]
async fn an_order_that_is_reported_twice_is_one() {
    let shop = shop().await;
    for _ in 0..2 {
        shop.happened([event(customer("ada"), bought("A1", vec![item("p1", "p1-S")]))]).await;
    }
    let sizes = async || shop.profile(customer("ada")).await.0.known_sizes.into_iter().flat_map(|known| known.sizes);
    assert_eq!(kept(&shop, customer("ada")).await, is(&[("p1", 1)]));
    assert_eq!(shop.profile(customer("ada")).await.0.events, 1);
    // One purchase says too little of a size, so that nothing is hidden for it.
    assert_eq!(sizes().await.count(), 0);
    assert_eq!(shop.ineligible(customer("ada"), "x1").await, 0);
    assert_eq!(shop.ineligible(customer("ada"), "p1").await, i32::from(Ineligibility::Bought));
    // Two orders are two.
    shop.happened([event(customer("ada"), bought("A2", vec![item("p3", "p3-S")]))]).await;
    assert_eq!(sizes().await.collect::<Vec<_>>(), ["S"]);
}

#[tokio::test]
async fn an_event_may_name_a_variant_where_a_product_is_expected() {
    let shop = shop().await;
    let results = shop.write([event(customer("vera"), bought("V1", vec![item("p3-M", "")]))]).await;
    assert_eq!((&results[0].pending_product_ids[..], &results[0].notes[..]), (&[][..], &[][..]));
    let bought_it = i32::from(Ineligibility::Bought);
    assert_eq!(shop.ineligible(customer("vera"), "p3").await, bought_it);
    let (profile, _) = shop.profile(customer("vera")).await;
    assert_eq!((profile.owned[0].product_id.as_str(), profile.pending_product_ids.len()), ("p3", 0));

    // The event may come before its catalogue.
    let early = bought("V2", vec![item("late-L", "")]);
    let results = shop.write([event(customer("vera"), early)]).await;
    assert_eq!(results[0].pending_product_ids, ["late-L"]);
    assert_eq!(shop.profile(customer("vera")).await.0.pending_product_ids, ["late-L"]);
    shop.stock([top("late", &["L", "XL"])]).await;
    assert_eq!(shop.ineligible(customer("vera"), "late").await, bought_it);
    assert!(shop.profile(customer("vera")).await.0.pending_product_ids.is_empty());

    // Where a product has the id of another's variant, the product is meant, and this is said.
    shop.stock([top("p1-S", &["S", "M"])]).await;
    let doubtful = event(visitor("w"), bought("W1", vec![item("p1-S", "p1-S-M")]));
    let results = shop.write([doubtful]).await;
    assert!(results[0].notes[0].contains("the product is meant"), "{results:?}");
    assert_eq!(kept(&shop, visitor("w")).await, is(&[("p1-S", 1)]));

    // A second product with such a variant: it is not known any more which was meant.
    let mut other = top("other", &["M"]);
    other.variants[0].id = "p3-M".into();
    shop.stock([other]).await;
    assert_eq!(shop.ineligible(customer("vera"), "p3").await, 0);
    let results = shop.write([event(customer("z"), bought("Z1", vec![item("p3-M", "")]))]).await;
    assert_eq!(results[0].pending_product_ids, ["p3-M"]);
    assert!(results[0].notes[0].contains("none of them is meant"), "{results:?}");
    let gone = DeleteProductRequest { id: "other".into() };
    shop.catalog().delete_product(gone).await.unwrap();
    assert_eq!(shop.ineligible(customer("vera"), "p3").await, bought_it);
    assert_eq!(shop.ineligible(customer("z"), "p3").await, bought_it);
}

#[tokio::test]
async fn a_return_takes_from_the_order_that_it_names() {
    let mut shop = shop().await;
    let who = || customer("rut");
    // The refund is known before its order.
    shop.happened([event(who(), returned("R2", vec![item("p3", "")]))]).await;
    let lines = vec![item("p1", "p1-S"), item("p1", "p1-S"), item("p3", "p3-M")];
    shop.happened([event(who(), bought("R1", lines)), event(who(), bought("R2", vec![item("p3", "p3-L")]))]).await;
    assert_eq!(kept(&shop, who()).await, is(&[("p1", 2), ("p3", 1)]));
    // Another order, that nobody knows, takes nothing.
    shop.happened([event(who(), returned("R9", vec![item("p1", "p1-S")]))]).await;
    assert_eq!(kept(&shop, who()).await, is(&[("p1", 2), ("p3", 1)]));
    // Told twice it counts once.
    for _ in 0..2 {
        shop.happened([event(who(), returned("R1", vec![item("p1", "p1-S")]))]).await;
    }
    assert_eq!(kept(&shop, who()).await, is(&[("p1", 1), ("p3", 1)]));
    // Months later, with the order's id alone.
    shop.restart().await;
    shop.happened([event(who(), returned("R1", Vec::new()))]).await;
    assert_eq!(kept(&shop, who()).await, is(&[("p1", 0), ("p3", 0)]));
    for product in ["p1", "p3"] {
        assert_eq!(shop.ineligible(who(), product).await, 0, "{product}");
    }
    // Neither an order nor a product: of what?
    for order in ["", "undefined"] {
        let results = shop.write([event(who(), returned(order, Vec::new()))]).await;
        assert_eq!(results[0].error.as_ref().unwrap().field, "returned.items");
    }
    // What stands where an id should be makes no order of two.
    let undefined = || event(who(), bought("undefined", vec![item("p1", "p1-S")]));
    shop.happened([undefined(), undefined()]).await;
    assert_eq!(kept(&shop, who()).await, is(&[("p1", 2), ("p3", 0)]));
}

/// One file of rows, imported beside calls that tell of the same orders.
#[tokio::test]
async fn an_order_told_by_file_and_by_call_is_one() {
    const MAPPING: &str = r#"
        times = "milliseconds"
        every_row = "sold"
        columns = { time = "time", customer = "who", product = "item", variant = "sku", quantity = "qty", order = "order" }
        [events.sold]
        kind = "purchased"
    "#;
    let mut shop = shop().await;
    shop.happened([event(customer("eva"), bought("E1", vec![item("p1", "p1-S")]))]).await;
    shop.stop().await;
    let (rows, mapping) = (shop.folder().join("orders.csv"), shop.folder().join("orders.toml"));
    let time = now_ms() - 60_000;
    let row = |order: &str, item: &str, sku: &str| format!("{time},eva,{item},{sku},1,{order}\n");
    let text = [
        "time,who,item,sku,qty,order\n".to_owned(),
        row("E1", "p1", "p1-S"),
        // Equal lines of one file are both meant.
        row("E2", "p3", "p3-M"),
        row("E2", "p3", "p3-M"),
        row("E2", "x1", ""),
    ];
    fs::write(&rows, text.concat()).unwrap();
    fs::write(&mapping, MAPPING).unwrap();
    let import = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outfitter"));
        command.env_clear().args(["import", "events"]).arg(&rows).arg("--mapping").arg(&mapping);
        let output = command.arg("--data").arg(shop.folder().join("data")).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    import();
    import();
    shop.restart().await;
    let expected = is(&[("p1", 1), ("p3", 2), ("x1", 1)]);
    assert_eq!(kept(&shop, customer("eva")).await, expected);
    let again = vec![item("p3", "p3-M"), item("p3", "p3-M"), item("x1", "x1-L")];
    shop.happened([event(customer("eva"), bought("E2", again))]).await;
    assert_eq!(kept(&shop, customer("eva")).await, expected);
}
