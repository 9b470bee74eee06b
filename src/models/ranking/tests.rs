//! The blend learns what lines can't, keeps every bit, and refuses what is no table.

use super::*;
use crate::models::ranking::gbdt::sample::mixed;

/// Numbers in 0..1 from a seed.
fn chance(seed: u64) -> f32 {
    f32::from(u16::try_from(mixed(seed) >> 48).unwrap()) / 65_536.0
}

/// Ten candidates a question, one of them wanted: the one that `worth` is largest for.
fn set(questions: u64, worth: impl Fn(&[f32]) -> f32) -> TrainingSet {
    let mut set = TrainingSet { names: ["a", "b", "level"].map(str::to_owned).to_vec(), ..TrainingSet::default() };
    for question in 0..questions {
        let level = chance(question + 99_999);
        let rows: Vec<[f32; 3]> = (0..10)
            .map(|row| [0, 1].map(|at| chance(question * 20 + row * 2 + at)))
            .map(|[a, b]| [a, b, level])
            .collect();
        let best = rows.iter().map(|row| worth(row)).fold(f32::MIN, f32::max);
        set.wanted.extend(rows.iter().map(|row| f32::from(u8::from(worth(row) >= best))));
        set.rows.extend(rows.as_flattened());
        set.ends.push(u32::try_from(set.wanted.len()).unwrap());
        set.missed.push(0);
        set.bands.push(HistoryBand::Little);
    }
    set
}

fn learn_one(set: TrainingSet) -> Result<Learned, LearnError> {
    learn(vec![set], false, Objective::Mrr20, 1)
}

fn figure(ranking: &Ranker, set: &TrainingSet) -> f64 {
    let mut scores = Vec::new();
    ranking.score(&set.rows, &mut scores);
    Objective::Mrr20.figure(set, 0..set.questions(), &scores)
}

#[test]
fn a_line_is_found_though_the_wanted_are_the_smaller_class() {
    let line = |row: &[f32]| row[0] - 0.5 * row[1];
    let learned = learn_one(set(150, line)).unwrap();
    assert_eq!((learned.questions, learned.rows, learned.wanted), (150, 1_500, 150));
    assert!(figure(&learned.ranking, &set(300, line)) > 0.8, "{:?}", learned.parameters);
    let linear = learned.tried.iter().find(|tried| !tried.what.contains("trees")).unwrap();
    assert!(linear.figure > 0.95, "{linear:?}");
}

#[test]
fn trees_are_chosen_where_lines_see_nothing() {
    let crossed = |row: &[f32]| -((row[0] - 0.5).abs() + (row[1] - 0.3).abs());
    let learned = learn_one(set(400, crossed)).unwrap();
    assert!(matches!(learned.ranking, Ranker::Boosted(..)), "{:?}", learned.parameters);
    assert!(figure(&learned.ranking, &set(600, crossed)) > 0.8, "{:?}", learned.tried);
    let lines = learned.tried.iter().filter(|tried| !tried.what.contains("trees"));
    assert!(lines.clone().count() == 1 && lines.clone().all(|tried| tried.figure < 0.5), "{:?}", learned.tried);
}

#[test]
fn of_moments_the_newest_judges_and_trees_lean_on_their_anchor() {
    let crossed = |row: &[f32]| -((row[0] - 0.5).abs() + (row[1] - 0.3).abs());
    let named = |set: TrainingSet, b: &str| TrainingSet { names: ["a", b, "level"].map(str::to_owned).to_vec(), ..set };
    let moments = |b: &str| [300, 350, 400].map(|n| named(set(n, crossed), b)).to_vec();
    let learned = learn(moments("ease_steady.share"), true, Objective::Mrr20, 1).unwrap();
    assert_eq!((learned.questions, learned.validation.len()), (1_050, 400));
    let free = learn(moments("b"), true, Objective::Mrr20, 1).unwrap();
    assert_eq!(learned.parameters["ranking"], free.parameters["ranking"]);
    let weight = |learned: &Learned| learned.ranking.linear().weights()[1];
    assert!((weight(&learned) - weight(&free) - 1.0).abs() < 1e-6, "{:?}", learned.ranking.linear());
    assert!(figure(&learned.ranking, &set(600, crossed)) > 0.4, "{:?}", learned.tried);
    // Where the older ones are too few, the newest teaches alone, as if it were all there is.
    let few = vec![set(NEEDED as u64 - 1, crossed), set(400, crossed)];
    let alone = learn(few, true, Objective::Mrr20, 1).unwrap();
    assert_eq!(alone, learn_one(set(400, crossed)).unwrap());
    let few = learn(vec![set(5, crossed)], true, Objective::Mrr20, 1);
    assert_eq!(few, Err(LearnError::TooLittle { found: 5, needed: NEEDED }));
    let none = learn(Vec::new(), true, Objective::Mrr20, 1);
    assert_eq!(none, Err(LearnError::TooLittle { found: 0, needed: NEEDED }));
}

#[test]
fn a_ranking_over_wider_rows_scores_as_before_and_moves_what_it_reads() {
    let crossed = |row: &[f32]| -((row[0] - 0.5).abs() + (row[1] - 0.3).abs());
    let set = set(100, crossed);
    let ranking = learn_one(set.with_features(&[0, 1])).unwrap().ranking;
    let (narrow, wide) = (set.with_features(&[0, 1]), ranking.widened(&[0, 1], 3));
    let scores = |ranking: &Ranker, set: &TrainingSet| {
        let mut scores = Vec::new();
        ranking.score(&set.rows, &mut scores);
        scores
    };
    assert_eq!(scores(&wide, &set), scores(&ranking, &narrow));
    let gains = wide.gains(1_000.0, &set.deviations());
    assert!(gains[0] > 0.0 && gains[1] > 0.0 && gains[2] == 0.0, "{gains:?}");
    let within = set.shares_within();
    assert!(
        within[0] > 0.8 && within[1] > 0.8 && within[2] < 1e-3,
        "the level is one for all of a question: {within:?}"
    );
}

#[test]
fn the_same_lessons_give_the_same_bits_which_a_file_keeps() {
    let crossed = |row: &[f32]| -(row[0] - 0.5).abs() + 0.1 * row[1];
    let set = set(60, crossed);
    let learned = learn(vec![set.clone()], false, Objective::Ndcg10, 3).unwrap();
    assert_eq!(learned, learn(vec![set.clone()], false, Objective::Ndcg10, 3).unwrap());
    let arrays = learned.ranking.to_arrays();
    assert_eq!(Ranker::from_arrays(arrays.clone(), 3), Ok(learned.ranking.clone()));
    assert_eq!(Ranker::from_arrays(arrays.clone(), 4).unwrap_err().array, "weights");
    let mut more = arrays.clone();
    more.real.insert("more".to_owned(), vec![]);
    assert!(Ranker::from_arrays(more, 3).is_err());
    let linear = Ranker::Linear(Linear::new(vec![1.0, 2.0, 3.0]).unwrap());
    assert_eq!(Ranker::from_arrays(linear.to_arrays(), 3), Ok(linear));
    // Every row is made of its parts.
    let mut scores = vec![7.0];
    learned.ranking.score(&set.rows[..30], &mut scores);
    for (row, score) in set.rows.chunks(3).zip(&scores[1..]) {
        let sum = learned.ranking.parts(row).iter().sum::<f32>() + learned.ranking.base();
        assert!((sum - score).abs() < 1e-4, "{sum} {score}");
    }
}

#[test]
fn too_little_and_what_is_no_table_are_errors_that_say_so() {
    let line = |row: &[f32]| row[0];
    let too_little = |found| Err(LearnError::TooLittle { found, needed: NEEDED });
    assert_eq!(learn_one(set(5, line)), too_little(5));
    assert_eq!(learn_one(set(0, line)), too_little(0));
    let mut nobody = set(100, line);
    nobody.wanted.fill(0.0);
    assert_eq!(learn_one(nobody), too_little(0));
    let check = |damage: &dyn Fn(&mut TrainingSet), says: &str| {
        let mut set = set(40, line);
        damage(&mut set);
        let error = learn_one(set).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    check(&|set| set.rows[31] = f32::NAN, "`b` is not a number in row 10");
    check(&|set| set.rows.truncate(1_199), "fit together");
    check(&|set| set.missed.truncate(39), "fit together");
    check(&|set| set.ends[39] = 399, "end where");
    check(&|set| set.wanted[3] = -1.0, "gain");
}
