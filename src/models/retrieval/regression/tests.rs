//! Weights by hand, and the local regression is the dense one where all are near.

use super::*;

const SETTINGS: Settings = Settings { penalty: 0.5, keep: 10, nearest: 10 };

fn row(items: &[Item]) -> Vec<(Item, f32)> {
    items.iter().map(|item| (*item, 1.0)).collect()
}

fn same(items: &[Item]) -> Sample {
    Sample { from: row(items), to: None, weight: 1.0 }
}

fn weight(found: &Neighbours, from: Item, to: Item) -> f32 {
    found.of(from).find(|(item, _)| *item == to).map_or(0.0, |(_, weight)| weight)
}

#[test]
fn two_products_by_hand() {
    // Both held 2, one held 1: Gram [[3, 2], [2, 2]], mean 2.5, penalty 1.25: the inverse is proportional to
    // [[3.25, -2], [-2, 4.25]], so that weights are 2 / 4.25 and 2 / 3.25.
    let samples = [same(&[0, 1]), same(&[0, 1]), same(&[0])];
    for found in [dense::regress(&samples, 2, &SETTINGS), local::regress(&samples, 2, &SETTINGS, |_| true)] {
        assert!((weight(&found, 0, 1) - 2.0 / 4.25).abs() < 1e-5, "{found:?}");
        assert!((weight(&found, 1, 0) - 2.0 / 3.25).abs() < 1e-5, "{found:?}");
    }
}

#[test]
fn with_all_as_nearest_the_local_is_the_dense() {
    let pairs = || (0..6_u32).flat_map(|a| (a + 1..6).map(move |b| (a, b)));
    let both: Vec<Sample> = pairs().chain([(0, 3), (1, 4), (0, 5)]).map(|(a, b)| same(&[a, b])).collect();
    // Every product is met with each that is foretold, or the local one would leave it out.
    let towards: Vec<Sample> = pairs()
        .flat_map(|(a, b)| (6..9).map(move |to| (a, b, to)))
        .zip([1.0, 3.0, 2.0, 5.0].into_iter().cycle())
        .map(|((a, b, to), weight)| Sample { to: Some(row(&[to])), weight, ..same(&[a, b]) })
        .collect();
    for samples in [both, towards] {
        let (dense, local) = (dense::regress(&samples, 9, &SETTINGS), local::regress(&samples, 9, &SETTINGS, |_| true));
        for (from, to) in (0..6).flat_map(|from| (0..9).map(move |to| (from, to))) {
            let (a, b) = (weight(&dense, from, to), weight(&local, from, to));
            assert!((a - b).abs() < 1e-4, "{from} {to}: {a} {b}");
        }
    }
}

#[test]
fn among_the_head_weights_are_those_of_the_whole_matrix_and_beyond_it_local_ones() {
    let own: [&[Item]; 7] = [&[0, 1, 2], &[0, 1], &[1, 2, 3], &[0, 2, 4], &[0, 1, 2, 4], &[2, 3], &[0, 1]];
    let samples: Vec<Sample> = own.iter().map(|own| same(own)).collect();
    let had = own.iter().flat_map(|own| own.iter().copied());
    let head = Head::new(had, 5, 3);
    let found = regress_with_head(&samples, 5, &SETTINGS, &head);
    let alone: Vec<Sample> = samples.iter().map(|sample| head.only(sample)).collect();
    let (dense, local) = (dense::regress(&alone, 3, &SETTINGS), local::regress(&samples, 5, &SETTINGS, |_| true));
    for (from, to) in (0..5).flat_map(|from| (0..5).map(move |to| (from, to))) {
        let wanted = match (head.place(from), head.place(to)) {
            (Some(from), Some(to)) => weight(&dense, from, to),
            (None, Some(_)) => 0.0,
            (_, None) => weight(&local, from, to),
        };
        assert!((weight(&found, from, to) - wanted).abs() < 1e-6, "{from} {to}: {found:?}");
    }
    assert!(weight(&found, 0, 1) > 0.0 && weight(&found, 2, 3) > 0.0, "{found:?}");
}

#[test]
fn nothing_gives_nothing() {
    let none = same(&[]);
    let [dense, local] = [dense::regress(&[], 2, &SETTINGS), local::regress(&[none], 2, &SETTINGS, |_| true)];
    for found in [dense, local, regress(&[], 2, &SETTINGS)] {
        assert_eq!((found.of(0).count(), found.of(1).count()), (0, 0));
    }
}

#[test]
fn the_heaviest_are_kept_whatever_their_sign() {
    let mut list = vec![(1, 0.1), (2, -0.5), (3, 0.5), (4, 0.2)];
    keep_heaviest(&mut list, 2);
    assert_eq!(list, [(2, -0.5), (3, 0.5)]);
}
