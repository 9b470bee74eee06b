//! Which score, and with which settings: tried on the older questions, judged by the aim on the newest quarter, then learned
//! from all of them.
//!
//! The budget is numbers, rows times features: settings are tried on a part of the questions (whole ones, never a part of their
//! candidates), only the last fit sees them all. On two cores 1.5 million rows of 30 features take under 20 seconds.

use std::{collections::BTreeMap, sync::Arc};

use crate::models::ranking::{
    LearnError, Linear, NEEDED, Objective, Ranker, TrainingSet,
    gbdt::{
        Settings,
        bins::{BINS, Binned, Cuts},
        boost,
        loss::{Held, Lambda, Logistic, Loss, Questions, Softmax},
        sample::mixed,
    },
    logistic::logistic,
    objective::{clearly_larger, mean},
};

/// Share of the questions, the newest, that settings are chosen on.
const VALIDATION: f64 = 0.25;
/// Numbers that settings are tried on, and judged on, at most.
const TRIED_ON: usize = 8_000_000;
const JUDGED_ON: usize = 8_000_000;
/// Numbers for linfa's regression at most: it takes 20 seconds for thirty million.
const REGRESSED: usize = 2_000_000;
/// Strengths of linfa's penalty that are tried, per 10,000 rows; the order hardly changes between them.
const PENALTIES: [f32; 2] = [0.3, 10.0];
/// Strengths of the listwise penalty that are tried, per question.
const LISTWISE_PENALTIES: [f64; 2] = [1e-4, 1e-2];
/// Trees at most: what a query can pay for.
const ROUNDS: usize = 120;
/// The same where all rows are learned from, which are more than settings are tried on.
const MOST_ROUNDS: usize = 200;

/// A ranking, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// From all lessons.
    pub ranking: Ranker,
    /// What was chosen.
    pub parameters: BTreeMap<&'static str, String>,
    /// What was tried, in that order.
    pub tried: Vec<Tried>,
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
    /// By the aim.
    pub figure: f64,
}

/// What trees are grown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LossKind {
    Softmax,
    Lambda,
    Logistic,
}

/// A way of learning.
#[derive(Debug, Clone, PartialEq)]
enum Way {
    Logistic { penalty: f32 },
    Listwise { penalty: f64 },
    Boosted { loss: LossKind, over: Option<f64>, settings: Settings },
}

impl Way {
    fn parameters(&self) -> BTreeMap<&'static str, String> {
        let mut parameters = BTreeMap::new();
        match self {
            Self::Logistic { penalty } => {
                parameters.insert("ranking", "logistic regression".to_owned());
                parameters.insert("penalty per 10,000 rows", penalty.to_string());
            }
            Self::Listwise { penalty } => {
                parameters.insert("ranking", "listwise linear".to_owned());
                parameters.insert("penalty per question", penalty.to_string());
            }
            Self::Boosted { loss, over, settings } => {
                let name = match loss {
                    LossKind::Softmax => "boosted trees, listwise softmax",
                    LossKind::Lambda => "boosted trees, lambda",
                    LossKind::Logistic => "boosted trees, logistic",
                };
                parameters.insert("ranking", name.to_owned());
                parameters.insert("over", over.map_or("nothing".to_owned(), |p| format!("listwise linear, {p}")));
                parameters.insert("rounds", settings.rounds.to_string());
                parameters.insert("depth", settings.depth.to_string());
                parameters.insert("shrinkage", settings.shrinkage.to_string());
                parameters.insert("penalty", settings.penalty.to_string());
                parameters.insert("least", settings.least.to_string());
                parameters.insert("rows", settings.rows.to_string());
                parameters.insert("columns", settings.columns.to_string());
            }
        }
        parameters
    }

    /// More rows bear more trees: their number grows with the root of the rows. On 1.5 million rows of sessions 160 trees were
    /// ahead of the 65 that were best on a fifth of them, by .003 of HR@20 and .007 of MRR@20, and 240 no better.
    fn grown(self, tried_on: usize, rows: usize) -> Self {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a root"
        )]
        let grow = |rounds: usize| (rounds as f64 * (rows as f64 / tried_on.max(1) as f64).max(1.0).sqrt()) as usize;
        match self {
            Self::Boosted { loss, over, settings } => {
                let rounds = grow(settings.rounds).clamp(settings.rounds, MOST_ROUNDS.max(settings.rounds));
                Self::Boosted { loss, over, settings: Settings { rounds, ..settings } }
            }
            line => line,
        }
    }

    fn what(&self) -> String {
        self.parameters().iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
    }
}

/// What trees are grown for, whether over a line, their depth and their penalty.
type Grown = (LossKind, bool, usize, f32);

/// Which trees are tried, in turn, how many at least, and by how many standard errors a later way must be ahead of the best
/// before it.
struct Plan {
    ways: &'static [Grown],
    least: usize,
    errors: f64,
}

/// Where the questions follow one another in time. For the order of a list, those first that did best on most sets.
const RUNNING: Plan = Plan {
    ways: &[
        (LossKind::Softmax, true, 5, 20.0),
        (LossKind::Softmax, true, 3, 5.0),
        (LossKind::Lambda, true, 5, 20.0),
        (LossKind::Softmax, false, 6, 5.0),
        (LossKind::Logistic, false, 6, 5.0),
    ],
    least: 0,
    errors: 1.0,
};

/// Where all questions are of a few moments. There each candidate by itself comes first: what was learned so from one moment
/// held better at a later one than an order of the whole list did. (Two shops cut inside their train: NDCG@10 .170 against .162
/// and .131 against .125.) Its penalty is heavy, so that no product is known by its figures, and more trees do no harm then; of
/// several ways, or numbers of trees, that are judged by what comes down to one question, one is ahead by luck alone. (Five
/// ways come after the first, and questions of one moment err together, which their standard error does not know.)
const OF_MOMENTS: Plan = Plan {
    ways: &[(LossKind::Logistic, false, 5, 100.0), (LossKind::Softmax, true, 5, 20.0)],
    least: 100,
    errors: 3.0,
};

/// What a whole of an anchor adds to a score, in logits: as much as parts a likely product from an unlikely one. At twelve cuts
/// inside the train of two shops trees alone lost NDCG@10 to their anchor at three, by up to .004; anchored at one, by .002. The
/// aim gained .0004 in the mean.
const ANCHORED: f32 = 1.0;

/// Learns a ranking of the lessons' features: the newest quarter judges.
///
/// # Errors
/// Where too few questions teach, or the lessons are no table of numbers.
pub fn learn(lessons: &TrainingSet, aim: Objective, seed: u64) -> Result<Learned, LearnError> {
    lessons.check()?;
    let teaching = enough(lessons)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
    let cut = teaching[(teaching.len() as f64 * (1.0 - VALIDATION)) as usize];
    let older = some(lessons, teaching.iter().copied().filter(|question| *question < cut), TRIED_ON, seed);
    let newer = some(lessons, cut..lessons.questions(), JUDGED_ON, seed);
    let all = if teaching.len() == lessons.questions() { None } else { Some(lessons.only(teaching)) };
    let anchor = Linear::zero(lessons.width());
    learn_from(all.as_ref().unwrap_or(lessons), &older, &newer, (&RUNNING, &anchor), aim, seed)
}

/// The same where all questions are of a few moments, the oldest first: the newest judges what was learned from those before
/// it. Questions of one moment can't tell what holds at another: what a product sold then is known of it as if by name. For the
/// same reason trees are anchored at features that are known to hold at all times.
///
/// Where only the newest moment has enough to teach, its own questions judge.
///
/// # Errors
/// As [`learn`].
pub fn learn_of_moments(
    moments: &[TrainingSet],
    anchors: &[&str],
    aim: Objective,
    seed: u64,
) -> Result<Learned, LearnError> {
    for lessons in moments {
        lessons.check()?;
    }
    let Some((newest, before)) = moments.split_last() else {
        return Err(LearnError::TooLittle { found: 0, needed: NEEDED });
    };
    let mut older = TrainingSet { names: newest.names.clone(), ..TrainingSet::default() };
    for lessons in before {
        older.append(lessons.only(lessons.teaching()));
    }
    if older.questions() < NEEDED {
        return learn(newest, aim, seed);
    }
    let tried_on = some(&older, 0..older.questions(), TRIED_ON, seed);
    let newer = some(newest, 0..newest.questions(), JUDGED_ON, seed);
    let mut all = older;
    all.append(newest.only(enough(newest)?));
    let anchor = Linear::of(&newest.names, anchors, ANCHORED);
    learn_from(&all, &tried_on, &newer, (&OF_MOMENTS, &anchor), aim, seed)
}

/// The questions that teach, where they are enough.
fn enough(lessons: &TrainingSet) -> Result<Vec<usize>, LearnError> {
    let teaching = lessons.teaching();
    if teaching.len() < NEEDED {
        return Err(LearnError::TooLittle { found: teaching.len(), needed: NEEDED });
    }
    Ok(teaching)
}

/// Tries on older questions what newer ones judge, and learns from all.
fn learn_from(
    all: &TrainingSet,
    older: &TrainingSet,
    newer: &TrainingSet,
    (plan, anchor): (&Plan, &Linear),
    aim: Objective,
    seed: u64,
) -> Result<Learned, LearnError> {
    let mut trials = Trials::new(older, newer, anchor, aim, seed);
    trials.run(plan)?;
    let Some((way, _)) = trials.best else {
        return Err(LearnError::Failed("nothing could be tried".to_owned()));
    };
    let way = way.grown(older.wanted.len(), all.wanted.len());
    Ok(Learned {
        ranking: fit(all, &way, anchor, seed)?,
        parameters: way.parameters(),
        tried: trials.tried,
        questions: all.questions(),
        rows: all.wanted.len(),
        wanted: all.wanted.iter().filter(|gain| **gain > 0.0).count(),
    })
}

/// Of the questions as many as have about so many numbers, spread evenly over time.
fn some(lessons: &TrainingSet, questions: impl Iterator<Item = usize> + Clone, most: usize, seed: u64) -> TrainingSet {
    let rows: usize = questions.clone().map(|question| lessons.range(question).len()).sum();
    let numbers = rows * lessons.width();
    let kept = |question: &usize| {
        numbers <= most || mixed(seed ^ *question as u64) / (u64::MAX / numbers as u64) < most as u64
    };
    lessons.only(questions.filter(kept))
}

/// Cuts a table once for all that is tried on it.
struct Trials<'a> {
    older: &'a TrainingSet,
    newer: &'a TrainingSet,
    /// Added to the score of trees that were grown without it.
    anchor: &'a Linear,
    aim: Objective,
    seed: u64,
    older_bins: Binned,
    newer_bins: Binned,
    tried: Vec<Tried>,
    /// With the figures of the questions.
    best: Option<(Way, Vec<f64>)>,
}

impl<'a> Trials<'a> {
    fn new(older: &'a TrainingSet, newer: &'a TrainingSet, anchor: &'a Linear, aim: Objective, seed: u64) -> Self {
        let cuts = Arc::new(Cuts::of(older.table(), BINS, seed));
        let threads = Settings::default().threads;
        Self {
            older,
            newer,
            anchor,
            aim,
            seed,
            older_bins: Binned::of(older.table(), &cuts, threads),
            newer_bins: Binned::of(newer.table(), &cuts, threads),
            tried: Vec::new(),
            best: None,
        }
    }

    /// Tries all ways in turn: a later one has to be clearly better.
    fn run(&mut self, plan: &Plan) -> Result<(), LearnError> {
        let regressed = some(self.older, 0..self.older.questions(), REGRESSED, self.seed);
        let mut lines = Vec::new();
        let mut over: Option<(f64, f64, Linear)> = None;
        for penalty in LISTWISE_PENALTIES {
            if let Some(linear) = Linear::listwise(self.older, penalty) {
                let figures = self.figures(&scores(&linear, self.newer));
                let figure = mean(&figures);
                lines.push((Way::Listwise { penalty }, figures));
                if over.as_ref().is_none_or(|(former, ..)| figure > *former) {
                    over = Some((figure, penalty, linear));
                }
            }
        }
        for penalty in PENALTIES {
            let linear = logistic(&regressed, penalty)?;
            lines.push((Way::Logistic { penalty }, self.figures(&scores(&linear, self.newer))));
        }
        let over = over.map(|(_, penalty, linear)| (penalty, linear));
        for &(loss, based, depth, penalty) in plan.ways {
            let settings = Settings {
                rounds: ROUNDS,
                depth,
                penalty,
                least: penalty / 4.0,
                shrinkage: 0.08,
                rows: 0.3,
                columns: 0.5,
                seed: self.seed,
                ..Settings::default()
            };
            self.boosted(loss, over.as_ref().filter(|_| based), &settings, plan);
            for (way, figures) in lines.drain(..) {
                self.note(way, figures, plan);
            }
        }
        Ok(())
    }

    fn boosted(&mut self, loss: LossKind, over: Option<&(f64, Linear)>, settings: &Settings, plan: &Plan) {
        let older = over.map_or_else(Vec::new, |(_, linear)| scores(linear, self.older));
        let mut newer =
            over.map_or_else(|| vec![0.0; self.newer.wanted.len()], |(_, linear)| scores(linear, self.newer));
        self.anchor.add(&self.newer.rows, &mut newer);
        let judge = |scores: &[f32]| mean(&self.figures(scores));
        let held = Held { data: &self.newer_bins, start: &newer, judge: &judge };
        let found =
            with_loss(loss, self.older, |objective| boost(&self.older_bins, &older, objective, Some(&held), settings));
        let mut scores = newer;
        found.forest.add(&self.newer.rows, &mut scores);
        // Judged by as many trees as did best; at least so many are grown of all lessons.
        let settings = Settings { rounds: found.rounds.max(plan.least), ..settings.clone() };
        let way = Way::Boosted { loss, over: over.map(|(penalty, _)| *penalty), settings };
        self.note(way, self.figures(&scores), plan);
    }

    fn figures(&self, scores: &[f32]) -> Vec<f64> {
        self.aim.figures(self.newer, 0..self.newer.questions(), scores)
    }

    fn note(&mut self, way: Way, figures: Vec<f64>, plan: &Plan) {
        self.tried.push(Tried { what: way.what(), figure: mean(&figures) });
        if self.best.as_ref().is_none_or(|(_, former)| clearly_larger(&figures, former, plan.errors)) {
            self.best = Some((way, figures));
        }
    }
}

fn scores(linear: &Linear, lessons: &TrainingSet) -> Vec<f32> {
    let mut scores = vec![0.0; lessons.wanted.len()];
    linear.add(&lessons.rows, &mut scores);
    scores
}

fn with_loss<R>(loss: LossKind, lessons: &TrainingSet, then: impl FnOnce(&dyn Loss) -> R) -> R {
    let questions = Questions { wanted: &lessons.wanted, ends: &lessons.ends };
    match loss {
        LossKind::Softmax => then(&Softmax(questions)),
        LossKind::Lambda => then(&Lambda(questions)),
        LossKind::Logistic => then(&Logistic { wanted: &lessons.wanted }),
    }
}

/// Learns from all lessons in the way that was chosen; trees are anchored afterwards.
fn fit(lessons: &TrainingSet, way: &Way, anchor: &Linear, seed: u64) -> Result<Ranker, LearnError> {
    let listwise = |penalty: f64| {
        let sample = some(lessons, 0..lessons.questions(), TRIED_ON, seed);
        Linear::listwise(&sample, penalty).ok_or_else(|| LearnError::Failed("no weights that are numbers".to_owned()))
    };
    Ok(match way {
        Way::Logistic { penalty } => {
            Ranker::Linear(logistic(&some(lessons, 0..lessons.questions(), REGRESSED, seed), *penalty)?)
        }
        Way::Listwise { penalty } => Ranker::Linear(listwise(*penalty)?),
        Way::Boosted { loss, over, settings } => {
            let linear = over.map_or_else(|| Ok(Linear::zero(lessons.width())), listwise)?;
            let start = if over.is_some() { scores(&linear, lessons) } else { Vec::new() };
            let cuts = Arc::new(Cuts::of(lessons.table(), BINS, seed));
            let data = Binned::of(lessons.table(), &cuts, settings.threads);
            let found = with_loss(*loss, lessons, |objective| boost(&data, &start, objective, None, settings));
            Ranker::Boosted(linear.plus(anchor), found.forest)
        }
    })
}
