//! A model as files: `weights.safetensors`, `manifest.json`, `card.md` in `<name>/<version>/`.
//!
//! Written beside its place and renamed, so that no reader ever sees half of it. Read with distrust: the hash, the format
//! and every number that points somewhere are looked at before anything is served.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Deserialize;
use thiserror::Error;

use crate::domain::Id;
use crate::domain::catalog::{Ids, Snapshot};
use crate::domain::recommend::features;
use crate::models::{
    Counts,
    card::{self, Card, FORMAT},
    neighbours::Neighbours,
    popular::{Popularity, SEGMENTS},
    ranking::Linear,
    train::Trained,
    vocabulary::Vocabulary,
};

const WEIGHTS: &str = "weights.safetensors";
const MANIFEST: &str = "manifest.json";
const CARD: &str = "card.md";

const SEGMENT_NAMES: [&str; SEGMENTS.len()] = ["popularity.women", "popularity.men", "popularity.children"];

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
    /// Serve it with a newer version of this program.
    #[error("the model has format {found}, this program reads up to {FORMAT}")]
    Newer {
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
    Damaged(String),
}

type Cause = Box<dyn std::error::Error>;

fn damaged(what: impl Into<Cause>) -> LoadError {
    LoadError::Damaged(what.into().to_string())
}

impl Trained {
    /// Gives the model its hash and its version.
    pub(super) fn named(mut self) -> Self {
        self.card.weights_blake3 = blake3::hash(&self.weights()).to_hex().to_string();
        self.card.version = card::version(self.card.last, &self.card.weights_blake3);
        self
    }

    /// For people, in Markdown.
    #[must_use]
    pub fn card_text(&self) -> String {
        self.card.text(self.ranking.by_feature())
    }

    /// Writes `<root>/<name>/<version>/` and returns it. A model that stands there whole already is left as it is.
    ///
    /// # Errors
    /// Where something can't be written; then nothing is left behind under the version.
    pub fn save(&self, root: &Path, name: &str) -> io::Result<PathBuf> {
        let place = root.join(name).join(&*self.card.version);
        let weights = self.weights();
        let whole = |file: &str, bytes: &[u8]| fs::read(place.join(file)).is_ok_and(|there| there == bytes);
        let manifest = serde_json::to_vec_pretty(&self.card)?;
        if whole(WEIGHTS, &weights) && whole(MANIFEST, &manifest) {
            return Ok(place);
        }
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
        let mut tensors: Vec<(String, Dtype, Vec<u8>)> = Vec::new();
        let mut add = |name: &str, dtype, bytes| tensors.push((name.to_owned(), dtype, bytes));
        let mut end = 0_u32;
        let ends = self.counts.vocabulary.ids().iter().map(|id| {
            end += u32::try_from(id.as_str().len()).unwrap_or(u32::MAX);
            end
        });
        add("products.ends", Dtype::U32, of_u32(ends));
        let ids = self.counts.vocabulary.ids().iter().flat_map(|id| id.as_str().bytes());
        add("products.ids", Dtype::U8, ids.collect());
        for (name, lists) in [("goes_with", &self.counts.goes_with), ("seen_with", &self.counts.seen_with)] {
            add(&format!("{name}.offsets"), Dtype::U32, of_u32(lists.offsets.iter().copied()));
            add(&format!("{name}.items"), Dtype::U32, of_u32(lists.items.iter().copied()));
            add(&format!("{name}.weights"), Dtype::F32, of_f32(&lists.weights));
        }
        add("popularity", Dtype::F32, of_f32(&self.counts.popularity.general));
        for (name, segment) in SEGMENT_NAMES.into_iter().zip(&self.counts.popularity.segments) {
            add(name, Dtype::F32, of_f32(segment));
        }
        add("ranking", Dtype::F32, of_f32(self.ranking.by_feature()));
        let views = tensors.iter().filter_map(|(name, dtype, bytes)| {
            let shape = vec![bytes.len() / (dtype.bitsize() / 8)];
            Some((name.as_str(), TensorView::new(*dtype, shape, bytes).ok()?))
        });
        // Fails only where a view's shape and bytes disagree, which the line above rules out.
        safetensors::serialize(views, None).unwrap_or_default()
    }
}

fn of_u32(values: impl Iterator<Item = u32>) -> Vec<u8> {
    values.flat_map(u32::to_le_bytes).collect()
}

fn of_f32(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Reads the model in a folder and looks it through.
///
/// # Errors
/// Where it is not there, damaged, of another format or of another shop.
pub fn load(folder: &Path, catalog: &Snapshot, ids: &Ids) -> Result<Trained, LoadError> {
    let read = |file: &str| {
        let path = folder.join(file);
        fs::read(&path).map_err(|error| LoadError::Io { path, error })
    };
    let card = manifest(&read(MANIFEST)?)?;
    let bytes = read(WEIGHTS)?;
    if blake3::hash(&bytes).to_hex().as_str() != card.weights_blake3 {
        return Err(damaged("the weights are not those that the manifest names"));
    }
    let tensors = Tensors(SafeTensors::deserialize(&bytes).map_err(damaged)?);
    let vocabulary = Arc::new(Vocabulary::new(tensors.product_ids()?, ids));
    let items = vocabulary.len();
    let known = vocabulary.products().iter().filter(|product| catalog.contains(**product)).count();
    if known < catalog.len().min(items).div_ceil(2) {
        return Err(LoadError::OtherCatalogue { known, products: catalog.len() });
    }
    let mut popularity =
        Popularity { general: tensors.of_items("popularity", items, false)?, segments: SEGMENTS.map(|_| Vec::new()) };
    for (name, segment) in SEGMENT_NAMES.into_iter().zip(&mut popularity.segments) {
        *segment = tensors.of_items(name, items, true)?;
    }
    let ranking =
        Linear::new(tensors.f32("ranking")?).ok_or_else(|| damaged("ranking weights are missing or not finite"))?;
    let counts = Counts {
        vocabulary,
        goes_with: Arc::new(tensors.neighbours("goes_with", items)?),
        seen_with: Arc::new(tensors.neighbours("seen_with", items)?),
        popularity,
    };
    same_features(&card, &features(&counts.sources(catalog)))?;
    Ok(Trained { counts, ranking, card })
}

fn manifest(bytes: &[u8]) -> Result<Card, LoadError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    // The format first: what is newer may have another shape.
    let Format { format } = serde_json::from_slice(bytes).map_err(damaged)?;
    if format > FORMAT {
        return Err(LoadError::Newer { found: format });
    }
    serde_json::from_slice(bytes).map_err(damaged)
}

/// The features that the weights are for MUST be those of this program, in its order.
fn same_features(card: &Card, ours: &[Arc<str>]) -> Result<(), LoadError> {
    if card.features.iter().map(String::as_str).eq(ours.iter().map(AsRef::as_ref)) {
        return Ok(());
    }
    let strange = card.features.iter().find(|name| !ours.iter().any(|one| **one == ***name));
    let missing = ours.iter().find(|name| !card.features.iter().any(|one| *one == ***name));
    let named = strange.map(String::as_str).or(missing.map(AsRef::as_ref)).unwrap_or("in another order");
    Err(LoadError::OtherFeatures(named.to_owned()))
}

struct Tensors<'a>(SafeTensors<'a>);

impl Tensors<'_> {
    fn bytes(&self, name: &str, dtype: Dtype) -> Result<Vec<u8>, LoadError> {
        let tensor = self.0.tensor(name).map_err(damaged)?;
        if tensor.dtype() != dtype || tensor.shape().len() != 1 {
            return Err(damaged(format!("{name} is not a row of {dtype:?}")));
        }
        Ok(tensor.data().to_vec())
    }

    fn u32(&self, name: &str) -> Result<Vec<u32>, LoadError> {
        let bytes = self.bytes(name, Dtype::U32)?;
        Ok(bytes.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four)).collect())
    }

    fn f32(&self, name: &str) -> Result<Vec<f32>, LoadError> {
        let bytes = self.bytes(name, Dtype::F32)?;
        Ok(bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect())
    }

    fn product_ids(&self) -> Result<Vec<Id>, LoadError> {
        let text = String::from_utf8(self.bytes("products.ids", Dtype::U8)?).map_err(damaged)?;
        let (mut ids, mut from) = (Vec::new(), 0);
        for end in self.u32("products.ends")? {
            let id = text.get(from..end as usize).ok_or_else(|| damaged("product ids end where none does"))?;
            ids.push(Id::new(id).map_err(damaged)?);
            from = end as usize;
        }
        if from != text.len() || !ids.is_sorted_by(|a, b| a < b) {
            return Err(damaged("product ids are not in order"));
        }
        Ok(ids)
    }

    /// A number from zero to one for each item, or none at all.
    fn of_items(&self, name: &str, items: usize, may_be_empty: bool) -> Result<Vec<f32>, LoadError> {
        let values = self.f32(name)?;
        let fits = values.len() == items || (may_be_empty && values.is_empty());
        // Sums of rounded parts may pass one by a little.
        if !fits || !values.iter().all(|value| (0.0..1.001).contains(value)) {
            return Err(damaged(format!("{name} is not a share for each product")));
        }
        Ok(values)
    }

    fn neighbours(&self, name: &str, items: usize) -> Result<Neighbours, LoadError> {
        let lists = Neighbours {
            offsets: self.u32(&format!("{name}.offsets"))?,
            items: self.u32(&format!("{name}.items"))?,
            weights: self.f32(&format!("{name}.weights"))?,
        };
        let pairs = lists.items.len();
        let ends_meet =
            lists.offsets.first() == Some(&0) && lists.offsets.last().map(|end| *end as usize) == Some(pairs);
        let whole = lists.offsets.len() == items + 1
            && ends_meet
            && lists.offsets.is_sorted()
            && lists.weights.len() == pairs
            && lists.items.iter().all(|item| (*item as usize) < items)
            && lists.weights.iter().all(|weight| (0.0..=1.0).contains(weight));
        whole.then_some(lists).ok_or_else(|| damaged(format!("{name} points outside of itself")))
    }
}
