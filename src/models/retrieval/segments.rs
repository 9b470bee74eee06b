//! Segments of customers: clusters in recency, frequency and money (RFM), browsing and returns, as many as are stable, named by
//! what distinguishes them.
//!
//! linfa's k-means on standardised logarithms. There are as many clusters as are found again best in both halves of
//! the customers: the adjusted Rand index (Hubert and Arabie, 1985) of the two, as a measure of stability (Ben-Hur,
//! Elisseeff and Guyon, 2002). A shop whose customers fall into no stable clusters has one segment, which is everybody.

use linfa::{DatasetBase, traits::Fit};
use linfa_clustering::KMeans;
use ndarray::{Array2, ArrayView1, Axis};
use rand::{SeedableRng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256Plus;

use crate::domain::{
    Timestamp,
    catalog::{Row, Snapshot},
    recommend::InteractionKind,
};
use crate::models::{
    data::{
        interactions::{Interaction, Interactions},
        item_index::ItemIndex,
    },
    registry::tensors::{Damaged, Draft, Tensors, damaged},
};

/// What a customer is placed by.
pub const FACTS: usize = 5;
/// What much and little of each fact is called.
const WORDS: [(&str, &str); FACTS] = [
    ("lapsed", "recent"),
    ("frequent", "rare"),
    ("high spend", "low spend"),
    ("browsing", "direct"),
    ("returns much", "keeps"),
];
/// Customers that are clustered: more would not move a centre.
const SAMPLE: usize = 4_000;
/// Customers that are needed at all.
const NEEDED: usize = 100;
/// Clusters at most: more than a marketer tells apart.
const MOST: usize = 6;
/// Agreement of the halves from which a clustering counts as stable.
const STABLE: f64 = 0.8;
/// Standard deviations from the mean from which a fact distinguishes a segment.
const DISTINGUISHES: f32 = 0.5;

/// The segments of one shop.
#[derive(Debug, Clone, PartialEq)]
pub struct Segments {
    /// Of each fact over all customers: mean, then one over the deviation.
    scales: Vec<f32>,
    /// Row-major, standardised; at least one.
    centres: Vec<f32>,
    /// Share of the customers in each, for the card.
    shares: Vec<f32>,
    /// Agreement of two halves; 1 where there is one segment only.
    stability: f32,
}

/// What is known of a customer, as raw amounts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Dealings {
    /// Since she last did anything.
    pub days_since: f32,
    /// Orders.
    pub orders: f32,
    /// Minor units at the prices of today.
    pub spent: f32,
    /// Looks.
    pub looks: f32,
    /// Units sent back.
    pub returned: f32,
}

impl Dealings {
    /// What one customer did, in time order.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "logarithms are taken of it")]
    pub fn of(own: &[Interaction], vocabulary: &ItemIndex, catalog: &Snapshot, now: Timestamp) -> Self {
        let mut dealings = Self::default();
        let mut last_order = None;
        for interaction in own {
            match interaction.kind {
                InteractionKind::Bought => {
                    if last_order.replace(interaction.group) != Some(interaction.group) {
                        dealings.orders += 1.0;
                    }
                    let price = catalog.get(vocabulary.product(interaction.item)).and_then(Row::regular_price);
                    dealings.spent += price.map_or(0.0, |price| price.minor as f32) * interaction.quantity as f32;
                }
                InteractionKind::SentBack => dealings.returned += interaction.quantity as f32,
                InteractionKind::Looked => dealings.looks += 1.0,
                InteractionKind::PutInCart => {}
            }
            dealings.days_since = now.days_since(interaction.time).max(0.0) as f32;
        }
        dealings
    }

    fn facts(self) -> [f32; FACTS] {
        [self.days_since, self.orders, self.spent, self.looks, self.returned].map(|amount| amount.max(0.0).ln_1p())
    }
}

impl Segments {
    /// Everybody in one.
    pub fn everybody() -> Self {
        Self { scales: [0.0, 1.0].repeat(FACTS), centres: vec![0.0; FACTS], shares: vec![1.0], stability: 1.0 }
    }

    /// Learns them of what was done before a moment.
    pub fn learn(
        interactions: &Interactions,
        vocabulary: &ItemIndex,
        catalog: &Snapshot,
        before: Timestamp,
        seed: u64,
    ) -> Self {
        let of = |own: &[Interaction]| Dealings::of(own, vocabulary, catalog, before).facts();
        Self::cluster(interactions.by_owner(before).map(of).collect(), seed)
    }

    fn cluster(mut facts: Vec<[f32; FACTS]>, seed: u64) -> Self {
        let mut rng = Xoshiro256Plus::seed_from_u64(seed);
        facts.shuffle(&mut rng);
        facts.truncate(SAMPLE);
        if facts.len() < NEEDED {
            return Self::everybody();
        }
        let flat: Vec<f32> = facts.concat();
        let Ok(mut table) = Array2::from_shape_vec((facts.len(), FACTS), flat) else { return Self::everybody() };
        let scales = standardise(&mut table);
        let halves = table.view().split_at(Axis(0), facts.len() / 2);
        let mut best: Option<(f64, Array2<f32>)> = None;
        for k in 2..=MOST {
            let fit = |rows: Array2<f32>| centres(rows, k, seed);
            let (Some(whole), Some(a), Some(b)) =
                (fit(table.clone()), fit(halves.0.to_owned()), fit(halves.1.to_owned()))
            else {
                continue;
            };
            let stability = agreement(&labels(&table, &a), &labels(&table, &b), k);
            // The most stable; of equals the most.
            if stability >= best.as_ref().map_or(STABLE, |(former, _)| *former) {
                best = Some((stability, whole));
            }
        }
        match best {
            Some((stability, centres)) => Self::found(&centres, scales, &table, stability),
            None => Self { scales, ..Self::everybody() },
        }
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "shares of thousands")]
    fn found(centres: &Array2<f32>, scales: Vec<f32>, table: &Array2<f32>, stability: f64) -> Self {
        let mut shares = vec![0.0; centres.nrows()];
        for label in labels(table, centres) {
            shares[label] += 1.0 / table.nrows() as f32;
        }
        Self { scales, centres: centres.iter().copied().collect(), shares, stability: stability as f32 }
    }

    /// How many there are, at least one.
    pub fn len(&self) -> usize {
        self.shares.len()
    }

    /// Where a customer belongs: the nearest centre, of equals the first.
    pub fn of(&self, dealings: Dealings) -> usize {
        let mut placed = dealings.facts();
        for (fact, scale) in placed.iter_mut().zip(self.scales.chunks_exact(2)) {
            *fact = (*fact - scale[0]) * scale[1];
        }
        nearest(ArrayView1::from(&placed), self.centres.chunks_exact(FACTS).map(ArrayView1::from))
    }

    /// What distinguishes each, the strongest first, with its share of the customers.
    pub fn names(&self) -> Vec<(String, f32)> {
        let name = |centre: &[f32]| {
            let mut facts: Vec<(f32, &str)> = centre
                .iter()
                .zip(WORDS)
                .filter(|(at, _)| at.abs() >= DISTINGUISHES)
                .map(|(at, (much, little))| (at.abs(), if *at > 0.0 { much } else { little }))
                .collect();
            facts.sort_by(|a, b| b.0.total_cmp(&a.0));
            let words: Vec<&str> = facts.iter().take(3).map(|(_, word)| *word).collect();
            if words.is_empty() { "average".to_owned() } else { words.join(", ") }
        };
        self.centres.chunks_exact(FACTS).map(name).zip(self.shares.iter().copied()).collect()
    }

    /// As rows of a file.
    pub fn write(&self, draft: &mut Draft) {
        draft.f32("segments.scales", &self.scales);
        draft.f32("segments.centres", &self.centres);
        draft.f32("segments.shares", &self.shares);
        draft.f32("segments.stability", &[self.stability]);
    }

    /// What was written.
    ///
    /// # Errors
    /// Where the rows do not belong together.
    pub fn read(tensors: &Tensors<'_>) -> Result<Self, Damaged> {
        let row = |name: &str| tensors.f32(&format!("segments.{name}"));
        let (scales, centres, shares) = (row("scales")?, row("centres")?, row("shares")?);
        let whole = scales.len() == 2 * FACTS && !shares.is_empty() && centres.len() == FACTS * shares.len();
        let stability = row("stability")?.first().copied();
        match stability {
            Some(stability) if whole => Ok(Self { scales, centres, shares, stability }),
            _ => Err(damaged("the segments are not whole")),
        }
    }
}

/// Gives each column the mean zero and the deviation one. Returns the means, each with one over its deviation.
fn standardise(table: &mut Array2<f32>) -> Vec<f32> {
    let mut scales = Vec::with_capacity(2 * FACTS);
    for mut column in table.columns_mut() {
        let mean = column.mean().unwrap_or(0.0);
        let deviation = column.std(0.0);
        let scale = if deviation > 1e-3 { 1.0 / deviation } else { 0.0 };
        column.mapv_inplace(|value| (value - mean) * scale);
        scales.extend([mean, scale]);
    }
    scales
}

/// The centres of `k` clusters.
fn centres(rows: Array2<f32>, k: usize, seed: u64) -> Option<Array2<f32>> {
    let rng = Xoshiro256Plus::seed_from_u64(seed);
    let params = KMeans::params_with_rng(k, rng).n_runs(3).max_n_iterations(50).tolerance(1e-3);
    let clusters = params.fit(&DatasetBase::from(rows)).ok()?;
    Some(clusters.centroids().clone())
}

/// The nearest centre of each row.
fn labels(table: &Array2<f32>, centres: &Array2<f32>) -> Vec<usize> {
    table.rows().into_iter().map(|row| nearest(row, centres.rows())).collect()
}

/// Of equals the first.
fn nearest<'a>(row: ArrayView1<'_, f32>, centres: impl IntoIterator<Item = ArrayView1<'a, f32>>) -> usize {
    let distance = |centre: ArrayView1<'_, f32>| row.iter().zip(centre).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    let distances = centres.into_iter().map(distance).enumerate();
    distances.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(cluster, _)| cluster)
}

/// The adjusted Rand index of two labellings into `k`: 1 where they are the same, about 0 where they are by chance.
#[expect(clippy::cast_precision_loss, reason = "thousands of customers")]
fn agreement(a: &[usize], b: &[usize], k: usize) -> f64 {
    let pairs = |n: usize| n as f64 * (n as f64 - 1.0) / 2.0;
    let mut both = vec![0_usize; k * k];
    for (a, b) in a.iter().zip(b) {
        both[a * k + b] += 1;
    }
    let of_a: Vec<usize> = both.chunks_exact(k).map(|row| row.iter().sum()).collect();
    let of_b: Vec<usize> = (0..k).map(|b| both.iter().skip(b).step_by(k).sum()).collect();
    let sum = |counts: &[usize]| counts.iter().map(|count| pairs(*count)).sum::<f64>();
    let (together, in_a, in_b, all) = (sum(&both), sum(&of_a), sum(&of_b), pairs(a.len()));
    let by_chance = in_a * in_b / all.max(1.0);
    let most = f64::midpoint(in_a, in_b);
    if (most - by_chance).abs() < f64::EPSILON { 0.0 } else { (together - by_chance) / (most - by_chance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three kinds of customers, so far apart that any half shows them.
    fn customers() -> Vec<[f32; FACTS]> {
        let kinds = [(2.0, 20.0, 90_000.0, 5.0), (200.0, 1.0, 2_000.0, 3.0), (5.0, 1.0, 3_000.0, 400.0)];
        let one = |n: u16| {
            let (days_since, orders, spent, looks) = kinds[usize::from(n % 3)];
            let noise = 1.0 + f32::from(n % 7) / 50.0;
            let dealings = Dealings { days_since, orders, spent: spent * noise, looks: looks * noise, returned: 0.0 };
            dealings.facts()
        };
        (0..300).map(one).collect()
    }

    #[test]
    fn clusters_that_are_there_are_found_and_named() {
        let segments = Segments::cluster(customers(), 7);
        assert!(segments.len() >= 3, "{segments:?}");
        let names: Vec<String> = segments.names().into_iter().map(|(name, _)| name).collect();
        assert!(names.iter().any(|name| name.contains("frequent") && name.contains("high spend")), "{names:?}");
        assert!(names.iter().any(|name| name.contains("lapsed")), "{names:?}");
        assert!(names.iter().any(|name| name.starts_with("browsing")), "{names:?}");
        assert!((segments.names().iter().map(|(_, share)| share).sum::<f32>() - 1.0).abs() < 0.01);
        let lapsed = Dealings { days_since: 190.0, orders: 1.0, spent: 2_100.0, looks: 3.0, returned: 0.0 };
        assert!(names[segments.of(lapsed)].contains("lapsed"));
        assert_eq!(segments, Segments::cluster(customers(), 7), "the same again");
    }

    #[test]
    fn without_clusters_everybody_is_one_segment() {
        let same = vec![Dealings { orders: 1.0, ..Dealings::default() }.facts(); 300];
        for facts in [Vec::new(), customers()[..50].to_vec(), same] {
            let segments = Segments::cluster(facts, 7);
            assert_eq!(segments.len(), 1);
            assert_eq!(segments.of(Dealings { spent: f32::MAX, ..Dealings::default() }), 0);
            assert_eq!(segments.names()[0].0, "average");
        }
    }

    #[test]
    fn agreement_is_worked_out_by_hand() {
        assert!((agreement(&[0, 0, 1, 1], &[1, 1, 0, 0], 2) - 1.0).abs() < 1e-9, "names do not matter");
        // Pairs together in both: 1 of 2 and 2; by chance 2 * 3 / 6 = 1; the most 2.5.
        assert!((agreement(&[0, 0, 1, 1], &[0, 0, 0, 1], 2) - 0.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_written_is_read() {
        let segments = Segments::cluster(customers(), 7);
        let mut draft = Draft::default();
        segments.write(&mut draft);
        let bytes = draft.bytes();
        assert_eq!(Segments::read(&Tensors::read(&bytes).unwrap()).unwrap(), segments);
    }
}
