//! A written size as tokens: numbers, words and the marks between them. What they mean is not asked here.

use crate::domain::sizing::scale::UNIT;

/// A part of a written size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A whole number, a half, a third, a quarter or an eighth, in `1 / UNIT`.
    Number(i32),
    /// Another decimal, to the nearest `1 / UNIT`: something that was measured.
    Decimal(i32),
    Word(String),
    Slash,
    Dash,
    Comma,
    Open,
    Close,
}

impl Token {
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether it stands between sizes.
    pub(super) const fn is_separator(&self) -> bool {
        matches!(self, Self::Slash | Self::Dash | Self::Comma)
    }
}

/// Trimmed, in small letters, with single spaces: what two sizes that nobody understands are compared by.
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

/// `None` where a character or a number has no place in a size. Takes a text that is plain already.
pub(super) fn tokens(plain: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = plain;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            rest = take_number(rest, &mut tokens)?;
        } else if first.is_alphabetic() {
            rest = take_word(rest, &mut tokens);
        } else {
            take_mark(first, &mut tokens)?;
            rest = &rest[first.len_utf8()..];
        }
    }
    join_fractions(&mut tokens);
    Some(tokens)
}

fn take_number<'a>(text: &'a str, tokens: &mut Vec<Token>) -> Option<&'a str> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let part = match text.as_bytes().get(whole) {
        Some(b'.' | b',') => digits(&text[whole + 1..]),
        _ => 0,
    };
    let (token, end) = if part == 0 {
        (number(&text[..whole], "")?, whole)
    } else {
        let fraction = &text[whole + 1..whole + 1 + part];
        let token = number(&text[..whole], fraction)?;
        // "36,38" is two sizes, "42,5" and "42,33" are one.
        let is_list = text.as_bytes()[whole] == b',' && part > 1 && matches!(token, Token::Decimal(_));
        if is_list { (number(&text[..whole], "")?, whole) } else { (token, whole + 1 + part) }
    };
    tokens.push(token);
    Some(&text[end..])
}

/// `None`: far too large for a size.
fn number(whole: &str, fraction: &str) -> Option<Token> {
    if whole.len() > 4 {
        return None;
    }
    let whole = whole.parse::<i32>().ok()? * UNIT;
    let part = match fraction.trim_end_matches('0') {
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
        other => {
            // Two digits say more than a 24th can hold.
            let hundredths = match other.as_bytes() {
                [tenths] => i32::from(tenths - b'0') * 10,
                [tenths, hundredths, ..] => i32::from(tenths - b'0') * 10 + i32::from(hundredths - b'0'),
                [] => 0,
            };
            return Some(Token::Decimal(whole + (hundredths * UNIT + 50) / 100));
        }
    };
    Some(Token::Number(whole + part))
}

fn take_word<'a>(text: &'a str, tokens: &mut Vec<Token>) -> &'a str {
    // "men's" is one word.
    let apostrophe = |c: char| matches!(c, '\'' | '’');
    // Chinese stands beside Latin letters without a space.
    let is_chinese = |c: char| c >= '\u{2e80}';
    let starts_chinese = text.starts_with(is_chinese);
    let ends = |c: char| !apostrophe(c) && (!c.is_alphabetic() || is_chinese(c) != starts_chinese);
    let end = text.find(ends).unwrap_or(text.len());
    let word: String = text[..end].chars().filter(|c| c.is_alphabetic()).collect();
    tokens.push(Token::Word(latin(word)));
    &text[end..]
}

/// Russian keyboards write "ХL", "М" and "32х34" with letters that only look Latin.
fn latin(word: String) -> String {
    let looks = |c: char| matches!(c, 'х' | 'м' | 'x' | 's' | 'm' | 'l' | 't');
    if word.is_ascii() || !word.chars().all(looks) {
        return word;
    }
    word.chars()
        .map(|c| match c {
            'х' => 'x',
            'м' => 'm',
            other => other,
        })
        .collect()
}

fn take_mark(mark: char, tokens: &mut Vec<Token>) -> Option<()> {
    let token = match mark {
        '/' | '|' | '=' | '／' => Token::Slash,
        '-' | '–' | '—' | '‑' | '~' | '～' | '_' => Token::Dash,
        ',' | ';' | '，' | '·' | '•' => Token::Comma,
        '(' | '（' | '[' => Token::Open,
        ')' | '）' | ']' => Token::Close,
        '"' | '″' | '”' | '“' => Token::Word("in".into()),
        '×' | '*' => Token::Word("x".into()),
        '\'' | '’' | '′' if matches!(tokens.last(), Some(Token::Number(_))) => Token::Word("ft".into()),
        '½' | '⅓' | '⅔' | '¼' | '¾' => {
            let part = match mark {
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
            return Some(());
        }
        ' ' | '.' | ':' | '：' | '\'' | '’' | '&' | '#' => return Some(()),
        _ => return None,
    };
    tokens.push(token);
    Some(())
}

/// "42 1/3" is one number. "15 34/35" is a neck and a sleeve.
fn join_fractions(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at + 3 < tokens.len() {
        if let [Token::Number(whole), Token::Number(over), Token::Slash, Token::Number(under)] = tokens[at..at + 4] {
            let (over, under) = (over / UNIT, under / UNIT);
            if whole % UNIT == 0 && over >= 1 && over < under && UNIT % under == 0 && under <= 8 {
                tokens.splice(at..at + 4, [Token::Number(whole + UNIT / under * over)]);
            }
        }
        at += 1;
    }
}
