//! Every peer finds what a customer lacks of her own taste.

use crate::eval::baselines::{closed_form, item_knn, pairwise, popularity, random_walk};
use crate::eval::discovery::grid_search::{Joined, join};
use crate::models::{data::item_index::Item, retrieval::als};

/// Two tastes of four products each; everybody lacks one of hers.
fn histories() -> Vec<Vec<Item>> {
    (0..40_u32).map(|n| (0..4).filter(|k| *k != n / 2 % 4).map(|k| 4 * (n % 2) + k).collect()).collect()
}

#[test]
fn what_she_lacks_of_her_taste_comes_first() {
    let histories = histories();
    let of_als = als::Settings { factors: 4, penalty: 0.1, confidence: 10.0, rounds: 8 };
    // WARP moves on what is still in the wrong order: for long on so few products, it would learn what each lacks.
    let of_pairs = |loss, rounds| pairwise::Settings { loss, factors: 4, rate: 0.1, penalty: 0.0, rounds };
    let als = als::Als::fit(&histories, 8, of_als, 1);
    let ease = closed_form::Ease::fit(&histories, 8, 1.0);
    let bpr = pairwise::Pairwise::fit(&histories, &[true; 8], of_pairs(pairwise::Loss::Bpr, 60), 1);
    let warp = pairwise::Pairwise::fit(&histories, &[true; 8], of_pairs(pairwise::Loss::Warp, 6), 1);
    let walks = random_walk::fit(&histories, 8, 1.0, 0.5);
    let near = [item_knn::Weighting::Cosine, item_knn::Weighting::TfIdf, item_knn::Weighting::Bm25]
        .map(|weighting| item_knn::fit(&histories, 8, weighting, 8));
    for (number, own) in (0..).zip(&histories) {
        let lacked = 4 * (number % 2) + number / 2 % 4;
        let check = |name: &str, add: &dyn Fn(&mut [f32])| {
            let mut scores = vec![0.0; 8];
            add(&mut scores);
            let best = (0..8_u32).filter(|item| !own.contains(item));
            let best = best.max_by(|a, b| scores[*a as usize].total_cmp(&scores[*b as usize]));
            assert_eq!(best, Some(lacked), "{name}: customer {number} {own:?} {scores:?}");
        };
        check("als", &|scores| als.add(number, scores));
        check("ease", &|scores| ease.add(own, scores));
        check("bpr", &|scores| bpr.add(number, scores));
        check("warp", &|scores| warp.add(number, scores));
        check("walks", &|scores| item_knn::add(&walks, own, scores));
        for near in &near {
            check("near", &|scores| item_knn::add(near, own, scores));
        }
    }
}

#[test]
fn customers_are_counted_once_a_product() {
    assert_eq!(popularity::customers(&[vec![0, 2], vec![2], vec![]], 3), [1.0, 0.0, 2.0]);
}

#[test]
fn popularity_is_added_to_scores_or_to_their_shares_of_the_best() {
    let check = |joined, expected: [f32; 3]| {
        let mut scores = [4.0, 1.0, 0.0];
        join(&mut scores, &[0.0, 0.5, 1.0], joined);
        assert!(scores.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{joined:?}: {scores:?}");
    };
    check(Joined::Scores(0.5), [4.0, 1.25, 0.5]);
    check(Joined::Shares(0.5), [1.0, 0.5, 0.5]);
}
