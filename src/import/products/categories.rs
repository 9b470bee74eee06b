//! Category paths out of one text, split on whatever the file uses between their steps.
//!
//! A sign that also stands within names ("T-shirts/Tops") is judged over all of the file: it parts steps where most paths have
//! it, or where what stands before it is a category of its own elsewhere.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::Deserialize;

use crate::import::{bounds, row_error::Reason};

/// Signs that part steps and never stand in a name; the first that any path has is the file's.
const SURE: [&str; 7] = [">", "»", "›", "→", "|", "\\", "::"];
/// Signs that also stand in names.
const DOUBTFUL: [&str; 3] = [";", "/", " - "];

/// How a category column is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Categories {
    /// Between the steps of a path. Without it the file is looked at.
    pub path_separator: Option<String>,
    /// Between several paths, of which the one with most steps is taken, the first among equals.
    pub list_separator: Option<String>,
    /// First steps that say nothing.
    pub without_root: Vec<String>,
}

/// What parts the steps of one file's paths. `None`: nothing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Separator(Option<String>);

impl Categories {
    /// What parts the steps, by all that the file writes.
    pub(super) fn separator<'a>(&self, written: impl Iterator<Item = &'a str>) -> Separator {
        if self.path_separator.is_some() {
            return Separator(self.path_separator.clone());
        }
        let distinct: FxHashSet<&str> = written.flat_map(|text| self.paths(text)).map(str::trim).collect();
        let sure = SURE.iter().find(|sign| distinct.iter().any(|path| path.contains(*sign)));
        let found = sure.or_else(|| DOUBTFUL.iter().find(|sign| parts_steps(sign, &distinct)));
        Separator(found.map(|sign| (*sign).to_owned()))
    }

    /// The path that says most.
    ///
    /// # Errors
    /// Where it has too many steps, or one of them is too long.
    pub(super) fn path(&self, text: &str, separator: &Separator) -> Result<Vec<Arc<str>>, Reason> {
        let mut best: Vec<&str> = Vec::new();
        for path in self.paths(text) {
            let steps: Vec<&str> = match &separator.0 {
                Some(separator) => path.split(separator.as_str()).collect(),
                None => vec![path],
            };
            let mut steps: Vec<&str> = steps.into_iter().map(str::trim).filter(|step| !step.is_empty()).collect();
            if steps.first().is_some_and(|root| self.without_root.iter().any(|without| without == root)) {
                steps.remove(0);
            }
            if steps.len() > best.len() {
                best = steps;
            }
        }
        bounds::path(best)
    }

    fn paths<'a>(&self, text: &'a str) -> Vec<&'a str> {
        match &self.list_separator {
            Some(separator) => text.split(separator.as_str()).collect(),
            None => vec![text],
        }
    }
}

fn parts_steps(sign: &str, distinct: &FxHashSet<&str>) -> bool {
    let parted: Vec<&str> =
        distinct.iter().filter_map(|path| path.split_once(sign)).map(|(first, _)| first.trim()).collect();
    if parted.is_empty() {
        return false;
    }
    let mut firsts: FxHashSet<&str> = FxHashSet::default();
    let repeated = parted.iter().filter(|first| !firsts.insert(first) || distinct.contains(*first)).count();
    2 * parted.len() >= distinct.len() || 2 * repeated >= parted.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_on_what_the_file_uses() {
        let check = |written: &[&str], expected: &[&[&str]]| {
            let categories = Categories::default();
            let separator = categories.separator(written.iter().copied());
            for (text, expected) in written.iter().zip(expected) {
                let path = categories.path(text, &separator).unwrap();
                assert_eq!(path.iter().map(|step| &**step).collect::<Vec<_>>(), *expected, "{written:?}");
            }
        };
        check(&["Women > T-shirts/Tops", "Men>Shoes"], &[&["Women", "T-shirts/Tops"], &["Men", "Shoes"]]);
        check(&["Odzież/Bluzki"], &[&["Odzież", "Bluzki"]]);
        check(&["Odzież", "Buty", "Dom", "Odzież/Bluzki"], &[&["Odzież"], &["Buty"], &["Dom"], &["Odzież", "Bluzki"]]);
        check(&["T-shirts/Tops", "Dresses", "Shoes"], &[&["T-shirts/Tops"], &["Dresses"], &["Shoes"]]);
        check(&["Women | Tops", "Men"], &[&["Women", "Tops"], &["Men"]]);
        check(&["Women - Tops", "Women - Shoes"], &[&["Women", "Tops"], &["Women", "Shoes"]]);
        check(&["T-shirts", "Shoes"], &[&["T-shirts"], &["Shoes"]]);
        check(&["Women;Tops", "Men"], &[&["Women", "Tops"], &["Men"]]);
        check(&["A/B", "A/C", "D; E/F"], &[&["A", "B"], &["A", "C"], &["D; E", "F"]]);
        check(&["Women › T-shirts/Tops"], &[&["Women", "T-shirts/Tops"]]);
        check(&["A » B » C"], &[&["A", "B", "C"]]);
        check(&["", "/"], &[&[], &[]]);
    }

    #[test]
    fn of_several_paths_the_one_with_most_steps_is_taken() {
        let categories = Categories {
            list_separator: Some(",".to_owned()),
            without_root: vec!["All".to_owned()],
            ..Categories::default()
        };
        let text = "All, All > Men > Tops, All > Men";
        let separator = categories.separator([text].into_iter());
        let path = categories.path(text, &separator).unwrap();
        assert_eq!(path.iter().map(|step| &**step).collect::<Vec<_>>(), ["Men", "Tops"]);
        assert_eq!(categories.path(&format!("{}x", "x > ".repeat(10)), &separator), Err(Reason::TooMany(10)));
    }
}
