//! The end of every source that scores products one by one: the best of a list, in a total order.

use crate::domain::recommend::Candidate;
use crate::models::vocabulary::Vocabulary;

/// Appends the best, the largest score first, then by product id; what scores nothing is left out.
///
/// Products that came after the model stand behind those that it knows, in the order of their coming.
pub fn append_best(mut list: Vec<Candidate>, most: usize, vocabulary: &Vocabulary, found: &mut Vec<Candidate>) {
    let place = |one: &Candidate| (vocabulary.item(one.product).unwrap_or(u32::MAX), one.product);
    list.retain(|one| one.score > 0.0);
    list.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then_with(|| place(a).cmp(&place(b))));
    found.extend(list.into_iter().take(most));
}
