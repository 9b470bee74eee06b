//! Reasons: what the score of one product rests on, in terms that a person knows, the strongest first.
//!
//! A reason is told only where it is true and pulled the product up: its part of the score is positive, and the facts behind it
//! are named. What no person would say ("the price is near yours") is no reason, however much it weighs.

use std::sync::Arc;

use crate::domain::{
    catalog::{ProductIx, Row},
    recommend::{
        Because, Moment, Reason, ReasonCode,
        candidates::Candidates,
        features::{NAMES, SOURCES},
    },
};

/// Told of one product at most.
const MOST: usize = 3;
/// What weighs less than this part of the strongest is not told.
const LEAST: f32 = 0.1;

/// What a feature speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    Source(usize),
    Brand,
    Category,
    Parent,
    Nothing,
}

const THEMES: [Theme; NAMES.len()] = themes();

/// The strongest first, at most three, each code once. `parts` are weight times value, by feature.
#[must_use]
pub fn reasons(moment: &Moment<'_>, candidates: &Candidates, product: ProductIx, parts: &[f32]) -> Vec<Reason> {
    let Some(row) = moment.catalog.get(product) else { return Vec::new() };
    let mut told: Vec<(f32, Reason)> = Vec::new();
    let sources = (0..SOURCES.len()).map(Theme::Source);
    for theme in sources.chain([Theme::Brand, Theme::Category, Theme::Parent]) {
        let part = part_of(theme, parts);
        if part > 0.0
            && let Some(reason) = reason(theme, moment, candidates, row)
        {
            told.push((part, reason));
        }
    }
    // Stable, so that what weighs the same stands in the order of the themes.
    told.sort_by(|a, b| b.0.total_cmp(&a.0));
    let strongest = told.first().map_or(0.0, |(part, _)| *part);
    let mut kept: Vec<Reason> = Vec::with_capacity(MOST);
    for (part, reason) in told {
        if kept.len() < MOST && part >= LEAST * strongest && kept.iter().all(|other| other.code != reason.code) {
            kept.push(reason);
        }
    }
    kept
}

fn part_of(theme: Theme, parts: &[f32]) -> f32 {
    THEMES.iter().zip(parts).filter(|(of, _)| **of == theme).map(|(_, part)| *part).sum()
}

fn reason(theme: Theme, moment: &Moment<'_>, candidates: &Candidates, row: &Row) -> Option<Reason> {
    match theme {
        Theme::Source(source) => {
            let because = candidates.because(row.ix, source).or_else(|| in_general(SOURCES[source], row))?;
            Some(from_source(because, moment, row))
        }
        Theme::Brand => about(ReasonCode::FavouriteBrand, brand(row)),
        Theme::Category => about(ReasonCode::FavouriteCategory, category(row)),
        Theme::Parent => {
            let above = row.product.category_path.len().checked_sub(2);
            about(ReasonCode::FavouriteCategory, above.and_then(|at| row.product.category_path.get(at).cloned()))
        }
        Theme::Nothing => None,
    }
}

/// What holds of a product without any fact of hers, though the source did not bring it among its first.
fn in_general(source: &str, row: &Row) -> Option<Because> {
    match source {
        "popular" => Some(Because { code: ReasonCode::Popular, product: None, time: None }),
        "new_arrivals" => {
            Some(Because { code: ReasonCode::NewArrival, product: None, time: Some(row.product.available_since) })
        }
        _ => None,
    }
}

fn from_source(because: Because, moment: &Moment<'_>, row: &Row) -> Reason {
    let subject = match because.code {
        ReasonCode::FavouriteBrand => brand(row),
        ReasonCode::FavouriteCategory => category(row),
        _ => None,
    };
    let product = because.product.and_then(|product| moment.ids.product_id(product));
    Reason { code: because.code, product, subject, time: because.time, sentence: None }
}

fn about(code: ReasonCode, subject: Option<Arc<str>>) -> Option<Reason> {
    Some(Reason { code, product: None, subject: Some(subject?), time: None, sentence: None })
}

fn brand(row: &Row) -> Option<Arc<str>> {
    (!row.product.brand.is_empty()).then(|| Arc::clone(&row.product.brand))
}

fn category(row: &Row) -> Option<Arc<str>> {
    row.product.category_path.last().cloned()
}

/// The scores of the sources come first in [`NAMES`], in the order of [`SOURCES`]; the last three are theirs too.
const fn themes() -> [Theme; NAMES.len()] {
    let mut themes = [Theme::Nothing; NAMES.len()];
    let mut at = 0;
    while at < NAMES.len() {
        themes[at] = match at {
            _ if at < SOURCES.len() => Theme::Source(at),
            6 | 7 => Theme::Brand,
            9..=11 => Theme::Category,
            12 | 13 => Theme::Parent,
            26 => Theme::Source(3),
            27 => Theme::Source(1),
            28 => Theme::Source(0),
            _ => Theme::Nothing,
        };
        at += 1;
    }
    themes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_speaks_for_what_its_name_says() {
        for (name, theme) in NAMES.into_iter().zip(THEMES) {
            let source = SOURCES.iter().position(|source| name == *source || name.starts_with(&format!("{source}_if")));
            let expected = match name {
                "brand_seen" | "brand_bought" => Theme::Brand,
                "category_seen" | "category_bought" | "category_in_channel" => Theme::Category,
                "parent_category_seen" | "parent_category_bought" => Theme::Parent,
                _ => source.map_or(Theme::Nothing, Theme::Source),
            };
            assert_eq!(theme, expected, "{name}");
        }
    }
}
