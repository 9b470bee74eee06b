//! A model as files: `weights.safetensors`, `manifest.json`, `card.md` in `<name>/<version>/`.
//!
//! Written beside its place and renamed, so that no reader ever sees half of it. Read with distrust: the hash, the format
//! and every number that points somewhere are looked at before anything is served.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use thiserror::Error;

use crate::domain::catalog::{Ids, Snapshot};
use crate::domain::recommend::{HistoryBand, Scenario, features};
use crate::models::{
    data::item_index::ItemIndex,
    ranking::{LearnedRanking, Ranker, gbdt::forest::Arrays},
    registry::{
        model_card::{Card, FORMAT, RankingCard, version},
        tensors::{Damaged, Draft, Tensors, damaged},
    },
    training::{
        source_set::{CountedSources, SourceSet, of_set},
        train::Trained,
    },
};

const WEIGHTS: &str = "weights.safetensors";
const MANIFEST: &str = "manifest.json";
const CARD: &str = "card.md";

/// Why a saved model can't be served.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Not there, or not readable.
    #[error("{path}: {error}")]
    Io {
        /// Of the file.
        path: PathBuf,
        /// As the system says it.
        error: io::Error,
    },
    /// Train anew; where it is newer, serve it with a newer version of this program.
    #[error("the model has format {found}, this program reads format {FORMAT}")]
    OtherFormat {
        /// In the manifest.
        found: u32,
    },
    /// Train anew: the features of this program are others.
    #[error("the model was trained for other features: {0}")]
    OtherFeatures(String),
    /// Train anew on this shop.
    #[error("the model is of another catalogue: it knows {known} of {products} products")]
    OtherCatalogue {
        /// Products of the catalogue that it knows.
        known: usize,
        /// Products of the catalogue.
        products: usize,
    },
    /// Cut short, changed or never whole: take a copy or train anew.
    #[error("the model is damaged: {0}")]
    Damaged(#[from] Damaged),
}

impl Trained {
    /// Gives the model its hash and its version.
    pub(in crate::models) fn named(mut self) -> Self {
        self.card.weights_blake3 = blake3::hash(&self.weights()).to_hex().to_string();
        self.card.version = version(self.card.last, &self.card.weights_blake3);
        self
    }

    /// For people, in Markdown.
    pub fn card_text(&self) -> String {
        self.card.text()
    }

    /// Writes `<root>/<name>/<version>/` and returns it. A model that stands there whole already is left as it is.
    ///
    /// # Errors
    /// Where something can't be written; then nothing is left behind under the version.
    pub fn save(&self, root: &Path, name: &str) -> io::Result<PathBuf> {
        let place = root.join(name).join(&*self.card.version);
        let weights = self.weights();
        let same_card = || card(&place).is_ok_and(|there| there.weights_blake3 == self.card.weights_blake3);
        if fs::read(place.join(WEIGHTS)).is_ok_and(|there| there == weights) && same_card() {
            return Ok(place);
        }
        let manifest = serde_json::to_vec_pretty(&self.card)?;
        let draft = root.join(name).join(format!(".draft-{}", self.card.version));
        let written = self.write(&draft, &weights, &manifest).and_then(|()| {
            if place.exists() {
                fs::remove_dir_all(&place)?;
            }
            fs::rename(&draft, &place)
        });
        if written.is_err() {
            // The first error is the one to tell of; a draft that stays is never read.
            let _left = fs::remove_dir_all(&draft);
        }
        written.map(|()| place)
    }

    fn write(&self, draft: &Path, weights: &[u8], manifest: &[u8]) -> io::Result<()> {
        if draft.exists() {
            fs::remove_dir_all(draft)?;
        }
        fs::create_dir_all(draft)?;
        for (file, bytes) in [(WEIGHTS, weights), (MANIFEST, manifest), (CARD, self.card_text().as_bytes())] {
            fs::write(draft.join(file), bytes)?;
            fs::File::open(draft.join(file))?.sync_all()?;
        }
        Ok(())
    }

    fn weights(&self) -> Vec<u8> {
        let mut draft = Draft::default();
        self.counted.write(&mut draft);
        for (card, ranking) in self.card.rankings.iter().zip(&self.rankings) {
            let (own, arrays) = (prefix(card.scenario), ranking.ranker.to_arrays());
            for (name, values) in &arrays.whole {
                draft.u32(format!("{own}{name}"), values.iter().copied());
            }
            for (name, values) in &arrays.real {
                draft.f32(format!("{own}{name}"), values);
            }
        }
        draft.bytes()
    }
}

fn read(folder: &Path, file: &str) -> Result<Vec<u8>, LoadError> {
    let path = folder.join(file);
    fs::read(&path).map_err(|error| LoadError::Io { path, error })
}

/// Reads what the model in a folder says of itself, without looking at its weights.
///
/// # Errors
/// Where it is not there, damaged or of another format.
pub fn card(folder: &Path) -> Result<Card, LoadError> {
    manifest(&read(folder, MANIFEST)?)
}

/// Reads the model in a folder and looks it through.
///
/// # Errors
/// Where it is not there, damaged, of another format or of another shop.
pub fn load(folder: &Path, catalog: &Snapshot, ids: &Ids) -> Result<Trained, LoadError> {
    let card = card(folder)?;
    let bytes = read(folder, WEIGHTS)?;
    if blake3::hash(&bytes).to_hex().as_str() != card.weights_blake3 {
        return Err(damaged("the weights are not those that the manifest names").into());
    }
    let tensors = Tensors::read(&bytes)?;
    let vocabulary = Arc::new(ItemIndex::new(tensors.ids("products")?, ids));
    let items = vocabulary.len();
    let known = vocabulary.products().iter().filter(|product| catalog.contains(**product)).count();
    if known < catalog.len().min(items).div_ceil(2) {
        return Err(LoadError::OtherCatalogue { known, products: catalog.len() });
    }
    let names: Vec<String> = card.rankings.iter().flat_map(|ranking| ranking.sources.iter().cloned()).collect();
    let set = SourceSet::named(&names).map_err(|unknown| LoadError::OtherFeatures(unknown.to_string()))?;
    let counted = CountedSources::read(&tensors, set, vocabulary)?;
    let sources = counted.sources(catalog);
    let ranking = |card: &RankingCard| {
        same_features(card, &features(&of_set(&sources, &card.sources)))?;
        ranking(&tensors, card)
    };
    let rankings = card.rankings.iter().map(ranking).collect::<Result<Vec<_>, LoadError>>()?;
    if rankings.is_empty() {
        return Err(damaged("the manifest names no ranking").into());
    }
    Ok(Trained { counted, rankings, card })
}

/// Before the names of a ranking's own rows.
fn prefix(scenario: Scenario) -> String {
    format!("ranking.{}.", scenario.name())
}

fn ranking(tensors: &Tensors<'_>, card: &RankingCard) -> Result<LearnedRanking, LoadError> {
    let (own, mut arrays) = (prefix(card.scenario), Arrays::default());
    for (full, name) in tensors.names().filter_map(|full| Some((full, full.strip_prefix(&own)?))) {
        if tensors.is_whole(full) {
            arrays.whole.insert(name.to_owned(), tensors.u32(full)?);
        } else {
            arrays.real.insert(name.to_owned(), tensors.f32(full)?);
        }
    }
    let ranker = Ranker::from_arrays(arrays, card.features.len()).map_err(damaged)?;
    let floor = |(band, leading): &(HistoryBand, String)| {
        let place = card.features.iter().position(|feature| feature == leading);
        place.map(|place| (*band, place)).ok_or_else(|| damaged("a ranking is led by a feature that it does not have"))
    };
    let floors = card.floors.iter().map(floor).collect::<Result<Vec<_>, Damaged>>()?;
    Ok(LearnedRanking { ranker, floors })
}

fn manifest(bytes: &[u8]) -> Result<Card, LoadError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    // The format first: another may have another shape.
    let Format { format } = serde_json::from_slice(bytes).map_err(damaged)?;
    if format != FORMAT {
        return Err(LoadError::OtherFormat { found: format });
    }
    Ok(serde_json::from_slice(bytes).map_err(damaged)?)
}

/// The features that the weights are for MUST be those of this program, in its order.
fn same_features(card: &RankingCard, ours: &[Arc<str>]) -> Result<(), LoadError> {
    if card.features.iter().map(String::as_str).eq(ours.iter().map(AsRef::as_ref)) {
        return Ok(());
    }
    let strange = card.features.iter().find(|name| !ours.iter().any(|one| **one == ***name));
    let missing = ours.iter().find(|name| !card.features.iter().any(|one| *one == ***name));
    let named = strange.map(String::as_str).or(missing.map(AsRef::as_ref)).unwrap_or("in another order");
    Err(LoadError::OtherFeatures(named.to_owned()))
}
