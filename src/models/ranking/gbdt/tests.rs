//! A forest learns what no line can, the same on any number of threads, and tells what each score is made of.

use std::sync::Arc;

use proptest::prelude::*;

use super::{
    bins::{BINS, Cuts},
    loss::{Logistic, Multinomial, Questions, Softmax},
    *,
};

/// Numbers in 0..1 from a seed.
fn chance(seed: u64) -> f32 {
    f32::from(u16::try_from(mixed(seed) >> 48).unwrap()) / 65_536.0
}

/// Rows of three features: the first two make an exclusive or, the third says nothing.
fn table(rows: u64) -> Vec<f32> {
    (0..rows * 3).map(chance).collect()
}

fn crossed(row: &[f32]) -> bool {
    (row[0] > 0.5) != (row[1] > 0.3)
}

fn binned(values: &[f32], width: usize) -> Binned {
    let rows = Rows { values, width };
    Binned::of(rows, &Arc::new(Cuts::of(rows, BINS, 1)), 2)
}

fn scores(forest: &Forest, values: &[f32]) -> Vec<f32> {
    let mut scores = vec![0.0; values.len() / forest.width() * forest.outputs()];
    forest.add(values, &mut scores);
    scores
}

#[test]
fn an_exclusive_or_is_learned_by_both_shapes() {
    let values = table(2_000);
    let wanted: Vec<f32> = values.chunks(3).map(|row| f32::from(u8::from(crossed(row)))).collect();
    let fresh: Vec<f32> = (900_000..901_500).map(chance).collect();
    for shape in [Shape::Symmetric, Shape::DepthWise] {
        for rows in [1.0, 0.4] {
            let settings = Settings { shape, rows, rounds: 40, depth: 3, ..Settings::default() };
            let found = boost(&binned(&values, 3), &[], &Logistic { wanted: &wanted }, None, &settings);
            let right =
                fresh.chunks(3).zip(scores(&found.forest, &fresh)).filter(|(row, s)| crossed(row) == (*s > 0.0));
            assert!(right.count() > 485, "{shape:?} {rows}");
        }
    }
}

#[test]
fn of_a_question_the_wanted_row_comes_first_though_levels_differ() {
    // What is wanted is the row with the first feature nearest to one half; a level of the question says nothing.
    let mut values = Vec::new();
    let (mut wanted, mut ends) = (Vec::new(), Vec::new());
    for question in 0..300_u64 {
        let rows: Vec<f32> = (0..8).map(|row| chance(question * 8 + row)).collect();
        let off = |row: usize| (rows[row] - 0.5).abs();
        let best = (0..8).min_by(|a, b| off(*a).total_cmp(&off(*b))).unwrap();
        for (row, value) in rows.iter().enumerate() {
            values.extend([*value, chance(question + 77_777)]);
            wanted.push(f32::from(u8::from(row == best)));
        }
        ends.push(u32::try_from(wanted.len()).unwrap());
    }
    let questions = Questions { wanted: &wanted, ends: &ends };
    let settings = Settings { depth: 4, rounds: 60, ..Settings::default() };
    let found = boost(&binned(&values, 2), &[], &Softmax(questions), None, &settings);
    let scores = scores(&found.forest, &values);
    let first = |range: std::ops::Range<usize>| range.max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
    let right = questions.ranges().filter(|range| wanted[first(range.clone())] > 0.0).count();
    assert!(right > 270, "{right}");
}

#[test]
fn three_classes_are_told_apart() {
    let values = table(3_000);
    let class = |row: &[f32]| if row[0] < 0.3 { 0 } else { 1 + u8::from(row[1] > row[0]) };
    let classes: Vec<u8> = values.chunks(3).map(class).collect();
    let settings = Settings { shape: Shape::DepthWise, depth: 4, rounds: 40, rows: 0.5, ..Settings::default() };
    let found = boost(&binned(&values, 3), &[], &Multinomial { classes: &classes, count: 3 }, None, &settings);
    assert_eq!(found.forest.trees(), 120);
    let scores = scores(&found.forest, &values);
    let right = scores.chunks(3).zip(&classes).filter(|(s, class)| {
        let best = (0..3).max_by(|a, b| s[*a].total_cmp(&s[*b])).unwrap();
        best == usize::from(**class)
    });
    assert!(right.count() > 2_850);
}

#[test]
fn it_ends_at_its_best_round() {
    let values = table(400);
    let noise: Vec<f32> = (0..400).map(|row| f32::from(u8::from(chance(row + 5_555) > 0.5))).collect();
    let data = binned(&values, 3);
    let judge = |scores: &[f32]| -f64::from(scores.iter().map(|score| score * score).sum::<f32>());
    let held = Held { data: &data, start: &[], judge: &judge };
    let settings = Settings { patience: 10, ..Settings::default() };
    let found = boost(&data, &[0.0; 400], &Logistic { wanted: &noise }, Some(&held), &settings);
    assert_eq!((found.rounds, found.forest.trees(), found.figures.len()), (0, 0, 3));
    assert_eq!(found.figure(), Some(f64::midpoint(found.figures[0].1, found.figures[1].1)), "of two looks");
}

#[test]
fn threads_change_nothing() {
    let values = table(20_000);
    let wanted: Vec<f32> = values.chunks(3).map(|row| f32::from(u8::from(crossed(row)))).collect();
    let data = binned(&values, 3);
    for shape in [Shape::Symmetric, Shape::DepthWise] {
        let grown = |threads| {
            let settings = Settings { shape, threads, rounds: 5, rows: 0.9, columns: 0.7, ..Settings::default() };
            boost(&data, &[], &Logistic { wanted: &wanted }, None, &settings)
        };
        assert_eq!(grown(1), grown(2));
        assert_eq!(grown(1), grown(3));
    }
}

#[test]
fn rows_without_anything_to_learn_give_a_forest_that_says_nothing() {
    let values = vec![f32::NAN; 30];
    let settings = Settings { rounds: 3, ..Settings::default() };
    let found = boost(&binned(&values, 3), &[], &Logistic { wanted: &[0.0; 10] }, None, &settings);
    let scores = scores(&found.forest, &[1.0, f32::INFINITY, f32::NAN, 0.0, 0.0, 0.0]);
    assert_eq!(scores[0].to_bits(), scores[1].to_bits(), "{scores:?}");
    let none = boost(&binned(&[], 3), &[], &Logistic { wanted: &[] }, None, &settings);
    assert_eq!(none.forest.trees(), 3);
}

fn forest(shape: Shape, depth: usize) -> Forest {
    let values = table(500);
    let classes: Vec<u8> = values.chunks(3).map(|row| u8::from(crossed(row))).collect();
    let settings = Settings { shape, depth, rounds: 12, ..Settings::default() };
    boost(&binned(&values, 3), &[], &Multinomial { classes: &classes, count: 2 }, None, &settings).forest
}

#[test]
fn arrays_keep_every_bit_and_damage_is_refused() {
    for shape in [Shape::Symmetric, Shape::DepthWise] {
        let forest = forest(shape, 3);
        let arrays = forest.to_arrays();
        assert_eq!(Forest::from_arrays(&mut arrays.clone()), Ok(forest));
        for name in ["shape", "features"] {
            for damage in [0, 1, 2] {
                let mut broken = arrays.clone();
                let array = broken.whole.get_mut(name).unwrap();
                match damage {
                    0 => array.truncate(array.len() - 1),
                    1 => array[0] = 1_000,
                    _ => drop(broken.whole.remove(name)),
                }
                assert_eq!(Forest::from_arrays(&mut broken).unwrap_err().array, name, "{damage}");
            }
        }
        for name in ["base", "thresholds", "values", "covers"] {
            for damage in [0, 1, 2] {
                let mut broken = arrays.clone();
                let array = broken.real.get_mut(name).unwrap();
                match damage {
                    0 => array.push(0.0),
                    1 => array[0] = f32::NAN,
                    _ => drop(broken.real.remove(name)),
                }
                assert_eq!(Forest::from_arrays(&mut broken).unwrap_err().array, name, "{damage}");
            }
        }
        for (at, value) in [(1, 0), (1, 9), (2, 0), (3, 0), (3, 7), (4, 1), (4, u32::MAX - 1)] {
            let mut broken = arrays.clone();
            broken.whole.get_mut("shape").unwrap()[at] = value;
            assert!(Forest::from_arrays(&mut broken).is_err(), "{at} {value}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn parts_and_the_expectation_add_up_to_the_score(
        rows in prop::collection::vec(prop_oneof![3 => -0.5_f32..1.5, 1 => Just(f32::NAN)], 3..120),
        symmetric: bool,
        depth in 1_usize..=8,
    ) {
        let forest = forest(if symmetric { Shape::Symmetric } else { Shape::DepthWise }, depth);
        let rows = &rows[..rows.len() / 3 * 3];
        let together = scores(&forest, rows);
        for (row, together) in rows.chunks(3).zip(together.chunks(2)) {
            prop_assert_eq!(together, scores(&forest, row), "a row alone");
            for (output, score) in together.iter().enumerate() {
                let sum: f32 = forest.parts(row, output).iter().sum::<f32>() + forest.expected(output);
                prop_assert!((sum - score).abs() < 1e-4, "{} {}", sum, score);
            }
        }
    }
}
