//! Sizes as shops write them, over the wire: what may be offered to whom, and what the answer says of it.

use outfitter::proto::{
    Audience, DeclareSizesRequest, DeclaredSize, Garment, Ineligibility, Product, ScoreProductsRequest, SizeNote,
    UpsertProductRequest,
};

use crate::shop::{Shop, customer, shoes};

fn product(id: &str, garment: Garment, audience: Audience, size: &str) -> Product {
    let plain = shoes(id);
    let mut variant = plain.variants[0].clone();
    variant.size = size.into();
    Product { garment: garment.into(), audience: audience.into(), variants: vec![variant], ..plain }
}

/// For each case a customer who declares one size and a product that comes in one.
async fn verdicts(cases: &[(Garment, Audience, &str, &str)]) -> Vec<(Ineligibility, SizeNote)> {
    let shop = Shop::new().await;
    let mut verdicts = Vec::new();
    for (place, (garment, audience, declared, written)) in cases.iter().enumerate() {
        let (who, id) = (customer(&format!("c{place}")), format!("p{place}"));
        shop.stock([product(&id, *garment, *audience, written)]).await;
        let size = DeclaredSize {
            garment: (*garment).into(),
            audience: (*audience).into(),
            size: (*declared).into(),
            ..DeclaredSize::default()
        };
        let request = DeclareSizesRequest { who: Some(who.clone()), sizes: vec![size] };
        shop.profiles().declare_sizes(request).await.unwrap();
        let request = ScoreProductsRequest { who: Some(who), product_ids: vec![id], ..ScoreProductsRequest::default() };
        let answer = shop.recommendations().score_products(request).await.unwrap().into_inner();
        verdicts.push((answer.products[0].ineligible(), answer.products[0].size_note()));
    }
    verdicts
}

#[tokio::test]
async fn a_size_with_a_word_beside_it_is_still_that_size() {
    use {Audience::*, Garment::*};
    let cases = [
        (Shoes, Women, "38", "38 (24 cm)", SizeNote::Declared),
        (Shoes, Women, "38", "38 wide", SizeNote::Declared),
        (Shoes, Men, "44", "44 (28 cm)", SizeNote::Declared),
        (Top, Women, "38", "DE 38", SizeNote::Declared),
        (Top, Women, "3XL", "3X", SizeNote::Declared),
        (Bottom, Men, "32", "32 Regular", SizeNote::Declared),
        (Top, Children, "116", "116 (6)", SizeNote::Declared),
        (Bra, Women, "75D", "75D (34D)", SizeNote::Declared),
        (Top, Women, "M", "-", SizeNote::OneSize),
        (Top, Women, "M", "M petite", SizeNote::Declared),
        (Shoes, Men, "42", "UK 8 / EU 42", SizeNote::Declared),
        (Top, Women, "M", "who knows", SizeNote::Unknown),
        (Shoes, Women, "38", "Model B", SizeNote::Unknown),
    ];
    let asked: Vec<_> = cases.iter().map(|case| (case.0, case.1, case.2, case.3)).collect();
    for (verdict, case) in verdicts(&asked).await.into_iter().zip(cases) {
        assert_eq!(verdict, (Ineligibility::Unspecified, case.4), "{case:?}");
    }
}

#[tokio::test]
async fn two_sizes_that_were_understood_differ_whatever_stands_beside_them() {
    use {Audience::*, Garment::*};
    let cases = [
        (Shoes, Women, "38", "39 (25 cm)"),
        (Shoes, Women, "38", "39 wide"),
        (Top, Women, "38", "DE 42"),
        (Top, Women, "L", "3X"),
        (Bottom, Men, "32", "34 Regular"),
        (Top, Children, "116", "128 (8)"),
        (Bra, Women, "75D", "80D (36D)"),
        (Top, Women, "M", "XL petite"),
        (Shoes, Women, "24 cm", "39 (25 cm)"),
    ];
    for (verdict, case) in verdicts(&cases).await.into_iter().zip(cases) {
        assert_eq!(verdict.0, Ineligibility::WrongSize, "{case:?}");
    }
}

#[tokio::test]
async fn what_was_not_understood_is_named_and_a_placeholder_is_not() {
    let shop = Shop::new().await;
    let unrecognised = async |size: &str| {
        let product = product("p", Garment::Shoes, Audience::Women, size);
        let request = UpsertProductRequest { product: Some(product), ..UpsertProductRequest::default() };
        shop.catalog().upsert_product(request).await.unwrap().into_inner().unrecognised_sizes
    };
    assert_eq!(unrecognised("Model B").await, ["Model B"]);
    for size in ["-", "n/a", "brak", "38 (24 cm)", "UK 5 / EU 38", "8 wide"] {
        assert!(unrecognised(size).await.is_empty(), "{size}");
    }
}
