//! Nearest sessions: what stood in the sessions that are most like this visit, close to what they share with it.
//!
//! The model is STAN (Garg et al., "Sequence and time aware neighborhood for session-based recommendations", 2019) with rare
//! products counting more in the likeness (idf). One pass over the candidates adds up several of them at once, with other
//! decays by place and by age: which is right differs from question to question, and the ranking learns when. As in VMIS-kNN
//! (Kersbergen et al., 2022) only the newest sessions of a product are looked at, so that a question has a bound.

use std::{array, cell::RefCell, cmp::Reverse, hint::black_box, sync::Arc};

use parking_lot::{Mutex, RwLock};

use crate::domain::catalog::ProductIx;
use crate::domain::recommend::{
    Evidence, Found, NewInteraction, Rationale, ReasonCode, RequestContext, Source, SourceError, Weight,
};
use crate::models::data::{
    item_index::{Item, ItemIndex},
    ongoing_sessions::Ongoing,
    session_index::{SessionIndex, Touch},
    sessions,
    sparse_accumulator::SparseAccumulator,
};

/// How sessions are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Newest sessions that are looked at.
    pub sample: usize,
    /// Most alike of them that vote.
    pub nearest: usize,
    /// Steps back in the visit after which a product counts `1 / e`: for the gentle likeness, and the steep one.
    pub fade: [f32; 2],
    /// Places between a product and the last one shared after which it counts `1 / e`: far, and close.
    pub reach: [f32; 2],
    /// Share of all sessions that are newer, after which a session counts `1 / e`: slow, and quick.
    pub age: [f32; 2],
}

impl Default for Settings {
    fn default() -> Self {
        Self { sample: 2_500, nearest: 500, fade: [1.8, 0.6], reach: [7.2, 1.5], age: [1.0, 0.1] }
    }
}

/// Distinct products of a visit, the newest, that sessions are compared by.
const COMPARED: usize = 20;
/// Places that decays are kept for: beyond, nothing is left.
const PLACES: usize = 64;

/// The names of the signals.
pub const SIGNALS: [&str; 8] = ["near", "close", "last", "last_close", "after", "recent", "strongest", "sessions"];
const WIDTH: usize = SIGNALS.len();
type Sums = SparseAccumulator<WIDTH>;
/// The signal that is a likeness and not a sum.
const STRONGEST: usize = 6;

/// All sessions, and how they are compared.
#[derive(Debug)]
pub struct NearestSessions {
    vocabulary: Arc<ItemIndex>,
    sessions: RwLock<SessionIndex>,
    ongoing: Mutex<Ongoing>,
    settings: Settings,
    /// By places between: far, close.
    decays: [[f32; PLACES]; 2],
}

/// A distinct product of the visit.
#[derive(Debug, Clone, Copy)]
struct Compared {
    item: Item,
    weights: [f32; 2],
}

#[derive(Debug, Clone, Copy)]
struct Neighbour {
    alike: [f32; 2],
    session: u32,
}

/// What the signals of one question rest on.
struct Neighbourhood {
    compared: Vec<Compared>,
    near: Vec<Neighbour>,
}

/// Memory that is used again for every question. All of it is zero in between.
#[derive(Debug, Default)]
struct Room {
    compared: Vec<Compared>,
    /// By session.
    alike: Vec<[f32; 2]>,
    touched: Vec<u32>,
    near: Vec<Neighbour>,
    /// By item: whether it is in the visit.
    visited: Vec<bool>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

impl NearestSessions {
    /// Compares with these sessions. Where no session is named, a visit that is going on ends after `idle_ms`.
    pub fn new(vocabulary: Arc<ItemIndex>, sessions: SessionIndex, settings: Settings, idle_ms: i64) -> Self {
        let decay = |reach: f32| std::array::from_fn(|gap| (-real(gap) / reach).exp());
        let (sessions, ongoing) = (RwLock::new(sessions), Mutex::new(Ongoing::new(idle_ms)));
        Self { vocabulary, sessions, ongoing, settings, decays: settings.reach.map(decay) }
    }

    /// Hands each product of the nearest sessions to `see` with its signals, in an order that only the sessions decide. `visit`
    /// is in the order of touch, the newest last. All signals are shares of the largest, from 0 to 1, but "strongest", which
    /// is the likeness itself. Gives back what all of it rests on.
    fn search(&self, visit: &[Item], see: impl FnMut(Item, &[f32])) -> Neighbourhood {
        ROOM.with_borrow_mut(|room| {
            let sessions = self.sessions.read();
            room.compare(&sessions, visit, &self.settings);
            room.choose(&sessions, &self.settings);
            let sums = room.add_up(&sessions, &self.settings, &self.decays);
            hand_over(&sums, see);
            Neighbourhood { compared: room.compared.clone(), near: room.near.clone() }
        })
    }

    /// The item of the visit that a product rests on most: what each shares of the likeness of the sessions that hold it. The
    /// first signal is the sum of these shares, so the answer is exact for it.
    fn rests_on(&self, Neighbourhood { compared, near }: &Neighbourhood, product: Item) -> Option<Item> {
        let sessions = self.sessions.read();
        let is_compared = |item: Item| compared.iter().any(|other| other.item == item);
        let mut shares = vec![0.0; compared.len()];
        for one in near {
            let touches = sessions.session(one.session);
            let Some(own) = touches.iter().find(|touch| touch.item == product) else { continue };
            let holds = |item: Item| touches.iter().any(|touch| touch.item == item);
            let shared = touches.iter().rev().find(|touch| is_compared(touch.item)).map_or(0, |touch| touch.at);
            let far = self.decays[0][(own.at.abs_diff(shared) as usize).min(PLACES - 1)];
            let whole: f32 = compared.iter().filter(|other| holds(other.item)).map(|other| other.weights[0]).sum();
            for (share, other) in shares.iter_mut().zip(compared) {
                if holds(other.item) {
                    *share += one.alike[0] * far * other.weights[0] / whole;
                }
            }
        }
        let best = (0..shares.len()).filter(|one| shares[*one] > 0.0).max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
        best.map(|one| compared[one].item)
    }
}

impl Source for NearestSessions {
    fn name(&self) -> &'static str {
        "nearest_sessions"
    }

    fn signals(&self) -> &'static [&'static str] {
        &SIGNALS
    }

    fn answers_context(&self) -> bool {
        true
    }

    fn collect(
        &self,
        context: &RequestContext<'_>,
        _most: usize,
        found: &mut Found,
        evidence: &mut Evidence,
    ) -> Result<(), SourceError> {
        let visit = sessions::known(&context.history.visit, &self.vocabulary);
        evidence
            .get_or_make(|| self.search(&visit, |item, signals| found.push(self.vocabulary.product(item), signals)));
        Ok(())
    }

    fn because(
        &self,
        context: &RequestContext<'_>,
        product: ProductIx,
        _parts: &[f32],
        evidence: &mut Evidence,
    ) -> Option<Rationale> {
        let searched =
            evidence.get_or_make(|| self.search(&sessions::known(&context.history.visit, &self.vocabulary), |_, _| {}));
        let item = self.rests_on(searched, self.vocabulary.item(product)?)?;
        let product = Some(self.vocabulary.product(item));
        let code = if product == context.in_view { ReasonCode::LikeInView } else { ReasonCode::LikeViewed };
        Some(Rationale { product, ..Rationale::of(code) })
    }

    fn observe(&self, happened: &NewInteraction<'_>) {
        let Some(item) = self.vocabulary.item(happened.product) else { return };
        let mut sessions = self.sessions.write();
        if let Some(visit) = self.ongoing.lock().take(happened, item, || sessions.begin()) {
            sessions.append(visit.number, item);
        }
    }

    fn limit_visits(&self, most: usize) {
        self.ongoing.lock().limit(most);
    }

    fn weight(&self) -> Weight {
        let (counted, fresh) = self.sessions.read().weights();
        let ongoing = self.ongoing.lock();
        Weight { counted, observed: fresh + ongoing.weight(), visits: ongoing.count() }
    }
}

impl Room {
    /// Adds up what each session shares with the visit.
    fn compare(&mut self, sessions: &SessionIndex, visit: &[Item], settings: &Settings) {
        self.alike.resize(sessions.len().max(self.alike.len()), [0.0; 2]);
        self.compared.clear();
        let all = real(sessions.len());
        for (back, item) in visit.iter().rev().enumerate() {
            if self.compared.len() == COMPARED {
                break;
            }
            if self.compared.iter().any(|other| other.item == *item) {
                continue;
            }
            let rarity = (1.0 + all / real(sessions.support(*item).max(1))).ln();
            let weights = settings.fade.map(|fade| (rarity * (-real(back) / fade).exp()).max(f32::MIN_POSITIVE));
            self.compared.push(Compared { item: *item, weights });
        }
        for one in &self.compared {
            for session in sessions.holding(one.item).take(settings.sample) {
                let alike = &mut self.alike[session as usize];
                if alike[0] == 0.0 {
                    self.touched.push(session);
                }
                alike[0] += one.weights[0];
                alike[1] += one.weights[1];
            }
        }
    }

    /// The most alike of the newest, by number: sums are the same in every run.
    fn choose(&mut self, sessions: &SessionIndex, settings: &Settings) {
        if self.touched.len() > settings.sample {
            self.touched.select_nth_unstable_by(settings.sample, |a, b| b.cmp(a));
            for session in self.touched.drain(settings.sample..) {
                self.alike[session as usize] = [0.0; 2];
            }
        }
        let norm = |k: usize| self.compared.iter().map(|one| one.weights[k].powi(2)).sum::<f32>().sqrt().recip();
        let norms = [norm(0), norm(1)];
        for item in self.compared.iter().map(|one| one.item as usize) {
            self.visited.resize(self.visited.len().max(item + 1), false);
            self.visited[item] = true;
        }
        let all = real(sessions.len());
        self.near.clear();
        let touched = std::mem::take(&mut self.touched);
        for session in &touched {
            let session = *session;
            let [gentle, steep] = std::mem::take(&mut self.alike[session as usize]);
            let touches = sessions.session(session);
            if session as usize >= sessions.trained() && touches.iter().all(|touch| self.has(touch.item)) {
                // Her own visit, or one that says no more.
                continue;
            }
            let age = (all - real(session as usize)) / all;
            let scale = (-age / settings.age[0]).exp() / real(touches.len()).sqrt();
            self.near.push(Neighbour { alike: [gentle * norms[0] * scale, steep * norms[1] * scale], session });
        }
        self.touched = touched;
        self.touched.clear();
        if self.near.len() > settings.nearest {
            // Likeness is above zero, where the order of floats is that of their bits.
            let key = |one: &Neighbour| Reverse(u64::from(one.alike[0].to_bits()) << 32 | u64::from(one.session));
            self.near.select_nth_unstable_by_key(settings.nearest, key);
            self.near.truncate(settings.nearest);
        }
        self.near.sort_unstable_by_key(|one| one.session);
    }

    fn has(&self, item: Item) -> bool {
        self.visited.get(item as usize).is_some_and(|visited| *visited)
    }

    /// Lets the nearest vote.
    fn add_up(&mut self, sessions: &SessionIndex, settings: &Settings, decays: &[[f32; PLACES]; 2]) -> Sums {
        let mut all_sums = Sums::new();
        let all = real(sessions.len());
        let near = std::mem::take(&mut self.near);
        // Looks into each once before: these looks do not wait for one another, as those that add do.
        let firsts = near.iter().filter_map(|one| sessions.session(one.session).first());
        black_box(firsts.fold(0, |all, touch| all ^ touch.item));
        for one in &near {
            let touches = sessions.session(one.session);
            let shared = touches.iter().rev().find(|touch| self.has(touch.item)).map_or(0, |touch| touch.at);
            let age = (all - real(one.session as usize)) / all;
            let recent = (-age / settings.age[1]).exp();
            for Touch { item, at } in touches {
                let gap = (at.abs_diff(shared) as usize).min(PLACES - 1);
                let (far, close) = (decays[0][gap], decays[1][gap]);
                let [gentle, steep] = one.alike;
                let sums = all_sums.of(*item);
                sums[0] += gentle * far;
                sums[1] += gentle * close;
                sums[2] += steep * far;
                sums[3] += steep * close;
                sums[4] += if *at > shared { steep * close } else { 0.0 };
                sums[5] += gentle * far * recent;
                sums[STRONGEST] = sums[STRONGEST].max(gentle * far);
                sums[7] += 1.0;
            }
        }
        self.near = near;
        self.forget();
        all_sums
    }

    /// Leaves nothing of the visit behind.
    fn forget(&mut self) {
        for item in self.compared.iter().map(|one| one.item as usize) {
            self.visited[item] = false;
        }
    }
}

/// Shares of the largest.
fn hand_over(all: &Sums, mut see: impl FnMut(Item, &[f32])) {
    let mut largest = [0.0_f32; WIDTH];
    for sums in all.sums() {
        for (largest, sum) in largest.iter_mut().zip(sums) {
            *largest = largest.max(*sum);
        }
    }
    largest[STRONGEST] = 1.0;
    let scales = largest.map(|largest| if largest > 0.0 { largest.recip() } else { 0.0 });
    for (item, sums) in all.iter() {
        see(item, &array::from_fn::<f32, WIDTH, _>(|at| sums[at] * scales[at]));
    }
}

#[expect(clippy::cast_precision_loss, reason = "a weight needs no more digits")]
const fn real(n: usize) -> f32 {
    n as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Id, Timestamp,
        catalog::{Ids, Snapshot},
        customer::{Identifier, Profile},
        recommend::{InteractionKind, UserHistory, fixture},
    };

    fn vocabulary(items: usize) -> Arc<ItemIndex> {
        let ids = Ids::default();
        Arc::new(ItemIndex::new((0..items).map(|item| Id::new(format!("{item:04}")).unwrap()).collect(), &ids))
    }

    fn model(sessions: &[&[Item]], items: usize, settings: Settings) -> NearestSessions {
        NearestSessions::new(vocabulary(items), SessionIndex::new(sessions.iter().copied(), items), settings, 1_000)
    }

    fn signals(model: &NearestSessions, visit: &[Item]) -> Vec<(Item, Vec<f32>)> {
        let mut all = Vec::new();
        model.search(visit, |item, signals| all.push((item, signals.to_vec())));
        all.sort_by_key(|(item, _)| *item);
        all
    }

    #[test]
    fn signals_are_those_worked_out_by_hand() {
        let settings = Settings { fade: [1.0, 0.5], reach: [2.0, 1.0], age: [1e9, 1e9], ..Settings::default() };
        // 1 was in one session of two, the newest touch; 0 in both.
        let found = signals(&model(&[&[0, 2], &[0, 1, 3]], 4, settings), &[0, 1]);
        let (w0, w1) = ((2.0_f32).ln() * (-1.0_f32).exp(), (3.0_f32).ln());
        let norm = (w0 * w0 + w1 * w1).sqrt();
        let (first, second) = (w0 / norm / 2.0_f32.sqrt(), (w0 + w1) / norm / 3.0_f32.sqrt());
        let half = (-0.5_f32).exp();
        // Near: 0 in the first session at the shared place, in the second one place before it.
        let near = [first + second * half, second, first * half, second * half];
        let largest = near.iter().copied().fold(0.0, f32::max);
        for ((item, signals), near) in found.iter().zip(near) {
            assert!((signals[0] - near / largest).abs() < 1e-5, "{item}: {signals:?}");
        }
        let after: Vec<bool> = found.iter().map(|(_, signals)| signals[4] > 0.0).collect();
        assert_eq!(after, [false, false, true, true]);
        let sessions: Vec<f32> = found.iter().map(|(_, signals)| signals[7]).collect();
        assert_eq!(sessions, [1.0, 0.5, 0.5, 0.5]);
        assert!((found[1].1[STRONGEST] - second).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn only_the_newest_and_the_most_alike_vote() {
        let all: [&[Item]; 3] = [&[0, 1, 2], &[0, 3], &[0, 4, 5, 6, 7]];
        let check = |settings: Settings, expected: &[Item]| {
            let found = signals(&model(&all, 8, settings), &[0]);
            assert_eq!(found.iter().map(|(item, _)| *item).collect::<Vec<_>>(), expected);
        };
        check(Settings { sample: 1, ..Settings::default() }, &[0, 4, 5, 6, 7]);
        check(Settings { nearest: 1, age: [1e9, 1e9], ..Settings::default() }, &[0, 3]);
        check(Settings { nearest: 2, age: [1e9, 1e9], ..Settings::default() }, &[0, 1, 2, 3]);
    }

    #[test]
    fn what_happens_counts_at_once_and_her_own_visit_says_nothing() {
        let all: [&[Item]; 3] = [&[0, 1], &[1, 2, 1], &[0, 2]];
        let live = model(&all[..1], 4, Settings::default());
        let observe = |name: &str, item: Item| {
            let owner = Identifier::visitor(fixture::id(name));
            let product = live.vocabulary.product(item);
            let (time, kind) = (Timestamp(0), InteractionKind::Looked);
            live.observe(&NewInteraction { owner: &owner, time, product, kind, quantity: 1, session: None });
        };
        observe("a", 1);
        let before = signals(&live, &[1]);
        assert_eq!(before.iter().map(|(item, _)| *item).collect::<Vec<_>>(), [0, 1], "her own visit is left out");
        for (name, item) in [("a", 2), ("b", 0), ("a", 1), ("b", 2)] {
            observe(name, item);
        }
        let trained = model(&all, 4, Settings::default());
        assert_eq!(signals(&live, &[0, 1]), signals(&trained, &[0, 1]));
    }

    #[test]
    fn a_product_rests_on_what_its_sessions_share_with_the_visit() {
        let model = model(&[&[0, 5], &[1, 5], &[1, 5], &[1, 3]], 6, Settings::default());
        let product = |item: Item| model.vocabulary.product(item);
        let (catalog, ids, profile) = (Snapshot::default(), Ids::default(), Profile::default());
        let history = UserHistory { visit: vec![product(1), product(0)], ..UserHistory::default() };
        let context = RequestContext {
            history: &history,
            in_view: Some(product(0)),
            ..fixture::context(&catalog, &ids, &profile)
        };
        let because = |item: Item| {
            model
                .because(&context, product(item), &[], &mut Evidence::default())
                .map(|because| (because.code, because.product))
        };
        assert_eq!(because(3), Some((ReasonCode::LikeViewed, Some(product(1)))));
        assert_eq!(because(0), Some((ReasonCode::LikeInView, Some(product(0)))));
        assert_eq!(because(4), None);
        assert_eq!(signals(&model, &[4]), []);
    }
}
