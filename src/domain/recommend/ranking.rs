//! What orders the candidates of one scenario: the sources that serve there, rows of those features alone that the scorer reads,
//! and the scorer. Where little or much is known of a customer one source alone may be ahead of the blend: it leads there.

use std::{fmt, sync::Arc};

use crate::domain::recommend::{HistoryBand, Layout, RequestContext, Scorer, Source, WrongWidth, features};

/// What orders the candidates of one scenario.
pub struct Ranking {
    sources: Vec<Arc<dyn Source>>,
    layout: Layout,
    scorer: Box<dyn Scorer>,
    floors: Vec<(HistoryBand, Box<dyn Scorer>)>,
    features: Vec<Arc<str>>,
}

impl Ranking {
    /// Joins the parts, and leaves out what serves nothing: features that no scorer reads, and sources of which none is read, unless
    /// they bring candidates.
    ///
    /// # Errors
    /// Where a scorer is for other features than the sources give.
    pub fn new(
        sources: Vec<Arc<dyn Source>>,
        scorer: Box<dyn Scorer>,
        floors: Vec<(HistoryBand, Box<dyn Scorer>)>,
    ) -> Result<Self, WrongWidth> {
        let all = features(&sources);
        let scorers = || floors.iter().map(|(_, floor)| floor).chain([&scorer]);
        if let Some(other) = scorers().find(|scorer| scorer.width() != all.len()) {
            return Err(WrongWidth { scorer: other.width(), sources: all.len() });
        }
        let mut read: Vec<usize> = scorers().flat_map(|scorer| scorer.reads()).collect();
        read.sort_unstable();
        read.dedup();
        let narrowed = |scorer: Box<dyn Scorer>| {
            if read.len() == all.len() { scorer } else { scorer.narrowed(&read).unwrap_or(scorer) }
        };
        let whole = Layout::whole(&sources);
        let serves = |at: usize, source: &dyn Source| {
            source.brings() || read.iter().any(|feature| whole.features_of(at).contains(feature))
        };
        let layout = whole.narrowed(&read, |at| serves(at, sources[at].as_ref()));
        let numbered = sources.into_iter().enumerate();
        let sources = numbered.filter(|(at, source)| serves(*at, source.as_ref())).map(|(_, source)| source).collect();
        let floors = floors.into_iter().map(|(band, floor)| (band, narrowed(floor))).collect();
        let scorer = narrowed(scorer);
        let features = read.into_iter().map(|feature| Arc::clone(&all[feature])).collect();
        Ok(Self { sources, layout, scorer, floors, features })
    }

    /// In the order of their features.
    pub fn sources(&self) -> &[Arc<dyn Source>] {
        &self.sources
    }

    /// Over the features, for customers of whom as much is known as of this one.
    pub fn scorer(&self, context: &RequestContext<'_>) -> &dyn Scorer {
        if self.floors.is_empty() {
            return self.scorer.as_ref();
        }
        let own = HistoryBand::of(context.interactions());
        let floor = self.floors.iter().find(|(band, _)| *band == own);
        floor.map_or(self.scorer.as_ref(), |(_, floor)| floor.as_ref())
    }

    /// All scorers over the features: the blend's, and of each single source that leads somewhere.
    pub fn scorers(&self) -> impl Iterator<Item = &dyn Scorer> {
        [&self.scorer].into_iter().chain(self.floors.iter().map(|(_, floor)| floor)).map(AsRef::as_ref)
    }

    /// The names of the features that are read: of each source its signals, then its rank where it brings.
    pub fn features(&self) -> &[Arc<str>] {
        &self.features
    }

    /// Where the features of each source stand in a row.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl fmt::Debug for Ranking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ranking").field("features", &self.features).finish_non_exhaustive()
    }
}
