//! Which score: a few ways are tried on the older questions and judged on the newest ones; the first is taken unless another is
//! ahead of it beyond noise. Then it is learned from all of them.
//!
//! Nothing is cut back to where a curve of validation happened to be highest: such a choice is mostly luck, and the next log,
//! a minute older, made another one. The number of trees is fixed.
//!
//! The budget is numbers, rows times features: ways are tried on a part of the questions (whole ones, never a part of their
//! candidates), only the last fit sees them all.

use std::{collections::BTreeMap, sync::Arc};

use crate::domain::recommend::{HistoryBand, Scorer as _};
use crate::models::ranking::{
    LearnError, Linear, NEEDED, Objective, Ranker, TrainingSet,
    anchor::anchors,
    gbdt::{
        Settings,
        bins::{BINS, Binned, Cuts},
        boost,
        loss::{Logistic, Loss, Questions, Softmax},
        sample::mixed,
    },
    objective::{clearly_larger, mean},
};

/// Share of the questions, the newest, that ways are judged on.
const VALIDATION: f64 = 0.25;
/// Numbers that ways are tried on at most.
const TRIED_ON: usize = 8_000_000;
/// Strength of the penalty of a linear score, per question.
const LINEAR_PENALTY: f64 = 1e-2;
/// By so many standard errors a single source must be ahead to lead.
const LED: f64 = 2.0;
/// Trees where ways are tried.
const TRIED_TREES: usize = 120;

/// A ranking, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// From all questions.
    pub ranking: Ranker,
    /// What was chosen.
    pub parameters: BTreeMap<&'static str, String>,
    /// What was tried, in that order.
    pub tried: Vec<Tried>,
    /// The figure of each question of the validation, by what was learned from the older ones.
    pub validation: Vec<f64>,
    /// Features, ranks of single sources, that lead where so much is known: there they were ahead on validation beyond noise.
    pub floors: Vec<(HistoryBand, usize)>,
    /// Questions that taught.
    pub questions: usize,
    /// Candidates of those.
    pub rows: usize,
    /// Candidates that were wanted.
    pub wanted: usize,
}

/// One way, judged on validation.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// For people.
    pub what: String,
    /// By the objective.
    pub figure: f64,
}

/// What trees are grown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LossKind {
    Softmax,
    Logistic,
}

/// A way of learning.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Listwise,
    Boosted { loss: LossKind, over: bool, depth: usize, penalty: f32 },
}

impl Way {
    fn parameters(self, trees: usize) -> BTreeMap<&'static str, String> {
        let mut parameters = BTreeMap::new();
        let mut set = |name, value: String| parameters.insert(name, value);
        match self {
            Self::Listwise => {
                set("ranking", "listwise linear".to_owned());
                set("penalty", LINEAR_PENALTY.to_string());
            }
            Self::Boosted { loss, over, depth, penalty } => {
                let loss = match loss {
                    LossKind::Softmax => "listwise softmax",
                    LossKind::Logistic => "logistic",
                };
                set("ranking", format!("boosted trees, {loss}"));
                set("over", if over { "listwise linear" } else { "nothing" }.to_owned());
                set("trees", trees.to_string());
                set("depth", depth.to_string());
                set("penalty", penalty.to_string());
            }
        }
        parameters
    }

    fn what(self) -> String {
        self.parameters(TRIED_TREES)
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

const fn trees(loss: LossKind, over: bool, depth: usize, penalty: f32) -> Way {
    Way::Boosted { loss, over, depth, penalty }
}

/// Which ways are tried, by how many standard errors one must be ahead of the best before it, and how many trees are grown of all
/// questions, which are more than those that ways are tried on.
struct Plan {
    ways: &'static [Way],
    errors: f64,
    trees: usize,
}

/// Where the questions follow one another in time: trees for the order of a list, freely grown or held back and over a line, and
/// trees for each candidate by itself, which are ahead where much is wanted at once.
const OF_A_STREAM: Plan = Plan {
    ways: &[
        trees(LossKind::Softmax, false, 6, 5.0),
        trees(LossKind::Softmax, true, 5, 20.0),
        trees(LossKind::Logistic, false, 6, 5.0),
        Way::Listwise,
    ],
    errors: 2.0,
    trees: 160,
};

/// Where all questions are of a few moments. There each candidate by itself comes first: what was learned so from one moment
/// held better at a later one than an order of the whole list did. (Two shops cut inside their train: NDCG@10 .170 against .162
/// and .131 against .125.) Its penalty is heavy, so that no product is known by its figures, and more trees do no harm. Questions of
/// one moment err together, which their standard error does not know.
const OF_MOMENTS: Plan = Plan {
    ways: &[trees(LossKind::Logistic, false, 5, 100.0), trees(LossKind::Softmax, true, 5, 20.0), Way::Listwise],
    errors: 3.0,
    trees: 200,
};

/// The same where one product is wanted of each question, so that the order of the list is all there is to learn. (Carts of a gift
/// shop, judged at a later moment: .273 against .269 of each candidate by itself.)
const OF_MOMENTS_OF_ONE: Plan = Plan {
    ways: &[
        trees(LossKind::Softmax, true, 5, 20.0),
        trees(LossKind::Softmax, false, 6, 5.0),
        trees(LossKind::Logistic, false, 5, 100.0),
        Way::Listwise,
    ],
    errors: 3.0,
    trees: 200,
};

/// Questions by what they are for.
struct Parts {
    all: TrainingSet,
    older: TrainingSet,
    newer: TrainingSet,
}

/// Learns a ranking of the features of all episodes, the oldest first.
///
/// Where each is `one_moment`, the newest judges what was learned from those before it: questions of one moment can't tell
/// what holds at another, for what a product sold then is known of it as if by name. For the same reason trees are anchored at
/// features that are known to hold at all times. Else, and where only the newest moment has enough to teach, the questions are
/// one stream, and its newest quarter judges.
///
/// # Errors
/// Where too few questions teach, or the episodes are no tables of numbers.
pub fn learn(
    episodes: Vec<TrainingSet>,
    one_moment: bool,
    objective: Objective,
    seed: u64,
) -> Result<Learned, LearnError> {
    episodes.iter().try_for_each(TrainingSet::check)?;
    let before = episodes.len().saturating_sub(1);
    let enough_before = || episodes[..before].iter().map(|set| set.teaching().len()).sum::<usize>() >= NEEDED;
    let of_moments = one_moment && before > 0 && enough_before();
    if !of_moments {
        let parts = of_stream(if one_moment { episodes.into_iter().skip(before).collect() } else { episodes }, seed)?;
        let nothing = Linear::zero(parts.all.width());
        return learn_parts(&parts, &OF_A_STREAM, &nothing, objective, seed);
    }
    let anchor = anchors(&episodes, objective);
    let parts = moments(episodes, seed)?;
    let plan = if objective == Objective::Cart { &OF_MOMENTS_OF_ONE } else { &OF_MOMENTS };
    let mut learned = learn_parts(&parts, plan, &anchor.weights, objective, seed)?;
    learned.parameters.insert("anchors", anchor.features.join(", "));
    Ok(learned)
}

fn of_stream(episodes: Vec<TrainingSet>, seed: u64) -> Result<Parts, LearnError> {
    let mut stream = joined(episodes);
    let teaching = stream.teaching();
    enough(teaching.len())?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
    let share = |questions: usize| (questions as f64 * (1.0 - VALIDATION)) as usize;
    // By all questions, so that the same ones judge whatever the sources bring; by those that teach where else none is left.
    let by_all = share(stream.questions());
    let cut = if teaching[0] < by_all { by_all } else { teaching[share(teaching.len())] };
    let older = some(&stream, teaching.iter().copied().filter(|question| *question < cut), TRIED_ON, seed);
    let newer = stream.only(cut..stream.questions());
    if teaching.len() < stream.questions() {
        stream = stream.only(teaching);
    }
    Ok(Parts { all: stream, older, newer })
}

fn moments(mut episodes: Vec<TrainingSet>, seed: u64) -> Result<Parts, LearnError> {
    let newer = episodes.pop().unwrap_or_default();
    let mut all = joined(episodes.iter().map(|set| set.only(set.teaching())).collect());
    drop(episodes);
    let older = some(&all, 0..all.questions(), TRIED_ON, seed);
    let teaching = newer.teaching();
    enough(teaching.len())?;
    all.append(newer.only(teaching));
    Ok(Parts { all, older, newer })
}

fn joined(episodes: Vec<TrainingSet>) -> TrainingSet {
    let mut episodes = episodes.into_iter();
    let mut all = episodes.next().unwrap_or_default();
    episodes.for_each(|set| all.append(set));
    all
}

fn enough(found: usize) -> Result<(), LearnError> {
    if found < NEEDED { Err(LearnError::TooLittle { found, needed: NEEDED }) } else { Ok(()) }
}

/// Tries on older questions what newer ones judge, and learns from all.
fn learn_parts(
    parts: &Parts,
    plan: &Plan,
    anchor: &Linear,
    objective: Objective,
    seed: u64,
) -> Result<Learned, LearnError> {
    let mut tried = Vec::new();
    let mut best: Option<(Way, Ranker, Vec<f64>)> = None;
    let bins = Arc::new(Cuts::of(parts.older.table(), BINS, seed));
    let older = Binned::of(parts.older.table(), &bins, Settings::default().threads);
    for way in plan.ways {
        let ranking = fit(&parts.older, Some(&older), *way, (anchor, TRIED_TREES), seed)?;
        let figures = objective.figures(&parts.newer, 0..parts.newer.questions(), &scores(&ranking, &parts.newer));
        tried.push(Tried { what: way.what(), figure: mean(&figures) });
        if best.as_ref().is_none_or(|(.., former)| clearly_larger(&figures, former, plan.errors)) {
            best = Some((*way, ranking, figures));
        }
    }
    let Some((way, of_older, validation)) = best else {
        return Err(LearnError::Failed("nothing could be tried".to_owned()));
    };
    let all = &parts.all;
    Ok(Learned {
        ranking: fit(all, None, way, (anchor, plan.trees), seed)?,
        parameters: way.parameters(plan.trees),
        tried,
        validation,
        floors: floors(&of_older, &parts.newer, objective),
        questions: all.questions(),
        rows: all.wanted.len(),
        wanted: all.wanted.iter().filter(|gain| **gain > 0.0).count(),
    })
}

/// Where one source alone, leading the ranking, is ahead of it beyond noise, by how much is known of who asks.
fn floors(ranking: &Ranker, newer: &TrainingSet, objective: Objective) -> Vec<(HistoryBand, usize)> {
    let is_rank = |feature: &usize| newer.names[*feature].rsplit('.').next() == Some("rank");
    let ranks: Vec<usize> = (0..newer.width()).filter(is_rank).collect();
    let floor = |band: HistoryBand| {
        let set = newer.only((0..newer.questions()).filter(|question| newer.bands[*question] == band));
        if set.teaching().len() < NEEDED {
            return None;
        }
        let figures = |ranking: &Ranker| objective.figures(&set, 0..set.questions(), &scores(ranking, &set));
        let led = ranks.iter().map(|rank| (*rank, figures(&ranking.led_by(*rank))));
        let (rank, of_source) = led.max_by(|a, b| mean(&a.1).total_cmp(&mean(&b.1)).then(b.0.cmp(&a.0)))?;
        clearly_larger(&of_source, &figures(ranking), LED).then_some((band, rank))
    };
    HistoryBand::ALL.into_iter().filter_map(floor).collect()
}

/// Of the questions as many as have about so many numbers, spread evenly over time.
fn some(set: &TrainingSet, questions: impl Iterator<Item = usize> + Clone, most: usize, seed: u64) -> TrainingSet {
    let rows: usize = questions.clone().map(|question| set.range(question).len()).sum();
    let numbers = rows * set.width();
    let kept = |question: &usize| {
        numbers <= most || mixed(seed ^ *question as u64) / (u64::MAX / numbers as u64) < most as u64
    };
    set.only(questions.filter(kept))
}

fn scores(ranking: &Ranker, set: &TrainingSet) -> Vec<f32> {
    let mut scores = Vec::with_capacity(set.wanted.len());
    ranking.score(&set.rows, &mut scores);
    scores
}

fn with_loss<R>(loss: LossKind, set: &TrainingSet, then: impl FnOnce(&dyn Loss) -> R) -> R {
    match loss {
        LossKind::Softmax => then(&Softmax(Questions { wanted: &set.wanted, ends: &set.ends })),
        LossKind::Logistic => then(&Logistic { wanted: &set.wanted }),
    }
}

/// Learns from these questions in one way; trees are anchored afterwards. `binned` are the same rows, where they are known.
fn fit(
    set: &TrainingSet,
    binned: Option<&Binned>,
    way: Way,
    (anchor, trees): (&Linear, usize),
    seed: u64,
) -> Result<Ranker, LearnError> {
    let listwise = || {
        let sample = some(set, 0..set.questions(), TRIED_ON, seed);
        Linear::listwise(&sample, LINEAR_PENALTY)
            .ok_or_else(|| LearnError::Failed("no weights that are numbers".to_owned()))
    };
    let Way::Boosted { loss, over, depth, penalty } = way else { return Ok(Ranker::Linear(listwise()?)) };
    let linear = if over { listwise()? } else { Linear::zero(set.width()) };
    let mut start = Vec::new();
    if over {
        start.resize(set.wanted.len(), 0.0);
        linear.add(&set.rows, &mut start);
    }
    let settings = Settings {
        rounds: trees,
        depth,
        penalty,
        least: penalty / 4.0,
        shrinkage: 0.08,
        rows: 0.3,
        columns: 0.5,
        seed,
        ..Settings::default()
    };
    let own;
    let data = if let Some(binned) = binned {
        binned
    } else {
        own = Binned::of(set.table(), &Arc::new(Cuts::of(set.table(), BINS, seed)), settings.threads);
        &own
    };
    let forest = with_loss(loss, set, |loss| boost(data, &start, loss, None, &settings)).forest;
    Ok(Ranker::Boosted(linear.plus(anchor), forest))
}
