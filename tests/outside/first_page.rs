//! What a stranger is shown in a shop of which nothing is known: the categories in their shares, page after page.

use std::collections::BTreeMap;

use outfitter::proto::{CategoryPath, Fallback, Filter, Product, RecommendRequest, RecommendResponse};

use crate::shop::{Shop, customer, event, price, shoes, viewed};

/// How many products each category has, a hundred in all.
const SHELVES: [(&str, usize); 6] =
    [("T-shirts", 35), ("Trousers", 25), ("Hoodies", 20), ("Bags", 12), ("Jackets", 7), ("Caps", 1)];

fn goods() -> Vec<Product> {
    let made = |shelf: &str, n: usize| {
        let id = format!("{shelf}-{n:02}");
        let mut product = Product { category_path: ["Men", shelf].map(String::from).to_vec(), ..shoes(&id) };
        for variant in &mut product.variants {
            variant.price = Some(price(1_000 * (i64::try_from(n).unwrap() + 1)));
        }
        product
    };
    SHELVES.iter().flat_map(|(shelf, count)| (0..*count).map(move |n| made(shelf, n))).collect()
}

async fn ask(shop: &Shop, request: RecommendRequest) -> RecommendResponse {
    shop.recommendations().recommend(request).await.unwrap().into_inner()
}

fn ids(answer: &RecommendResponse) -> Vec<String> {
    answer.products.iter().map(|one| one.product_id.clone()).collect()
}

/// That each category has its share of what was shown, to within one product.
#[track_caller]
fn holds_shares(shown: &[String], shelves: &[(&str, usize)]) {
    let all: usize = shelves.iter().map(|(_, count)| count).sum();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for id in shown {
        *counts.entry(id.rsplit_once('-').unwrap().0).or_default() += 1;
    }
    for (shelf, size) in shelves {
        let count = counts.get(shelf).copied().unwrap_or_default();
        let off = (count * all).abs_diff(shown.len() * size);
        assert!(off <= all, "{count} of {shelf} among {}: {counts:?}", shown.len());
    }
}

#[tokio::test]
async fn a_shop_without_history_shows_its_categories_in_their_shares() {
    let mut shop = Shop::new().await;
    shop.stock(goods()).await;
    let mut request =
        RecommendRequest { who: Some(customer("stranger")), page_size: 20, ..RecommendRequest::default() };
    let first = ask(&shop, request.clone()).await;
    assert_eq!(first.fallback(), Fallback::UnknownCustomer);
    let mut shown = ids(&first);
    holds_shares(&shown, &SHELVES);
    assert!(shown.contains(&"T-shirts-17".to_owned()), "the middle of the prices first: {shown:?}");
    let mut token = first.next_page_token.clone();
    while !token.is_empty() {
        request.page_token = token;
        let page = ask(&shop, request.clone()).await;
        shown.extend(ids(&page));
        holds_shares(&shown, &SHELVES);
        token = page.next_page_token;
    }
    let mut once = shown.clone();
    once.sort();
    once.dedup();
    assert_eq!((shown.len(), once.len()), (100, 100), "nothing is skipped or shown twice");
    // The same after a start, when the catalogue is read in another order.
    shop.restart().await;
    request.page_token.clear();
    assert_eq!(ids(&ask(&shop, request.clone()).await), shown[..20]);
    // Within what a category page asks for.
    let path = |shelf: &str| CategoryPath { steps: ["Men", shelf].map(String::from).to_vec() };
    let two = Filter { categories: vec![path("Hoodies"), path("Bags")], ..Filter::default() };
    let answer = ask(&shop, RecommendRequest { filter: Some(two), page_size: 16, ..request.clone() }).await;
    assert_eq!(answer.products.len(), 16);
    holds_shares(&ids(&answer), &[("Hoodies", 20), ("Bags", 12)]);
}

#[tokio::test]
async fn what_little_history_there_is_goes_before_and_the_rest_stays_spread() {
    let mut shop = Shop::new().await;
    shop.stock(goods()).await;
    shop.happened([event(customer("someone"), viewed("Caps-00"))]).await;
    shop.restart().await;
    let request = RecommendRequest { who: Some(customer("stranger")), page_size: 20, ..RecommendRequest::default() };
    let shown = ids(&ask(&shop, request).await);
    assert_eq!(shown[0], "Caps-00", "somebody looked at it");
    holds_shares(&shown[1..], &SHELVES);
}

#[tokio::test]
async fn what_has_a_picture_goes_before_what_has_none() {
    let shop = Shop::new().await;
    let mut goods = goods();
    goods.iter_mut().filter(|one| one.id.ends_with("-03")).for_each(|one| {
        one.image_uri = "https://shop.example/picture.jpg".into();
    });
    shop.stock(goods).await;
    let request = RecommendRequest { who: Some(customer("stranger")), page_size: 3, ..RecommendRequest::default() };
    let shown = ids(&ask(&shop, request).await);
    assert!(shown.iter().all(|id| id.ends_with("-03")), "{shown:?}");
}
