//! Rows of numbers by name, as a file in the safetensors format holds them. Read with distrust: every length, and every number
//! that points somewhere, is looked at before it is used.
//!
//! Not here: which rows make a model (`artifact`, and each source for its own).

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use thiserror::Error;

use crate::domain::Id;
use crate::models::data::{item_index::Item, neighbours::Neighbours};

/// Cut short, changed or never whole.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{0}")]
pub struct Damaged(pub String);

/// What is wrong, in words.
pub fn damaged(what: impl Into<Box<dyn std::error::Error>>) -> Damaged {
    Damaged(what.into().to_string())
}

/// Rows to be written.
#[derive(Debug, Default)]
pub struct Draft(Vec<(String, Dtype, Vec<u8>)>);

impl Draft {
    /// Adds a row of bytes.
    pub fn u8(&mut self, name: impl Into<String>, values: impl IntoIterator<Item = u8>) {
        self.0.push((name.into(), Dtype::U8, values.into_iter().collect()));
    }

    /// Adds a row of whole numbers.
    pub fn u32(&mut self, name: impl Into<String>, values: impl IntoIterator<Item = u32>) {
        self.0.push((name.into(), Dtype::U32, values.into_iter().flat_map(u32::to_le_bytes).collect()));
    }

    /// Adds a row of times.
    pub fn i64(&mut self, name: impl Into<String>, values: impl IntoIterator<Item = i64>) {
        self.0.push((name.into(), Dtype::I64, values.into_iter().flat_map(i64::to_le_bytes).collect()));
    }

    /// Adds a row of weights.
    pub fn f32(&mut self, name: impl Into<String>, values: &[f32]) {
        self.0.push((name.into(), Dtype::F32, values.iter().flat_map(|value| value.to_le_bytes()).collect()));
    }

    /// Adds ids, each after the other.
    pub fn ids(&mut self, name: &str, ids: &[Id]) {
        let mut end = 0_u32;
        self.u32(
            format!("{name}.ends"),
            ids.iter().map(|id| {
                end += u32::try_from(id.as_str().len()).unwrap_or(u32::MAX);
                end
            }),
        );
        self.u8(format!("{name}.ids"), ids.iter().flat_map(|id| id.as_str().bytes()));
    }

    /// Adds lists of neighbours.
    pub fn neighbours(&mut self, name: &str, lists: &Neighbours) {
        self.u32(format!("{name}.offsets"), lists.offsets.iter().copied());
        let (items, weights): (Vec<Item>, Vec<f32>) = lists.links.iter().copied().unzip();
        self.u32(format!("{name}.items"), items);
        self.f32(format!("{name}.weights"), &weights);
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let views = self.0.iter().filter_map(|(name, dtype, bytes)| {
            let shape = vec![bytes.len() / (dtype.bitsize() / 8)];
            Some((name.as_str(), TensorView::new(*dtype, shape, bytes).ok()?))
        });
        // Fails only where a view's shape and bytes disagree, which the line above rules out.
        safetensors::serialize(views, None).unwrap_or_default()
    }
}

/// The rows of a file.
pub struct Tensors<'a>(SafeTensors<'a>);

impl<'a> Tensors<'a> {
    /// Reads where the rows are.
    ///
    /// # Errors
    /// Where the file is not whole.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Damaged> {
        SafeTensors::deserialize(bytes).map(Self).map_err(damaged)
    }

    /// Of all rows.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names().into_iter()
    }

    /// Whether it is a row of whole numbers.
    pub fn is_whole(&self, name: &str) -> bool {
        self.0.tensor(name).is_ok_and(|tensor| tensor.dtype() == Dtype::U32)
    }

    fn bytes(&self, name: &str, dtype: Dtype) -> Result<&[u8], Damaged> {
        let tensor = self.0.tensor(name).map_err(damaged)?;
        if tensor.dtype() != dtype || tensor.shape().len() != 1 {
            return Err(damaged(format!("{name} is not a row of {dtype:?}")));
        }
        Ok(tensor.data())
    }

    /// A row of bytes.
    ///
    /// # Errors
    /// Where there is no such row.
    pub fn u8(&self, name: &str) -> Result<&[u8], Damaged> {
        self.bytes(name, Dtype::U8)
    }

    /// A row of whole numbers.
    ///
    /// # Errors
    /// Where there is no such row.
    pub fn u32(&self, name: &str) -> Result<Vec<u32>, Damaged> {
        Ok(self.bytes(name, Dtype::U32)?.as_chunks().0.iter().map(|four| u32::from_le_bytes(*four)).collect())
    }

    /// A row of times.
    ///
    /// # Errors
    /// Where there is no such row.
    pub fn i64(&self, name: &str) -> Result<Vec<i64>, Damaged> {
        Ok(self.bytes(name, Dtype::I64)?.as_chunks().0.iter().map(|eight| i64::from_le_bytes(*eight)).collect())
    }

    /// A row of weights, each a finite number.
    ///
    /// # Errors
    /// Where there is no such row, or one of them is no number.
    pub fn f32(&self, name: &str) -> Result<Vec<f32>, Damaged> {
        let bytes = self.bytes(name, Dtype::F32)?;
        let values: Vec<f32> = bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
        if values.iter().all(|value| value.is_finite()) {
            return Ok(values);
        }
        Err(damaged(format!("{name} holds what is no number")))
    }

    /// The only number of a row.
    ///
    /// # Errors
    /// Where there is no such row, or it is of another length.
    pub fn one<T: Copy>(&self, name: &str, row: impl Fn(&Self, &str) -> Result<Vec<T>, Damaged>) -> Result<T, Damaged> {
        match row(self, name)?[..] {
            [one] => Ok(one),
            _ => Err(damaged(format!("{name} is not one number"))),
        }
    }

    /// Ids in their order, each once.
    ///
    /// # Errors
    /// Where they are not.
    pub fn ids(&self, name: &str) -> Result<Vec<Id>, Damaged> {
        let text = std::str::from_utf8(self.u8(&format!("{name}.ids"))?).map_err(damaged)?;
        let (mut ids, mut from) = (Vec::new(), 0);
        for end in self.u32(&format!("{name}.ends"))? {
            let id = text.get(from..end as usize).ok_or_else(|| damaged("product ids end where none does"))?;
            ids.push(Id::new(id).map_err(damaged)?);
            from = end as usize;
        }
        if from != text.len() || !ids.is_sorted_by(|a, b| a < b) {
            return Err(damaged("product ids are not in order"));
        }
        Ok(ids)
    }

    /// A number, zero or more, for each item; or none at all where that is allowed.
    ///
    /// # Errors
    /// Where there are others.
    pub fn of_items(&self, name: &str, items: usize, may_be_empty: bool) -> Result<Vec<f32>, Damaged> {
        let values = self.f32(name)?;
        let fits = values.len() == items || (may_be_empty && values.is_empty());
        if !fits || !values.iter().all(|value| *value >= 0.0) {
            return Err(damaged(format!("{name} is not a share for each product")));
        }
        Ok(values)
    }

    /// Lists of neighbours of `items` items.
    ///
    /// # Errors
    /// Where one points elsewhere.
    pub fn neighbours(&self, name: &str, items: usize) -> Result<Neighbours, Damaged> {
        let offsets = self.u32(&format!("{name}.offsets"))?;
        let others = self.u32(&format!("{name}.items"))?;
        let weights = self.f32(&format!("{name}.weights"))?;
        let whole = starts(&offsets, items, others.len())
            && weights.len() == others.len()
            && others.iter().all(|other| (*other as usize) < items);
        let links = others.into_iter().zip(weights).collect();
        whole
            .then_some(Neighbours { offsets, links })
            .ok_or_else(|| damaged(format!("{name} points outside of itself")))
    }
}

/// Whether these are the starts of `lists` lists that have `entries` entries together, and the end of the last.
pub fn starts(offsets: &[u32], lists: usize, entries: usize) -> bool {
    offsets.len() == lists + 1
        && offsets.first() == Some(&0)
        && offsets.last().map(|end| *end as usize) == Some(entries)
        && offsets.is_sorted()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_cut_is_refused() {
        let mut draft = Draft::default();
        let ids = [Id::new("a").unwrap(), Id::new("ż🥾").unwrap()];
        draft.ids("products", &ids);
        draft.f32("weights", &[0.5, -0.5]);
        let lists = Neighbours::from_lists([vec![(1, 0.5)], vec![]]);
        draft.neighbours("near", &lists);
        let bytes = draft.bytes();
        let tensors = Tensors::read(&bytes).unwrap();
        assert_eq!(tensors.ids("products").unwrap(), ids);
        assert_eq!(tensors.f32("weights").unwrap(), [0.5, -0.5]);
        assert_eq!(tensors.neighbours("near", 2).unwrap(), lists);
        assert!(tensors.neighbours("near", 1).is_err(), "of another number of items");
        assert!(tensors.of_items("weights", 2, false).is_err(), "less than nothing");
        assert!(tensors.u32("weights").is_err(), "of another kind");
        assert!(tensors.f32("none").is_err());
        assert!(Tensors::read(&bytes[..bytes.len() - 1]).is_err());
    }
}
