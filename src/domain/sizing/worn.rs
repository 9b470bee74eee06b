//! What a product is and whom it is made for: stated, else read out of its category path, else out of its title.
//!
//! The narrowest step of the path that says something decides. Where it says several things ("Bras & Tanks", "Men & women"),
//! the title and then the wider steps choose among them, and if none does, nothing is claimed. A title is believed less: it
//! counts only where the path is silent, and only up to its first preposition.

use std::{iter, sync::LazyLock};

use rustc_hash::FxHashMap;

use crate::domain::sizing::{
    Worn,
    words::{PREPOSITIONS, Sense, WORDS},
};
use crate::domain::{
    Locale,
    catalog::{Audience, Garment, Product, Text},
};

/// What the product states, else what its category path and, failing that, its title say.
///
/// What is not worn, or not known to be, is [`Garment::None`]; an audience that nobody says is `None`.
pub fn worn_as(product: &Product) -> Worn {
    if let (Some(garment), Some(audience)) = (product.garment, product.audience) {
        return Worn { garment, audience: Some(audience) };
    }
    let steps: Vec<Vec<Sense>> = product.category_path.iter().rev().map(|step| senses(step)).collect();
    let titles: Vec<Vec<Sense>> = product.texts.iter().map(title_senses).collect();
    let garment = product.garment.unwrap_or_else(|| decide(&steps, &titles, garments).unwrap_or(Garment::None));
    let audience = product.audience.or_else(|| decide(&steps, &titles, audiences));
    // A bra says for whom it is made, whatever its category forgets to say.
    let audience = audience.or_else(|| (garment == Garment::Bra).then_some(Audience::Women));
    Worn { garment, audience }
}

/// The narrowest step that says something, narrowed down by title and wider steps where it says several things.
fn decide<T: Copy + PartialEq>(
    steps: &[Vec<Sense>],
    titles: &[Vec<Sense>],
    said: impl Fn(&[Sense]) -> Vec<T>,
) -> Option<T> {
    let mut open: Option<Vec<T>> = None;
    // The title may choose among what the narrowest speaking step says, or speak where no step does.
    for step in steps {
        let says = said(step);
        let narrowed: Vec<T> = match &open {
            None => says,
            Some(open) => open.iter().filter(|one| says.contains(one)).copied().collect(),
        };
        match narrowed[..] {
            [] => {}
            [one] => return Some(one),
            _ => {
                let first = open.is_none();
                let choice: Vec<T> = if first { chosen(titles, &narrowed, &said) } else { Vec::new() };
                if let [one] = choice[..] {
                    return Some(one);
                }
                open = Some(narrowed);
            }
        }
    }
    match open {
        Some(_) => None,
        None => titles.iter().find_map(|title| match said(title)[..] {
            [one] => Some(one),
            _ => None,
        }),
    }
}

fn chosen<T: Copy + PartialEq>(titles: &[Vec<Sense>], among: &[T], said: impl Fn(&[Sense]) -> Vec<T>) -> Vec<T> {
    let first = titles.iter().map(|title| said(title)).find(|says| !says.is_empty()).unwrap_or_default();
    first.into_iter().filter(|one| among.contains(one)).collect()
}

/// Each garment once. What is not worn leaves no other.
fn garments(senses: &[Sense]) -> Vec<Garment> {
    if senses.contains(&Sense::Not) {
        return vec![Garment::None];
    }
    let mut garments = Vec::new();
    for sense in senses {
        if let Sense::Is(garment) | Sense::IsInCategory(garment) = sense
            && !garments.contains(garment)
        {
            garments.push(*garment);
        }
    }
    garments
}

/// Each audience once.
fn audiences(senses: &[Sense]) -> Vec<Audience> {
    let mut audiences = Vec::new();
    for sense in senses {
        if let Sense::For(audience) = sense
            && !audiences.contains(audience)
        {
            audiences.push(*audience);
        }
    }
    audiences
}

fn title_senses(text: &Text) -> Vec<Sense> {
    let mut about: Vec<Sense> = Vec::new();
    let lower = text.title.to_lowercase();
    let subject = words(&lower).take_while(|word| !PREPOSITIONS.contains(word));
    for word in subject {
        match sense_of(word) {
            Some(Sense::IsInCategory(_)) | None => {}
            Some(sense) => about.push(sense),
        }
    }
    keep_head(text.locale.same_language(&Locale::ENGLISH), &mut about);
    about
}

/// Keeps one garment of a title that names several: in English its last ("shirt dress"), in Polish and Russian its first
/// ("sukienka koszulowa").
fn keep_head(english: bool, about: &mut Vec<Sense>) {
    let is = |sense: &Sense| matches!(sense, Sense::Is(_) | Sense::Not);
    let head = if english { about.iter().rposition(is) } else { about.iter().position(is) };
    if let Some(head) = head.map(|place| about[place]) {
        about.retain(|sense| !is(sense));
        about.push(head);
    }
}

fn senses(step: &str) -> Vec<Sense> {
    words(&step.to_lowercase()).filter_map(sense_of).collect()
}

/// "T-shirts" is one word, "women's" is "women" and a letter.
fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whom a word in small letters says that a thing is made for.
pub(super) fn audience_of(word: &str) -> Option<Audience> {
    match sense_of(word)? {
        Sense::For(audience) => Some(audience),
        _ => None,
    }
}

fn sense_of(word: &str) -> Option<Sense> {
    let table = &*TABLE;
    table.words.get(word).copied().or_else(|| {
        let ends = word.char_indices().map(|(at, _)| at).chain(iter::once(word.len()));
        // A word is as long as the shop makes it, and each of its prefixes costs its length: none is longer than a stem.
        let ends = ends.skip(3).take_while(|end| *end <= table.longest_stem);
        // The longest stem decides: "koszulk*" before "kos*".
        ends.filter_map(|end| table.stems.get(&word[..end]).copied()).last()
    })
}

struct Tables {
    words: FxHashMap<&'static str, Sense>,
    stems: FxHashMap<&'static str, Sense>,
    /// In bytes.
    longest_stem: usize,
}

/// The words by hand, laid out once for looking up.
static TABLE: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables { words: FxHashMap::default(), stems: FxHashMap::default(), longest_stem: 0 };
    for (sense, words) in WORDS {
        for word in words.split_whitespace() {
            match word.strip_suffix('*') {
                Some(stem) => {
                    tables.longest_stem = tables.longest_stem.max(stem.len());
                    tables.stems.insert(stem, *sense)
                }
                None => tables.words.insert(word, *sense),
            };
        }
    }
    tables
});

#[cfg(test)]
mod tests;
