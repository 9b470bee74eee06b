//! What stands in a written size, taken apart before anything is assumed of it: letters, numbers, marks, and the system
//! where the text itself names one. What it means for a garment is `read`.

use std::mem::discriminant;

use super::scale::{Span, UNIT};

/// The longest text that can be a size, in bytes. Taking apart costs the square of the length.
const LONGEST: usize = 256;

/// The form of a written size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// "one size", "uni", "безразмерный", nothing at all.
    One,
    /// "M", "S/M", "2XL": ranks, M is zero.
    Letters(Span),
    /// "38", "42 1/3", "36-38": in `1 / UNIT`.
    Numbers(Span),
    /// "36/38", "32/34": a double size or waist and length.
    Pair(i32, i32),
    /// "32x34", "W32 L34".
    WaistLength(i32, Option<i32>),
    /// "75B": band and cup.
    BandCup(i32, String),
    /// "5-6 Y", "6 лет", "3T": in `1 / UNIT` years.
    Years(Span),
    /// "6-9M": in `1 / UNIT` months.
    Months(Span),
    /// "10C", "13K": an American child's shoe.
    ChildShoe(i32),
    /// One letter that is no clothes size.
    Letter(char),
}

/// The system that the text itself names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Named {
    Eu,
    Uk,
    Us,
    /// Russian women's clothes are numbered six above the European ones.
    Ru,
    /// French and Belgian bands are numbered fifteen above the European ones.
    Fr,
    Cm,
    Inch,
}

/// A written size, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) form: Form,
    pub(super) named: Option<Named>,
}

const ONE_SIZE: [&str; 42] = [
    "",
    "one size",
    "onesize",
    "one-size",
    "one size fits all",
    "one size fits most",
    "one",
    "os",
    "o/s",
    "osfa",
    "osfm",
    "osfa/m",
    "free size",
    "freesize",
    "free",
    "no size",
    "nosize",
    "default",
    "default title",
    "universal",
    "univ",
    "uni",
    "u",
    "un",
    "tu",
    "t.u.",
    "taille unique",
    "einheitsgröße",
    "uniwersalny",
    "uniwersalna",
    "uniwersalne",
    "rozmiar uniwersalny",
    "jeden rozmiar",
    "bez rozmiaru",
    "безразмерный",
    "безразмерная",
    "единый размер",
    "единый",
    "один размер",
    "универсальный",
    "универсальный размер",
    "без размера",
];

const YEARS: [&str; 22] = [
    "y",
    "yr",
    "yrs",
    "year",
    "years",
    "yo",
    "lat",
    "lata",
    "rok",
    "roku",
    "latka",
    "лет",
    "год",
    "года",
    "годика",
    "г",
    "t",
    "ans",
    "an",
    "jahre",
    "jahr",
    "age",
];

const MONTHS: [&str; 20] = [
    "m",
    "mo",
    "mos",
    "mth",
    "mths",
    "mnth",
    "month",
    "months",
    "mies",
    "miesiąc",
    "miesiące",
    "miesięcy",
    "mc",
    "mcy",
    "мес",
    "месяц",
    "месяца",
    "месяцев",
    "mois",
    "monate",
];

/// Words that say nothing but that a size follows.
const NOISE: [&str; 11] = ["size", "sz", "rozmiar", "rozm", "roz", "r", "размер", "разм", "рр", "р", "int"];

const CUPS: [&str; 24] = [
    "aa", "a", "b", "c", "d", "dd", "ddd", "dddd", "e", "f", "ff", "g", "gg", "h", "hh", "i", "j", "jj", "k", "kk",
    "l", "ll", "dd/e", "ddd/f",
];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Number(i32),
    Word(String),
    Slash,
    Dash,
}

/// Takes the text apart. `None`: no form that is known.
pub(super) fn written(text: &str) -> Option<Written> {
    if text.len() > LONGEST {
        return None;
    }
    let text = plain(text);
    if ONE_SIZE.contains(&text.as_str()) {
        return Some(Written { form: Form::One, named: None });
    }
    let tokens = with_fractions(&tokens(&text)?)?;
    one_system(&tokens).or_else(|| several_systems(&tokens))
}

fn one_system(tokens: &[Token]) -> Option<Written> {
    let mut tokens = tokens.to_vec();
    let named = take_named(&mut tokens);
    let form = form(&tokens)?;
    Some(Written { form, named })
}

/// "UK 8 / EU 42", "M (38)": one size said more than once. The most precise of what is said holds.
fn several_systems(tokens: &[Token]) -> Option<Written> {
    let parts: Option<Vec<Written>> =
        tokens.split(|token| *token == Token::Slash).filter(|part| !part.is_empty()).map(one_system).collect();
    let precision = |written: &Written| match (&written.form, written.named) {
        (Form::Numbers(_), Some(Named::Eu | Named::Cm)) => 0,
        (Form::Numbers(_), Some(_)) => 1,
        (Form::Numbers(_), None) => 2,
        _ => 3,
    };
    let parts = parts?;
    // "M/S" is not said twice: it is a range that runs backward.
    let same = |a: &Written, b: &Written| a.named == b.named && discriminant(&a.form) == discriminant(&b.form);
    let twice = (1..parts.len()).any(|at| parts[..at].iter().any(|before| same(before, &parts[at])));
    if twice { None } else { parts.into_iter().min_by_key(precision) }
}

/// Trimmed, in small letters, with single spaces: what two sizes that nobody can read are compared by.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.extend(word.chars().flat_map(char::to_lowercase));
    }
    plain
}

/// `None` where a character or a number has no place in a size.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let text = latin_letters(text);
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(first) = chars.next() {
        match first {
            '0'..='9' => {
                let mut digits = String::from(first);
                while let Some(next) = chars.next_if(|next| next.is_ascii_digit() || matches!(next, '.' | ',')) {
                    digits.push(if next == ',' { '.' } else { next });
                }
                tokens.push(Token::Number(number(digits.trim_end_matches('.'))?));
            }
            '½' | '⅓' | '⅔' | '¼' | '¾' => {
                let part = match first {
                    '½' => UNIT / 2,
                    '⅓' => UNIT / 3,
                    '⅔' => UNIT / 3 * 2,
                    '¼' => UNIT / 4,
                    _ => UNIT / 4 * 3,
                };
                match tokens.last_mut() {
                    Some(Token::Number(whole)) if *whole % UNIT == 0 => *whole += part,
                    _ => return None,
                }
            }
            '/' | '|' | '(' => tokens.push(Token::Slash),
            '-' | '–' | '—' => tokens.push(Token::Dash),
            '"' | '″' | '”' => tokens.push(Token::Word("in".into())),
            '×' | '*' => tokens.push(Token::Word("x".into())),
            ' ' | '.' | ')' | ':' | '\'' => {}
            letter if letter.is_alphabetic() => {
                let mut word = String::from(letter);
                while let Some(next) = chars.next_if(|next| next.is_alphabetic()) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
            _ => return None,
        }
    }
    Some(tokens)
}

/// Russian keyboards write "ХL" and "М" with letters that only look Latin.
fn latin_letters(text: &str) -> String {
    let looks = |c: char| !c.is_alphabetic() || matches!(c, 'х' | 'м' | 'x' | 's' | 'm' | 'l');
    if !text.chars().all(looks) {
        // "32х34": a Cyrillic kha between digits is a cross.
        return text.replace('х', if text.chars().any(|c| matches!(c, 'а'..='ф' | 'ц'..='я')) { "х" } else { "x" });
    }
    text.chars()
        .map(|c| match c {
            'х' => 'x',
            'м' => 'm',
            other => other,
        })
        .collect()
}

/// A decimal number in `1 / UNIT`; `None` where it is none of halves, thirds, quarters and eighths, or far too large.
fn number(digits: &str) -> Option<i32> {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.len() > 4 {
        return None;
    }
    let part = match part.trim_end_matches('0') {
        "" => 0,
        "5" => UNIT / 2,
        "3" | "33" | "333" => UNIT / 3,
        "6" | "66" | "67" | "666" | "667" | "7" => UNIT / 3 * 2,
        "25" => UNIT / 4,
        "75" => UNIT / 4 * 3,
        "125" => UNIT / 8,
        "375" => UNIT / 8 * 3,
        "625" => UNIT / 8 * 5,
        "875" => UNIT / 8 * 7,
        _ => return None,
    };
    Some(whole.parse::<i32>().ok()? * UNIT + part)
}

/// "42 1/3" as one number.
fn with_fractions(tokens: &[Token]) -> Option<Vec<Token>> {
    let mut joined: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    loop {
        rest = match rest {
            [Token::Number(whole), Token::Number(over), Token::Slash, Token::Number(under), rest @ ..] => {
                let (over, under) = (over / UNIT, under / UNIT);
                if whole % UNIT != 0 || over < 1 || over >= under || UNIT % under != 0 {
                    return None;
                }
                joined.push(Token::Number(whole + UNIT / under * over));
                rest
            }
            [first, rest @ ..] => {
                joined.push(first.clone());
                rest
            }
            [] => return Some(joined),
        };
    }
}

/// Takes away words that name the system, or nothing, from both ends.
fn take_named(tokens: &mut Vec<Token>) -> Option<Named> {
    let mut named = None;
    while tokens.len() > 1 {
        let (Some(Token::Word(first)), more) = (tokens.first(), tokens.len()) else { break };
        if NOISE.contains(&first.as_str()) && (more > 2 || !matches!(tokens[1], Token::Dash)) {
            tokens.remove(0);
        } else if let Some(system) = system(first) {
            named = Some(system);
            tokens.remove(0);
        } else {
            break;
        }
        while matches!(tokens.first(), Some(Token::Dash | Token::Slash)) {
            tokens.remove(0);
        }
    }
    while tokens.len() > 1 {
        let Some(Token::Word(last)) = tokens.last() else { break };
        let Some(system) = system(last) else { break };
        named = named.or(Some(system));
        tokens.pop();
        while matches!(tokens.last(), Some(Token::Dash | Token::Slash)) {
            tokens.pop();
        }
    }
    named
}

fn system(word: &str) -> Option<Named> {
    Some(match word {
        "eu" | "eur" | "euro" | "europe" => Named::Eu,
        "uk" | "gb" => Named::Uk,
        "us" | "usa" => Named::Us,
        "ru" | "rus" | "рос" | "рус" => Named::Ru,
        "fr" | "be" => Named::Fr,
        "cm" | "см" => Named::Cm,
        "in" | "inch" | "inches" | "cali" | "дюйм" | "дюймов" => Named::Inch,
        _ => return None,
    })
}

fn form(tokens: &[Token]) -> Option<Form> {
    use Token::{Dash, Number, Slash, Word};
    let range = |from: i32, to: i32| (from < to).then_some(Span { from, to });
    match tokens {
        [Number(at)] => Some(Form::Numbers(Span::point(*at))),
        [Number(from), Dash, Number(to)] => Some(Form::Numbers(range(*from, *to)?)),
        [Number(one), Slash, Number(other)] => Some(Form::Pair(*one, *other)),
        [Number(from), Dash | Slash, Number(to), Word(word)] => aged(range(*from, *to)?, word),
        [Number(from), Word(unit), Dash | Slash, Number(to), Word(word)] if unit == word => {
            aged(range(*from, *to)?, word).or_else(|| waist_length(tokens))
        }
        [Word(word)] if word == "newborn" || word == "nb" => Some(Form::Months(Span::point(UNIT))),
        [Number(at), Word(word)] => letters(tokens).map(Form::Letters).or_else(|| number_and_word(*at, word)),
        [Number(band), Dash | Slash, Word(cup)] => band_cup(*band, cup),
        [Number(band), Word(cup), Slash, Word(other)] => band_cup(*band, &format!("{cup}/{other}")),
        _ => waist_length(tokens).or_else(|| letters(tokens).map(Form::Letters)).or_else(|| single_letter(tokens)),
    }
}

fn aged(span: Span, word: &str) -> Option<Form> {
    if YEARS.contains(&word) {
        Some(Form::Years(span))
    } else if MONTHS.contains(&word) {
        Some(Form::Months(span))
    } else {
        None
    }
}

fn number_and_word(at: i32, word: &str) -> Option<Form> {
    let read = band_cup(at, word).or_else(|| aged(Span::point(at), word));
    match word {
        _ if read.is_some() => read,
        "c" | "k" => Some(Form::ChildShoe(at)),
        "w" => Some(Form::WaistLength(at, None)),
        _ => None,
    }
}

/// Whatever the band, from the narrowest in inches to the widest in centimetres.
fn band_cup(band: i32, cup: &str) -> Option<Form> {
    let plausible = band % UNIT == 0 && (26 * UNIT..=150 * UNIT).contains(&band);
    (plausible && CUPS.contains(&cup)).then(|| Form::BandCup(band, cup.into()))
}

fn waist_length(tokens: &[Token]) -> Option<Form> {
    let mut numbers = Vec::new();
    for token in tokens {
        match token {
            Token::Number(number) => numbers.push(*number),
            Token::Word(word) if matches!(word.as_str(), "w" | "l" | "x") => {}
            Token::Slash => {}
            _ => return None,
        }
    }
    // "xl" and "l" alone have no number, "2xl" is a letter size: a waist has two digits.
    match numbers[..] {
        [waist] if waist >= 20 * UNIT && tokens.len() > 1 && tokens[0] != Token::Word("l".into()) => {
            Some(Form::WaistLength(waist, None))
        }
        [waist, length] if tokens.len() > 2 && waist >= 20 * UNIT && length >= 20 * UNIT => {
            Some(Form::WaistLength(waist, Some(length)))
        }
        _ => None,
    }
}

/// "m", "2xl", "x-large", "extra large", "s/m", "xs-s".
fn letters(tokens: &[Token]) -> Option<Span> {
    if let Some(rank) = rank(tokens) {
        return Some(Span::point(rank));
    }
    // A dash may stand in a word ("x-large") or between two sizes ("s-m"): every place is tried.
    (1..tokens.len()).filter(|at| matches!(tokens[*at], Token::Slash | Token::Dash)).find_map(|at| {
        let (from, to) = (rank(&tokens[..at])?, rank(&tokens[at + 1..])?);
        (from < to).then_some(Span { from, to })
    })
}

fn rank(tokens: &[Token]) -> Option<i32> {
    let mut text = String::new();
    let mut times = None;
    for (place, token) in tokens.iter().enumerate() {
        match token {
            Token::Number(number) if place == 0 && number % UNIT == 0 => times = Some(number / UNIT),
            Token::Word(word) => text.push_str(word),
            Token::Dash if place > 0 => {}
            _ => return None,
        }
    }
    let text = text.replace("extra", "x");
    let base = text.trim_start_matches('x');
    let marks = i32::try_from(text.len() - base.len()).ok()?;
    let extra = match (times, marks) {
        (None, marks) => marks,
        (Some(times @ 1..=9), 1) => times,
        _ => return None,
    };
    // The row runs from XXS to 6XL: what is beyond it is rather a slip of the hand than a size.
    match base {
        "sm" if tokens.len() == 1 => Some(-1 - extra),
        "s" | "small" | "mały" | "mała" | "маленький" if extra <= 2 => Some(-1 - extra),
        "m" | "md" | "med" | "medium" | "średni" | "średnia" | "средний" if extra == 0 => Some(0),
        "l" | "lg" | "large" | "duży" | "duża" | "большой" if extra <= 6 => Some(1 + extra),
        _ => None,
    }
}

fn single_letter(tokens: &[Token]) -> Option<Form> {
    let [Token::Word(word)] = tokens else { return None };
    let mut chars = word.chars();
    match (chars.next(), chars.next()) {
        (Some(letter @ 'a'..='z'), None) => Some(Form::Letter(letter)),
        _ => None,
    }
}
