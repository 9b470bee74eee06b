//! Requests that break a rule of the contract: refused whole, each field and its value named.

use std::time::{Duration, Instant};

use outfitter::proto::*;
use tonic::Code;

use crate::shop::{Shop, customer, price, refused, settings, shoes, visitor};

fn recommend(change: impl FnOnce(&mut RecommendRequest)) -> RecommendRequest {
    let mut request = RecommendRequest { who: Some(customer("c")), ..RecommendRequest::default() };
    change(&mut request);
    request
}

#[tokio::test]
async fn questions() {
    let shop = Shop::new().await;
    let check = async |request: RecommendRequest, field: &str, value: &str| {
        refused(shop.recommendations().recommend(request).await, field, value);
    };
    let money = |minor, currency: &str| Some(Money { minor, currency: currency.into() });
    let within = |at_least, at_most| {
        recommend(|r| r.filter = Some(Filter { price: Some(PriceRange { at_least, at_most }), ..Filter::default() }))
    };
    check(recommend(|r| r.who = None), "who", "needs a customer_id").await;
    check(recommend(|r| r.who = Some(Who::default())), "who", "needs a customer_id").await;
    check(recommend(|r| r.who = Some(customer(&"ż".repeat(129)))), "who.customer_id", "129").await;
    check(recommend(|r| r.who = Some(visitor("a\nb"))), "who.visitor_id", r#""a\nb""#).await;
    check(recommend(|r| r.page_size = -1), "page_size", "-1").await;
    check(
        recommend(|r| r.page_token = "not ours".into()),
        "page_token",
        "not given out for this request: \"not ours\"",
    )
    .await;
    check(recommend(|r| r.page_token = "x".repeat(5_000)), "page_token", "xxx\"…").await;
    check(recommend(|r| r.placement = 99), "placement", "99").await;
    check(recommend(|r| r.context = Some(Context { locale: "!".into(), ..Context::default() })), "context.locale", "!")
        .await;
    check(recommend(|r| r.context = Some(Context { channel: -3, ..Context::default() })), "context.channel", "-3")
        .await;
    check(within(money(-1, "PLN"), None), "filter.price.at_least.minor", "-1").await;
    check(within(money(1, ""), None), "filter.price.at_least.currency", "\"\"").await;
    check(within(None, money(1, "ZŁ")), "filter.price.at_most.currency", "ZŁ").await;
    check(within(money(1, "PLN"), money(2, "EUR")), "filter.price.at_most.currency", "EUR").await;
    check(within(money(3, "PLN"), money(2, "PLN")), "filter.price", "3 > 2").await;
    let steps = vec!["x".to_owned(); 11];
    let filter = Filter { categories: vec![CategoryPath { steps }], ..Filter::default() };
    check(recommend(|r| r.filter = Some(filter)), "filter.categories[0].steps", "11").await;
    let filter = Filter { exclude_product_ids: vec!["p".into(), String::new()], ..Filter::default() };
    check(recommend(|r| r.filter = Some(filter)), "filter.exclude_product_ids[1]", "must not be empty").await;

    let many = |filter| recommend(|r| r.filter = Some(filter));
    let path = CategoryPath { steps: vec!["x".into()] };
    check(many(Filter { categories: vec![path; 101], ..Filter::default() }), "filter.categories", "got 101").await;
    check(many(Filter { brands: vec!["x".into(); 101], ..Filter::default() }), "filter.brands", "got 101").await;
    check(many(Filter { brands: vec!["x".repeat(257)], ..Filter::default() }), "filter.brands[0]", "257").await;
    let attribute = |count| AttributeFilter { name: "n".into(), values: vec!["x".into(); count] };
    let filter = Filter { attributes: vec![attribute(1); 101], ..Filter::default() };
    check(many(filter), "filter.attributes", "got 101").await;
    for count in [0, 101] {
        let filter = Filter { attributes: vec![attribute(count)], ..Filter::default() };
        check(many(filter), "filter.attributes[0].values", &format!("got {count}")).await;
    }
    let filter = Filter { exclude_product_ids: vec!["p".into(); 1_001], ..Filter::default() };
    check(many(filter), "filter.exclude_product_ids", "got 1001").await;
    let cart = |lines| vec![CartLine { product_id: "p".into(), variant_id: String::new() }; lines];
    let in_cart = |lines| recommend(|r| r.context = Some(Context { cart: cart(lines), ..Context::default() }));
    check(in_cart(1_001), "context.cart", "got 1001").await;
    shop.recommendations().recommend(in_cart(1_000)).await.unwrap();

    let opener = GetOpenerRequest { who: Some(customer("c")), page: 77, ..GetOpenerRequest::default() };
    refused(shop.openers().get_opener(opener).await, "page", "77");
}

#[tokio::test]
async fn every_fault_of_a_request_is_told_at_once() {
    let shop = Shop::new().await;
    let request = RecommendRequest { page_size: -7, placement: 99, ..RecommendRequest::default() };
    for (field, value) in [("who", "needs"), ("page_size", "-7"), ("placement", "99")] {
        refused(shop.recommendations().recommend(request.clone()).await, field, value);
    }
}

#[tokio::test]
async fn lists_to_score() {
    let shop = Shop::new().await;
    let ask = |count: usize| {
        let product_ids = (0..count).map(|i| format!("p{i}")).collect();
        ScoreProductsRequest { who: Some(customer("c")), product_ids, ..ScoreProductsRequest::default() }
    };
    refused(shop.recommendations().score_products(ask(0)).await, "product_ids", "got 0");
    refused(shop.recommendations().score_products(ask(1_001)).await, "product_ids", "got 1001");
    let mut odd = ask(3);
    odd.product_ids[2] = "x".repeat(200);
    refused(shop.recommendations().score_products(odd).await, "product_ids[2]", "200");
    // A thousand unknown ones are each named.
    let scores = shop.recommendations().score_products(ask(1_000)).await.unwrap().into_inner();
    assert_eq!(scores.products.len(), 1_000);
    let unknown: i32 = Ineligibility::UnknownProduct.into();
    assert!(
        scores
            .products
            .iter()
            .enumerate()
            .all(|(i, one)| one.product_id == format!("p{i}") && one.ineligible == unknown)
    );
}

#[tokio::test]
async fn an_unknown_customer_is_a_cold_start_and_says_so() {
    let shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    let answer = shop.recommendations().recommend(recommend(|r| r.who = Some(customer("stranger")))).await.unwrap();
    assert_eq!(answer.into_inner().fallback(), Fallback::UnknownCustomer);
    assert_eq!(
        shop.profile(customer("stranger")).await,
        (Profile { customer_id: "stranger".into(), ..Profile::default() }, false)
    );
}

#[tokio::test]
async fn an_unknown_product_in_view_or_in_the_cart_says_nothing_and_the_answer_goes_on() {
    let shop = Shop::new().await;
    shop.stock([shoes("p")]).await;
    let cart = vec![CartLine { product_id: "ghost".into(), ..CartLine::default() }];
    let context = Context { product_id: "ghost".into(), cart, ..Context::default() };
    let request = recommend(|r| r.context = Some(context));
    let answer = shop.recommendations().recommend(request).await.unwrap().into_inner();
    assert_eq!(answer.products.iter().map(|one| one.product_id.as_str()).collect::<Vec<_>>(), ["p"]);
    let request =
        GetOpenerRequest { who: Some(customer("c")), product_id: "ghost".into(), ..GetOpenerRequest::default() };
    assert!(!shop.openers().get_opener(request).await.unwrap().into_inner().text.is_empty());
}

#[tokio::test]
async fn products() {
    let shop = Shop::new().await;
    let check = async |field: &str, value: &str, change: &dyn Fn(&mut Product)| {
        let mut product = shoes("p");
        change(&mut product);
        let request = UpsertProductRequest { product: Some(product), validate_only: false };
        refused(shop.catalog().upsert_product(request).await, field, value);
    };
    refused(shop.catalog().upsert_product(UpsertProductRequest::default()).await, "product", "must be set");
    check("product.id", "must not be empty", &|p| p.id = String::new()).await;
    check("product.id", "129", &|p| p.id = "x".repeat(129)).await;
    check("product.texts", "got 0", &|p| p.texts.clear()).await;
    check("product.texts", "got 101", &|p| p.texts = vec![p.texts[0].clone(); 101]).await;
    check("product.texts[0].title", "\" \"", &|p| p.texts[0].title = " ".into()).await;
    check("product.texts[0].locale", "??", &|p| p.texts[0].locale = "??".into()).await;
    check("product.texts[1].locale", "en", &|p| p.texts.push(p.texts[0].clone())).await;
    check("product.category_path", "11", &|p| p.category_path = vec!["x".into(); 11]).await;
    check("product.category_path[1]", "\"\"", &|p| p.category_path[1] = String::new()).await;
    check("product.garment", "99", &|p| p.garment = 99).await;
    check("product.replenish_days", "-1", &|p| p.replenish_days = -1).await;
    check("product.available_since_ms", "-5", &|p| p.available_since_ms = -5).await;
    check("product.variants", "got 0", &|p| p.variants.clear()).await;
    check("product.variants", "got 1001", &|p| p.variants = vec![p.variants[0].clone(); 1_001]).await;
    check("product.variants[1].id", "\"p-41\"", &|p| p.variants[1].id = "p-41".into()).await;
    check("product.variants[0].price", "must be set", &|p| p.variants[0].price = None).await;
    let priced = |minor, currency: &'static str| {
        move |p: &mut Product| p.variants[0].price = Some(Money { minor, currency: currency.into() })
    };
    check("product.variants[0].price.currency", "must be set", &priced(1, "")).await;
    check("product.variants[0].price.currency", "\"XYZ\"", &priced(1, "XYZ")).await;
    check("product.variants[0].price.minor", "-1", &priced(-1, "PLN")).await;
    let euros = Some(Money { minor: 2, currency: "EUR".into() });
    check("product.variants[1].original_price.currency", "\"EUR\"", &|p| p.variants[1].original_price = euros.clone())
        .await;
    check("product.variants[1].sale_price.currency", "\"EUR\"", &|p| p.variants[1].sale_price = euros.clone()).await;
    check("product.variants[1].regular_price.currency", "\"EUR\"", &|p| p.variants[1].regular_price = euros.clone())
        .await;
    let over = |p: &mut Product| (p.variants[1].sale_from_ms, p.variants[1].sale_until_ms) = (9, 9);
    check("product.variants[1].sale_until_ms", "9", &over).await;
    check("product.variants[1].stock", "4294967296", &|p| p.variants[1].stock = Some(4_294_967_296)).await;
    check("product.variants[1].availability", "9", &|p| p.variants[1].availability = 9).await;
    let attribute = Attribute { name: "a b".into(), value: String::new() };
    check("product.attributes[0].name", "\"a b\"", &|p| p.attributes.push(attribute.clone())).await;
    check("product.attributes", "got 101", &|p| p.attributes = vec![attribute.clone(); 101]).await;
    check("product.variants[1].attributes", "got 101", &|p| p.variants[1].attributes = vec![attribute.clone(); 101])
        .await;
    // Nothing of a refused product was done.
    let found = shop.catalog().get_product(GetProductRequest { id: "p".into() }).await;
    assert_eq!(found.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn texts_without_end() {
    type Change<'a> = &'a dyn Fn(&mut Product, String);
    let shop = Shop::new().await;
    let upsert = async |change: Change<'_>, text: String| {
        let mut product = shoes("p");
        change(&mut product, text);
        let request = UpsertProductRequest { product: Some(product), validate_only: false };
        shop.catalog().upsert_product(request).await
    };
    let attribute = |value| vec![Attribute { name: "n".into(), value }];
    let cases: [(&str, usize, Change<'_>); 9] = [
        ("product.texts[0].title", 1_000, &|p, text| p.texts[0].title = text),
        ("product.brand", 256, &|p, text| p.brand = text),
        ("product.category_path[1]", 256, &|p, text| p.category_path[1] = text),
        ("product.image_uri", 4_096, &|p, text| p.image_uri = text),
        ("product.attributes[0].value", 1_024, &|p, text| p.attributes = attribute(text)),
        ("product.variants[1].size", 128, &|p, text| p.variants[1].size = text),
        ("product.variants[1].color", 256, &|p, text| p.variants[1].color = text),
        ("product.variants[1].image_uri", 4_096, &|p, text| p.variants[1].image_uri = text),
        ("product.variants[1].attributes[0].value", 1_024, &|p, text| p.variants[1].attributes = attribute(text)),
    ];
    for (field, most, change) in cases {
        upsert(change, "ż".repeat(most)).await.unwrap();
        let fault = format!("at most {most} characters, this one has {}: \"żżż", most + 1);
        refused(upsert(change, "ż".repeat(most + 1)).await, field, &fault);
        let began = Instant::now();
        refused(upsert(change, "x".repeat(3 << 20)).await, field, "3145728");
        assert!(began.elapsed() < Duration::from_secs(5), "{field}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_size_that_no_system_knows_is_kept_and_named() {
    let shop = Shop::new().await;
    let mut product = shoes("p");
    product.variants[0].size = "elephant".into();
    let request = UpsertProductRequest { product: Some(product), validate_only: false };
    let answer = shop.catalog().upsert_product(request).await.unwrap().into_inner();
    assert_eq!((answer.created, answer.unrecognised_sizes), (true, vec!["elephant".to_owned()]));
    let kept = shop.catalog().get_product(GetProductRequest { id: "p".into() }).await.unwrap().into_inner();
    assert_eq!(kept.product.unwrap().variants[0].size, "elephant");
}

#[tokio::test]
async fn pages_of_the_catalogue() {
    let shop = Shop::new().await;
    shop.stock(["b", "a", "c"].map(shoes)).await;
    let list = async |page_size, page_token: String| {
        shop.catalog()
            .list_products(ListProductsRequest { page_size, page_token })
            .await
            .map(tonic::Response::into_inner)
    };
    refused(list(-1, String::new()).await, "page_size", "-1");
    refused(list(1, "foreign".into()).await, "page_token", "foreign");
    let first = list(2, String::new()).await.unwrap();
    let second = list(2, first.next_page_token.clone()).await.unwrap();
    let ids: Vec<_> = first.products.iter().chain(&second.products).map(|product| product.id.as_str()).collect();
    assert_eq!((ids, second.next_page_token.as_str()), (vec!["a", "b", "c"], ""));
}

#[tokio::test]
async fn what_is_said_of_a_customer() {
    let shop = Shop::new().await;
    let valued = async |value: String| {
        let traits = vec![Trait { name: "n".into(), value, source: "crm".into(), time_ms: 0 }];
        shop.profiles().set_traits(SetTraitsRequest { who: Some(customer("c")), traits }).await
    };
    valued("ż".repeat(1_024)).await.unwrap();
    refused(valued("ż".repeat(1_025)).await, "traits[0].value", "1025: \"żżż");
    let traits = async |name: &str, source: &str, time_ms| {
        let traits = vec![Trait { name: name.into(), value: "v".into(), source: source.into(), time_ms }];
        shop.profiles().set_traits(SetTraitsRequest { who: Some(customer("c")), traits }).await
    };
    refused(traits("", "crm", 0).await, "traits[0].name", "must not be empty");
    refused(traits("a b", "crm", 0).await, "traits[0].name", "\"a b\"");
    refused(traits(&"x".repeat(65), "crm", 0).await, "traits[0].name", "65");
    refused(traits("n", "", 0).await, "traits[0].source", "\"\"");
    refused(traits("n", &"x".repeat(257), 0).await, "traits[0].source", "257");
    refused(traits("n", "crm", -1).await, "traits[0].time_ms", "-1");
    refused(traits("n", "crm", i64::MAX).await, "traits[0].time_ms", "future");
    let none = SetTraitsRequest { who: Some(customer("c")), traits: Vec::new() };
    refused(shop.profiles().set_traits(none).await, "traits", "got 0");

    let size = |garment| DeclaredSize { garment, size: "M".into(), ..DeclaredSize::default() };
    let sizes = vec![size(Garment::Top.into()), size(0)];
    let request = DeclareSizesRequest { who: Some(customer("c")), sizes };
    refused(shop.profiles().declare_sizes(request).await, "sizes[1].garment", "0");

    let long = DeclaredSize { size: "4".repeat(129), ..size(Garment::Top.into()) };
    let request = DeclareSizesRequest { who: Some(customer("c")), sizes: vec![long; 101] };
    refused(shop.profiles().declare_sizes(request.clone()).await, "sizes", "got 101");
    refused(shop.profiles().declare_sizes(request).await, "sizes[0].size", "129");

    let consents = vec![Consent { purpose: 0, granted: true, source: String::new(), time_ms: 0 }];
    let request = SetConsentRequest { who: Some(customer("c")), consents };
    refused(shop.profiles().set_consent(request.clone()).await, "consents[0].purpose", "0");
    refused(shop.profiles().set_consent(request).await, "consents[0].source", "\"\"");

    let link = async |kind: IdentifierKind, value: &str, cause: LinkCause| {
        let identifier = Some(Identifier { kind: kind.into(), value: value.into() });
        let cause = cause.into();
        let request = LinkIdentifierRequest { customer_id: "c".into(), identifier, cause, time_ms: 0 };
        shop.profiles().link_identifier(request).await
    };
    let mail = link(IdentifierKind::EmailHash, "anna@example.com", LinkCause::Login).await;
    assert!(!format!("{mail:?}").contains("anna"), "a mail address is not told back");
    refused(mail, "identifier.value", "mail address");
    refused(link(IdentifierKind::Customer, "d", LinkCause::Login).await, "identifier.kind", "never joined");
    refused(link(IdentifierKind::Unspecified, "d", LinkCause::Login).await, "identifier.kind", "0");
    refused(link(IdentifierKind::Visitor, "v", LinkCause::Unspecified).await, "cause", "0");
    let undone = shop.profiles().undo_link(UndoLinkRequest { link_id: "none".into() }).await;
    assert_eq!(undone.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn what_is_only_validated_is_not_done() {
    let shop = Shop::new().await;
    let request = UpsertProductRequest { product: Some(shoes("p")), validate_only: true };
    assert!(shop.catalog().upsert_product(request).await.unwrap().into_inner().created);
    let found = shop.catalog().get_product(GetProductRequest { id: "p".into() }).await;
    assert_eq!(found.unwrap_err().code(), Code::NotFound);
    let event = crate::shop::event(customer("c"), crate::shop::viewed("p"));
    let request = WriteEventsRequest { events: vec![event], validate_only: true };
    let result = shop.events().write_events(request).await.unwrap().into_inner().results.remove(0);
    assert_eq!(result.status(), EventStatus::Accepted);
    assert!(!shop.profile(customer("c")).await.1);
    let answer = shop.recommendations().recommend(recommend(|r| r.validate_only = true)).await.unwrap();
    assert_eq!(answer.into_inner(), RecommendResponse::default());
}

#[tokio::test]
async fn ten_megabytes_are_refused_with_the_right_code() {
    let shop = Shop::new().await;
    let mut product = shoes("p");
    product.texts[0].description = "x".repeat(10 << 20);
    let request = UpsertProductRequest { product: Some(product), validate_only: false };
    let status = shop.catalog().upsert_product(request).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    assert!(status.message().contains("4194304"), "{}", status.message());
    // Within the limit the same goes through.
    let mut product = shoes("p");
    product.texts[0].description = "x".repeat(3 << 20);
    shop.stock([product]).await;
}

#[tokio::test]
async fn two_servers_do_not_share_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = outfitter::server::start(settings(&folder, &[])).await.unwrap();
    let second = outfitter::server::start(settings(&folder, &[])).await.err().unwrap();
    assert!(second.to_string().contains("in use by another server"), "{second}");
    first.stop().await;
}

#[tokio::test]
async fn prices_of_a_customer_s_order_are_checked_too() {
    let shop = Shop::new().await;
    let mut item = crate::shop::item("p", "");
    item.unit_price = Some(price(-5));
    let purchase = event::Kind::Purchased(Purchased { order_id: String::new(), items: vec![item] });
    let result = shop.write([crate::shop::event(customer("c"), purchase)]).await.remove(0);
    let error = result.error.unwrap();
    assert_eq!(
        (error.field.as_str(), error.code),
        ("purchased.items[0].unit_price.minor", Code::InvalidArgument.into())
    );
}
