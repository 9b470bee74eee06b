//! Texts in the customer's language: one Fluent file per locale, checked whole before a word of it is said.
//!
//! Three locales come with the program. A shop adds another, or words one of these its own way, by a file
//! ("`pl.ftl`", "`de-AT.ftl`") in a folder of its own. What is said when is not decided here.

mod book;
mod folder;
mod format;
mod message;
mod name;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use thiserror::Error;

use crate::domain::{Locale, catalog::Product, recommend::ReasonCode};

pub use book::{Args, Book, yes};
pub use folder::files_in;
pub use name::{MAX_NAME, MAX_SIZE, MAX_SUBJECT, clean};

const SHIPPED: [(&str, &str); 3] = [
    ("en", include_str!("text/locales/en.ftl")),
    ("pl", include_str!("text/locales/pl.ftl")),
    ("ru", include_str!("text/locales/ru.ftl")),
];

/// Why texts can't be taken as they are.
#[derive(Debug, Error)]
pub enum TextError {
    /// Not Fluent.
    #[error("{locale}.ftl, line {line}: {what}")]
    Syntax {
        /// Of the file.
        locale: Locale,
        /// From 1.
        line: usize,
        /// As the parser says it.
        what: String,
    },
    /// Nobody would ever say it: most likely misspelt.
    #[error("{locale}.ftl has a message that nothing uses: {key:?}")]
    Unused {
        /// Of the file.
        locale: Locale,
        /// Of the message.
        key: String,
    },
    /// A new locale needs every message.
    #[error("{locale}.ftl lacks the message {key:?}")]
    Missing {
        /// Of the file.
        locale: Locale,
        /// Of the message.
        key: String,
    },
    /// It names a variable or a term that there is not, or says nothing at all.
    #[error("{locale}.ftl, message {key:?}: {what}")]
    Broken {
        /// Of the file.
        locale: Locale,
        /// Of the message.
        key: String,
        /// As Fluent says it.
        what: String,
    },
    /// The part before ".ftl" is no language tag.
    #[error("the file name is not a locale: {0}")]
    FileName(PathBuf),
    /// It could not be read.
    #[error("texts could not be read from {path}")]
    Read {
        /// The folder or the file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The texts of one shop in all its locales.
#[derive(Debug)]
pub struct Texts {
    books: BTreeMap<Locale, Arc<Book>>,
    default: Arc<Book>,
}

impl Texts {
    /// The shipped texts with the shop's own over them. A file for a shipped locale may hold some messages only; a file for
    /// another locale must hold all. `default` is what an unknown locale falls back to; itself it may fall back to English.
    ///
    /// # Errors
    /// Where a file is not right. Nothing of it is taken then.
    pub fn new(default: &Locale, own: impl IntoIterator<Item = (Locale, String)>) -> Result<Self, TextError> {
        let mut sources: BTreeMap<Locale, (Option<&str>, Option<String>)> = BTreeMap::new();
        for (tag, source) in SHIPPED {
            if let Ok(locale) = tag.parse() {
                sources.insert(locale, (Some(source), None));
            }
        }
        for (locale, source) in own {
            sources.entry(locale).or_default().1 = Some(source);
        }
        let mut books = BTreeMap::new();
        for (locale, (shipped, own)) in sources {
            books.insert(locale.clone(), Arc::new(Book::new(locale, shipped, own)?));
        }
        let found = parents(default).find_map(|locale| books.get(&locale)).or_else(|| books.get(&Locale::ENGLISH));
        let default =
            found.cloned().ok_or_else(|| TextError::Missing { locale: Locale::ENGLISH, key: "date".into() })?;
        Ok(Self { books, default })
    }

    /// The texts that come nearest: the locale's own, its parents', the shop's default, English.
    pub fn book(&self, wanted: &Locale) -> &Book {
        parents(wanted).find_map(|locale| self.books.get(&locale)).unwrap_or(&self.default)
    }

    /// Why a product is for her, in one short sentence. `name` is the title of the product behind it, `subject` the brand or
    /// category; both are data, and a reason that has neither at hand is said without. So is a category in another language
    /// than the shop's own, in which its categories are named.
    pub fn reason(&self, code: ReasonCode, name: Option<&str>, subject: Option<&str>, wanted: &Locale) -> String {
        let foreign = code == ReasonCode::FavouriteCategory && !wanted.same_language(self.default.locale());
        self.book(wanted).reason(code, name, subject.filter(|_| !foreign))
    }

    /// The product's title in the locale, else in another of its language, else in the shop's default language, else the first.
    pub fn title<'p>(&self, product: &'p Product, wanted: &Locale) -> &'p str {
        let of = |fits: &dyn Fn(&Locale) -> bool| product.texts.iter().find(|text| fits(&text.locale));
        of(&|locale| locale == wanted)
            .or_else(|| of(&|locale| locale.same_language(wanted)))
            .or_else(|| of(&|locale| locale.same_language(self.default.locale())))
            .or_else(|| product.texts.first())
            .map_or_else(|| product.id.as_str(), |text| &text.title)
    }
}

/// The locale, then what is left of it when one part after the other is taken from its end.
fn parents(locale: &Locale) -> impl Iterator<Item = Locale> {
    let tag = locale.to_string();
    let ends: Vec<usize> = tag.match_indices('-').map(|(end, _)| end).chain([tag.len()]).collect();
    ends.into_iter().rev().filter_map(move |end| tag[..end].parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(tag: &str) -> Locale {
        tag.parse().unwrap()
    }

    #[test]
    fn locales_fall_back_along_their_parents_to_the_default_to_english() {
        let check = |default: &str, wanted: &str, expected: &str| {
            let texts = Texts::new(&locale(default), []).unwrap();
            assert_eq!(texts.book(&locale(wanted)).locale(), &locale(expected), "{default} {wanted}");
        };
        check("pl", "ru", "ru");
        check("pl", "en-GB", "en");
        check("pl", "ru-Cyrl-BY", "ru");
        check("pl-PL", "de", "pl");
        check("de", "fr", "en");
    }

    #[test]
    fn a_shop_words_things_its_own_way() {
        let own = |tag: &str, source: &str| Texts::new(&Locale::ENGLISH, [(locale(tag), source.to_owned())]);
        let texts = own("pl", "\u{feff}greeting-home-1 = Hej!\r\n").unwrap();
        assert_eq!(texts.book(&locale("pl")).say("greeting-home-1", &Args::new()), "Hej!");
        assert_eq!(texts.book(&locale("pl")).say("follow-up-6", &Args::new()), "A może pomysł na prezent?");

        let check = |tag: &str, source: &str, expected: &str| {
            assert_eq!(own(tag, source).unwrap_err().to_string(), expected);
        };
        check("de", "greeting-home-1 = Hallo!\n", "de.ftl lacks the message \"list-and\"");
        check("pl", "greting-home-1 = Hej!\n", "pl.ftl has a message that nothing uses: \"greting-home-1\"");
        check(
            "pl",
            "greeting-home-1 = Hej { $name }!\n",
            "pl.ftl, message \"greeting-home-1\": Resolver error: Unknown variable: $name",
        );
        check("pl", "greeting-home-1 = {\"\"}\n", "pl.ftl, message \"greeting-home-1\": says nothing");
        check("pl", "\ngreeting-home-1 { Hej\n", "pl.ftl, line 2: Expected a token starting with \"=\"");
        // A whole file makes a new locale.
        let texts = own("szl", SHIPPED[1].1).unwrap();
        assert_eq!(texts.book(&locale("szl-PL")).locale(), &locale("szl"));
    }

    #[test]
    fn a_folder_gives_its_locale_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pl.ftl"), "greeting-home-1 = Hej!\n").unwrap();
        std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
        let files = files_in(folder.path()).unwrap();
        assert_eq!(files, [(locale("pl"), "greeting-home-1 = Hej!\n".to_owned())]);
        std::fs::write(folder.path().join("1.ftl"), "").unwrap();
        assert!(matches!(files_in(folder.path()), Err(TextError::FileName(_))));
        assert!(matches!(files_in(&folder.path().join("none")), Err(TextError::Read { .. })));
    }

    #[test]
    fn reasons_are_sentences_with_and_without_a_name() {
        let texts = Texts::new(&Locale::ENGLISH, []).unwrap();
        let reason = |code, name, subject, tag: &str| texts.reason(code, name, subject, &locale(tag));
        assert_eq!(
            reason(ReasonCode::GoesWithPurchase, Some("Trip\nBoots"), None, "pl"),
            "Pasuje do Twojego zakupu: Trip Boots"
        );
        assert_eq!(reason(ReasonCode::GoesWithPurchase, Some("\u{200b}"), None, "ru"), "Подходит к вашим покупкам");
        assert_eq!(
            reason(ReasonCode::FavouriteBrand, Some("no"), Some("Lumen"), "en-GB"),
            "A brand that you like: Lumen"
        );
        assert_eq!(reason(ReasonCode::Popular, Some("no"), Some("no"), "pl"), "Teraz popularne");
    }
}
