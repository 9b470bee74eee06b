//! Rows of features: which features of which source they hold, and where. Training looks at all of them, a model at those that its
//! scorer reads.

use std::{ops::Range, sync::Arc};

use crate::domain::recommend::{Source, width};

/// Which features of which source a row holds, and where.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// By source, ascending: the features that are kept, counted from the first of the source's own.
    kept: Vec<Vec<usize>>,
    /// By source, and one more.
    starts: Vec<usize>,
}

impl Layout {
    /// Rows of all features.
    pub fn whole(sources: &[Arc<dyn Source>]) -> Self {
        Self::new(sources.iter().map(|source| (0..width(source.as_ref())).collect()).collect())
    }

    fn new(kept: Vec<Vec<usize>>) -> Self {
        let ends = kept.iter().scan(0, |at, own| {
            *at += own.len();
            Some(*at)
        });
        let starts = [0].into_iter().chain(ends).collect();
        Self { kept, starts }
    }

    /// Of a whole row these features, of the sources that stay.
    pub(super) fn narrowed(&self, features: &[usize], stays: impl Fn(usize) -> bool) -> Self {
        let own = |source: usize| {
            let range = self.features_of(source);
            features.iter().filter(|feature| range.contains(feature)).map(|feature| feature - range.start).collect()
        };
        Self::new((0..self.kept.len()).filter(|source| stays(*source)).map(own).collect())
    }

    /// Features of a row.
    pub fn width(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Where the features of a source stand in a row.
    pub fn features_of(&self, source: usize) -> Range<usize> {
        self.starts[source]..self.starts[source + 1]
    }

    /// Which of its own features a row holds of a source, ascending.
    pub fn kept(&self, source: usize) -> &[usize] {
        &self.kept[source]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_row_holds_what_is_read_of_the_sources_that_stay() {
        let whole = Layout::new(vec![vec![0, 1, 2], vec![0], vec![0, 1]]);
        assert_eq!((whole.width(), whole.features_of(2)), (6, 4..6));
        let narrow = whole.narrowed(&[0, 2, 5], |source| source != 1);
        assert_eq!((narrow.kept(0), narrow.kept(1)), (&[0, 2][..], &[1][..]));
        assert_eq!((narrow.width(), narrow.features_of(0), narrow.features_of(1)), (3, 0..2, 2..3));
        assert_eq!(Layout::default().width(), 0);
    }
}
