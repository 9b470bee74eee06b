//! The words that stand in written sizes: systems, units, lengths, widths, ages, whole phrases that mean one size, and
//! placeholders that mean that none is given. In the languages of the shops that write them.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::sizing::{scale::Group, worn::audience_of};

/// The system or unit that the text itself names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Named {
    /// The continent's numbers, Germany's and its neighbours' among them.
    Eu,
    Uk,
    Us,
    /// Clothes as in Britain, women's shoes as in America.
    Au,
    /// Russian women's clothes are numbered six above the European ones.
    Ru,
    /// French, Belgian and Spanish clothes are numbered up to two, their bands fifteen above the European ones.
    Fr,
    /// Italian women's clothes are numbered four to six above the European ones.
    It,
    /// Japanese women's clothes have odd numbers of their own; shoes are centimetres.
    Jp,
    Cm,
    Mm,
    Inch,
}

/// What a word says of the size that it stands beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Named(Named),
    /// Nothing but that a size follows, or how it fits: not its size, length or width.
    Nothing,
    Length(i8),
    Width(i8),
    /// One step further in the length or width that follows.
    Extra,
    Years,
    Months,
    /// A size alone, and whom it is for beside one.
    Newborn,
    For(Group),
}

const WORDS: &[(Sense, &str)] = &[
    (Sense::Named(Named::Eu), "eu eur euro europe europa de ger deu dk se nl pl cz"),
    (Sense::Named(Named::Uk), "uk gb"),
    (Sense::Named(Named::Us), "us usa"),
    (Sense::Named(Named::Au), "au aus nz"),
    (Sense::Named(Named::Ru), "ru rus рос рус"),
    (Sense::Named(Named::Fr), "fr fra be es"),
    (Sense::Named(Named::It), "it ita"),
    (Sense::Named(Named::Jp), "jp jpn"),
    (Sense::Named(Named::Cm), "cm см"),
    (Sense::Named(Named::Mm), "mm мм"),
    (Sense::Named(Named::Inch), "in inch inches cal cali дюйм дюймов zoll"),
    (
        Sense::Nothing,
        "size sizes sz rozmiar rozmiary rozm roz размер размеры разм рр talla taille größe groesse gr taglia maat tamanho \
        numer nr no number int intl adult adults dorosły old рост wzrost waist inseam leg length chest bust neck collar \
        sleeve długość obwód 号 號 码 以上 大码 加大 大号 \
        slim fit fitted classic relaxed loose oversize oversized skinny straight curvy curve plus big husky athletic portly \
        tailored maternity cut and width weite breite tęgość полнота fitting cy ce",
    ),
    (Sense::Length(-1), "short shr sht petite petites krótki krótka krótkie короткий короткая kurz"),
    (Sense::Length(0), "regular reg standard std normal normalny normalna стандарт стандартный"),
    (Sense::Length(1), "long lng tall długi długa długie длинный длинная lang"),
    (Sense::Length(2), "xlong xtall"),
    (Sense::Width(-1), "narrow wąski wąska wąskie узкий узкая schmal"),
    (Sense::Width(1), "wide szeroki szeroka szerokie широкий широкая weit breit"),
    (Sense::Width(2), "xwide xxwide"),
    (Sense::Extra, "extra x xx"),
    (
        Sense::Years,
        "y yr yrs year years yo lat lata rok roku latka лет год года годика г ans an jahre jahr age ages años año anni wiek",
    ),
    (
        Sense::Months,
        "mo mos mth mths mnth month months mies miesiąc miesiące miesięcy mc mcy мес месяц месяца месяцев mois monat monate \
        meses mesi 个月",
    ),
    (Sense::Newborn, "newborn nb noworodek"),
];

/// The empty text is one of them: what has no size suits whoever buys it.
const ONE_SIZE: &[&str] = &[
    "",
    "one size",
    "onesize",
    "one-size",
    "one size fits all",
    "one size fits most",
    "one size only",
    "onesize fits all",
    "onesize fits most",
    "one",
    "os",
    "o/s",
    "osfa",
    "osfm",
    "osfa/m",
    "free size",
    "freesize",
    "free",
    "universal",
    "universal size",
    "univ",
    "uni",
    "un",
    "tu",
    "t.u.",
    "t u",
    "taille unique",
    "talla unica",
    "talla única",
    "taglia unica",
    "unica",
    "única",
    "unique",
    "einheitsgröße",
    "uniwersalny",
    "uniwersalna",
    "uniwersalne",
    "rozmiar uniwersalny",
    "jeden rozmiar",
    "безразмерный",
    "безразмерная",
    "единый размер",
    "единый",
    "один размер",
    "универсальный",
    "универсальный размер",
    "均码",
    "大号均码",
    "フリーサイズ",
    "adjustable",
    "regulowany",
    "regulowana",
    "регулируемый",
    "可调节",
    "custom",
    "custom size",
    "made to measure",
    "na wymiar",
];

/// Written where no size is given.
const PLACEHOLDERS: &[&str] = &[
    "-",
    "--",
    "---",
    "–",
    "—",
    ".",
    "...",
    "_",
    "tbd",
    "tba",
    "?",
    "*",
    "n/a",
    "n.a.",
    "na",
    "n/d",
    "n.d.",
    "nd",
    "#n/a",
    "none",
    "null",
    "nil",
    "nan",
    "undefined",
    "unknown",
    "unspecified",
    "not set",
    "(not set)",
    "not specified",
    "not applicable",
    "no size",
    "nosize",
    "without size",
    "default",
    "default title",
    "default size",
    "brak",
    "brak rozmiaru",
    "bez rozmiaru",
    "nie dotyczy",
    "nie podano",
    "nieokreślony",
    "нет",
    "без размера",
    "не указан",
    "не указано",
    "неизвестно",
    "keine",
    "keine angabe",
    "ohne",
    "ohne größe",
    "k.a.",
    "aucune",
    "sin talla",
];

static SENSES: LazyLock<FxHashMap<&'static str, Sense>> = LazyLock::new(|| {
    WORDS.iter().flat_map(|(sense, words)| words.split_whitespace().map(move |word| (word, *sense))).collect()
});

static SIZELESS: LazyLock<FxHashSet<&'static str>> =
    LazyLock::new(|| ONE_SIZE.iter().chain(PLACEHOLDERS).copied().collect());

/// What the word says, if a size has anything to do with it.
pub(super) fn sense(word: &str) -> Option<Sense> {
    let audience = |word: &str| audience_of(word).map(|audience| Sense::For(Some(audience).into()));
    // No word for people is shorter, and most words of sizes are.
    SENSES.get(word).copied().or_else(|| if word.len() < 3 { None } else { audience(word) })
}

/// Whether the whole text, which is plain already, says that the thing suits whoever buys it, or that it has no size.
pub(super) fn is_sizeless(plain: &str) -> bool {
    SIZELESS.contains(plain)
}
