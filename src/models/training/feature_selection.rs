//! What of all that the sources say is worth its time in an answer: the features that move scores most, and their sources.

use std::sync::Arc;

use crate::domain::recommend::{Source, width};
use crate::models::ranking::{Ranker, TrainingSet};

/// Sources of a ranking at most.
pub const MOST_SOURCES: usize = 12;
/// Features of a ranking at most.
pub const MOST_FEATURES: usize = 60;

/// What moving all candidates of a question alike is worth: it orders nothing, and tells how to take what does.
const OF_A_QUESTION: f64 = 0.1;

/// What a ranking reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Places of the sources, ascending.
    pub sources: Vec<usize>,
    /// Places of the features among those of the chosen sources, ascending.
    pub features: Vec<u32>,
}

/// What the questions say of the features, whatever the ranking.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    rows: f64,
    deviations: Vec<f64>,
    /// By feature, the share of its variance that lies within questions.
    within: Vec<f64>,
    /// By source, the share of what was wanted that it alone brought.
    alone: Vec<f64>,
}

impl Facts {
    /// Of training sets over the features of these sources.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    pub fn of(sets: &[TrainingSet], sources: &[Arc<dyn Source>]) -> Self {
        let ranks = rank_places(sources);
        let mut alone = vec![0.0; sources.len()];
        let features = sets.first().map_or(0, TrainingSet::width);
        let (mut wanted, mut rows) = (0.0_f64, 0.0);
        let (mut deviations, mut within) = (vec![0.0; features], vec![0.0; features]);
        for set in sets {
            let weight = set.wanted.len() as f64;
            rows += weight;
            deviations.iter_mut().zip(set.deviations()).for_each(|(sum, own)| *sum += weight * own);
            within.iter_mut().zip(set.shares_within()).for_each(|(sum, own)| *sum += weight * own);
            let of_wanted = set.rows.chunks_exact(set.width().max(1)).zip(&set.wanted).filter(|(_, gain)| **gain > 0.0);
            for (row, _) in of_wanted {
                wanted += 1.0;
                let mut brought = ranks.iter().filter(|(_, place)| row[*place] > 0.0).map(|(source, _)| *source);
                if let (Some(only), None) = (brought.next(), brought.next()) {
                    alone[only] += 1.0;
                }
            }
        }
        for sum in deviations.iter_mut().chain(&mut within) {
            *sum /= f64::max(rows, 1.0);
        }
        for count in &mut alone {
            *count /= f64::max(wanted, 1.0);
        }
        Self { rows, deviations, within, alone }
    }
}

/// Where the rank of each source that brings stands in a row.
fn rank_places(sources: &[Arc<dyn Source>]) -> Vec<(usize, usize)> {
    let mut end = 0;
    let mut places = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        end += width(source.as_ref());
        if source.brings() {
            places.push((at, end - 1));
        }
    }
    places
}

/// Chooses by a ranking of all features; `None` where all of them may stay. A source is worth the moves of its features as a
/// share of all, and the share of what was wanted that nobody else brought.
pub fn select(ranking: &Ranker, facts: &Facts, sources: &[Arc<dyn Source>]) -> Option<Selection> {
    let widths: Vec<usize> = sources.iter().map(|source| width(source.as_ref())).collect();
    if sources.len() <= MOST_SOURCES && widths.iter().sum::<usize>() <= MOST_FEATURES {
        return None;
    }
    let moves = ranking.gains(facts.rows, &facts.deviations).into_iter().zip(&facts.within);
    let gains: Vec<f64> = moves.map(|(gain, within)| gain * (OF_A_QUESTION + (1.0 - OF_A_QUESTION) * within)).collect();
    Some(choose(&gains, &widths, &facts.alone))
}

fn choose(gains: &[f64], widths: &[usize], alone: &[f64]) -> Selection {
    let all: f64 = gains.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let starts = widths.iter().scan(0, |end, width| {
        *end += width;
        Some(*end - width)
    });
    let starts: Vec<usize> = starts.collect();
    let own = |source: usize| starts[source]..starts[source] + widths[source];
    let worth = |source: usize| gains[own(source)].iter().sum::<f64>() / all + alone[source];
    let mut chosen = largest((0..widths.len()).collect(), MOST_SOURCES, worth);
    let features = chosen.iter().flat_map(|source| own(*source)).collect();
    let mut kept = largest(features, MOST_FEATURES, |feature| gains[feature]);
    kept.retain(|feature| gains[*feature] > 0.0);
    chosen.retain(|source| alone[*source] > 0.0 || kept.iter().any(|feature| own(*source).contains(feature)));
    let mut at = 0;
    let mut places = Vec::new();
    for source in &chosen {
        let inside = own(*source).zip(at..).filter(|(feature, _)| kept.contains(feature));
        places.extend(inside.map(|(_, place)| place));
        at += u32::try_from(widths[*source]).unwrap_or(u32::MAX);
    }
    Selection { sources: chosen, features: places }
}

/// The places whose worth is largest, of equal ones the first; ascending.
fn largest(mut places: Vec<usize>, most: usize, worth: impl Fn(usize) -> f64) -> Vec<usize> {
    places.sort_by(|a, b| worth(*b).total_cmp(&worth(*a)).then(a.cmp(b)));
    places.truncate(most);
    places.sort_unstable();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_most_stays_and_places_are_among_the_chosen() {
        // Fourteen sources of five features each; of two only the second feature says anything, ten say a little of all.
        let widths = [5; 14];
        let mut gains = vec![0.1; 70];
        gains[..10].fill(0.0);
        (gains[1], gains[6]) = (50.0, 40.0);
        gains[65..].fill(0.0);
        let found = choose(&gains, &widths, &[0.0; 14]);
        assert_eq!(found.sources, (0..12).collect::<Vec<_>>(), "of equal ones the first");
        assert_eq!(found.features[..3], [1, 6, 10]);
        assert_eq!(found.features.len(), 52, "what moves nothing is not kept");
        // One that alone brings what is wanted stays, though nothing of it is read.
        let mut alone = [0.0; 14];
        alone[13] = 0.2;
        let found = choose(&gains, &widths, &alone);
        assert_eq!(found.sources[10..], [10, 13]);
        assert_eq!(found.features.last(), Some(&54));
    }
}
