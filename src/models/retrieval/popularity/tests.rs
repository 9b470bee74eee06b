//! What is told to popularity beside what is counted.

use super::*;
use crate::domain::catalog::Catalog;
use crate::domain::event::Event;
use crate::domain::recommend::MetLines;
use crate::domain::recommend::fixture::{self, NOW, bought, context, id, product, viewed};
use crate::domain::store::Seq;
use crate::models::after;

fn popular(events: &[Event], catalog: &Catalog) -> (Popular, Arc<ItemIndex>) {
    let snapshot = catalog.snapshot();
    let (interactions, vocabulary) = Interactions::read(events, &snapshot, catalog.ids()).unwrap();
    let vocabulary = Arc::new(vocabulary);
    let counted = Popularity::count(&interactions, &vocabulary, &snapshot, after(&interactions));
    (Popular::new(Arc::clone(&vocabulary), &counted, &snapshot), vocabulary)
}

fn tell(popular: &Popular, events: &[Event], catalog: &Catalog) {
    for event in events {
        let owner = event.who.subject().unwrap();
        let told = (Seq(0), event);
        NewInteraction::each(told, &owner, catalog.ids(), &mut MetLines::new(9), |happened| popular.observe(happened));
    }
}

fn order(popular: &Popular, catalog: &Catalog) -> Vec<String> {
    let (snapshot, profile, mut found) = (catalog.snapshot(), Profile::default(), Found::default());
    popular.collect(&context(&snapshot, catalog.ids(), &profile), 100, &mut found, &mut Evidence::default()).unwrap();
    found.products.iter().map(|product| catalog.ids().product_id(*product).unwrap().as_str().to_owned()).collect()
}

#[test]
fn told_is_as_good_as_counted() {
    let catalog = fixture::catalog(["boots", "mug", "socks", "tent"].map(|name| product(name, "", "", 100)));
    let days = |times: usize, kind: &dyn Fn() -> _| (0..times).map(|_| (1, kind())).collect::<Vec<_>>();
    let mut kinds = days(30, &|| bought("boots"));
    kinds.extend(days(9, &|| bought("socks")));
    kinds.extend(days(20, &|| viewed("mug")));
    let counted_before = kinds.len();
    kinds.extend(days(50, &|| bought("tent")));
    kinds.extend(days(9, &|| viewed("socks")));
    kinds.extend(days(1, &|| fixture::returned("boots")));
    let events = fixture::events(kinds);

    let (before, _) = popular(&events[..counted_before], &catalog);
    assert_eq!(order(&before, &catalog), ["boots", "socks", "mug"]);
    tell(&before, &events[counted_before..], &catalog);
    let (anew, vocabulary) = popular(&events, &catalog);
    assert_eq!(order(&before, &catalog), order(&anew, &catalog));
    assert_eq!(order(&before, &catalog)[0], "tent");
    let (told, counted) = (before.boards.read(), anew.boards.read());
    for item in 0..u32::try_from(vocabulary.len()).unwrap() {
        let (told, counted) = (told.general.share(item) / told.general.share(3), counted.general.share(item));
        assert!((told - counted).abs() < 0.01, "{item}: {told} and {counted}");
    }
}

#[test]
fn what_came_after_the_model_and_what_is_old_are_told_as_well() {
    let catalog = fixture::catalog([product("boots", "", "", 100)]);
    let (popular, _) = popular(&fixture::events([(1, bought("boots"))]), &catalog);
    tell(&popular, &fixture::events([(1, bought("newer")), (300, bought("older")), (1, bought("newer"))]), &catalog);
    assert_eq!(order(&popular, &catalog), ["newer", "boots", "older"]);
    let (snapshot, profile) = (catalog.snapshot(), Profile::default());
    let newer = catalog.ids().product(&id("newer"));
    let mut rows = [0.0, 0.0];
    popular
        .fill(
            &context(&snapshot, catalog.ids(), &profile),
            &[newer, ProductIx(77)],
            &mut rows,
            &mut Evidence::default(),
        )
        .unwrap();
    assert!(rows[0] >= 1.0 && rows[1] == 0.0, "{rows:?}");
    assert_eq!(popular.boards.read().newest, Some(Timestamp(NOW.plus_days(-1).0 + 1)));
}

#[test]
fn popular_is_what_sold_more_in_the_newest_weeks_than_nearly_all_others() {
    // Of a hundred products the first 25 sold; the first ones oftener, and the last six of them as often as one another.
    let sold: Vec<f32> =
        (0..100_u8).map(|n| f32::from(25_u8.saturating_sub(n).max(if n < 25 { 6 } else { 0 }))).collect();
    let popularity = Popularity { sold, ..Popularity::default() };
    assert_eq!(
        popularity.bestsellers(),
        (0..19).collect::<Vec<_>>(),
        "the twentieth sold as often as the one behind it"
    );
    let few = Popularity { sold: vec![3.0, 2.0, 1.0, 0.0], ..Popularity::default() };
    assert_eq!(few.bestsellers(), [0, 1], "at most half of a small shop");
    let none = Popularity { sold: vec![0.0; 50], ..Popularity::default() };
    assert_eq!(none.bestsellers(), [0; 0]);
}
