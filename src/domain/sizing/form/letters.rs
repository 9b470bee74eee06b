//! Letter sizes: "m", "2xl", "x-large", "extra large", "s/m", "3x", "mt", "xs/p".

use crate::domain::sizing::{
    cut::Cut,
    scale::{Span, UNIT},
    tokens::Token,
};

/// As ranks, M is zero, and the cut where a letter says it: T is tall, P petite.
pub(super) fn letters(core: &[Token]) -> Option<(Span, Cut)> {
    if let Some((rank, cut)) = rank(core) {
        return Some((Span::point(rank), cut));
    }
    if let [rest @ .., Token::Slash | Token::Dash, Token::Word(mark)] = core
        && let Some(length) = length(mark)
        && let Some((span, cut)) = letters(rest)
    {
        return Some((span, cut.join(Cut::with_length(length))?));
    }
    // A dash may stand in a word ("x-large") or between two sizes ("s-m"): every place is tried.
    (1..core.len()).filter(|at| core[*at].is_separator()).find_map(|at| {
        let ((from, cut), (rest, other)) = (rank(&core[..at])?, letters(&core[at + 1..])?);
        (from < rest.from).then_some((Span { from, to: rest.to }, cut.join(other)?))
    })
}

fn length(mark: &str) -> Option<i8> {
    match mark {
        "p" => Some(-1),
        "r" => Some(0),
        "t" => Some(1),
        _ => None,
    }
}

fn rank(tokens: &[Token]) -> Option<(i32, Cut)> {
    let mut text = String::new();
    let mut times = None;
    for (place, token) in tokens.iter().enumerate() {
        match token {
            Token::Number(number) if place == 0 && number % UNIT == 0 => times = Some(number / UNIT),
            Token::Word(word) if text.bytes().all(|byte| byte == b'x') => {
                text.push_str(&word.replace("extra", "x").replace("double", "xx").replace("triple", "xxx"));
            }
            Token::Dash if place > 0 && text.bytes().all(|byte| byte == b'x') => {}
            // Two words that are sizes each are no one size.
            _ => return None,
        }
    }
    if tokens.last().is_some_and(Token::is_separator) {
        return None;
    }
    let whole = |text: &str| base_rank(text, times);
    if let Some(rank) = whole(&text) {
        return Some((rank, Cut::default()));
    }
    let (tall, petite) = (text.strip_suffix('t'), text.strip_suffix('p').or_else(|| text.strip_prefix('p')));
    let marked =
        |rest: Option<&str>, length| Some((whole(rest.filter(|rest| !rest.is_empty())?)?, Cut::with_length(length)));
    marked(tall, 1).or_else(|| marked(petite, -1))
}

fn base_rank(text: &str, times: Option<i32>) -> Option<i32> {
    let base = text.trim_start_matches('x');
    let marks = i32::try_from(text.len() - base.len()).ok()?;
    let extra = match (times, marks, base) {
        (None, marks, _) => marks,
        // "3L" is the Japanese way to write it, "3X" the American one.
        (Some(times @ 2..=8), 0, "l") => times - 1,
        (Some(times @ 1..=9), 1, _) => times,
        _ => return None,
    };
    match base {
        "" if times.is_some() => Some(1 + extra),
        "s" | "sm" | "sml" | "small" | "mały" | "mała" | "małe" | "маленький" | "klein" | "pequeño" | "pequeña"
            if extra <= 3 =>
        {
            Some(-1 - extra)
        }
        "m" | "md" | "med" | "medium" | "średni" | "średnia" | "średnie" | "средний" | "mittel" | "mediano"
        | "mediana"
            if extra == 0 =>
        {
            Some(0)
        }
        "l" | "lg" | "lrg" | "large" | "duży" | "duża" | "duże" | "большой" | "groß" | "grande" if extra <= 9 => {
            Some(1 + extra)
        }
        "ll" | "lll" | "llll" if extra == 0 => i32::try_from(base.len()).ok(),
        _ => None,
    }
}
