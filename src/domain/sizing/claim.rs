//! What a written size says, claim by claim: "UK 8 (EU 42) wide" says one size in two systems and one width. Each claim is a
//! form with the system, cut and people that are named beside it. What a form means for a garment is `read`.

use crate::domain::catalog::Garment;
use crate::domain::sizing::{
    cut::Cut,
    form::{Form, Marks, form},
    lexicon::{Named, Sense, is_sizeless, sense},
    scale::{Group, Span, UNIT},
    tokens::{Token, tokens},
};

/// The longest text that can be a size, in bytes.
const LONGEST: usize = 256;

/// What a size is written on: letters beside a number are a cup on bras, a width on shoes, a length on trousers.
#[derive(Debug, Clone, Copy)]
pub(super) struct WrittenOn {
    pub(super) garment: Garment,
    pub(super) group: Group,
}

impl WrittenOn {
    const fn is_clothes(self) -> bool {
        matches!(
            self.garment,
            Garment::Top | Garment::Bottom | Garment::Dress | Garment::Outerwear | Garment::Underwear
        )
    }
}

/// One thing that is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) form: Form,
    pub(super) named: Option<Named>,
    pub(super) cut: Cut,
    /// Whose size it is: a unisex shoe has one for women and one for men.
    pub(super) group: Option<Group>,
}

/// Takes the text, which is plain already, apart. Empty: nothing in it is understood, or a part of it is not that may matter.
pub(super) fn claims(plain: &str, on: WrittenOn) -> Vec<Claim> {
    let sizeless = Claim { form: Form::One, named: None, cut: Cut::default(), group: None };
    if is_sizeless(plain) {
        return vec![sizeless];
    }
    if plain.len() > LONGEST {
        return Vec::new();
    }
    let mut gathered = Gathered { on, claims: Vec::new() };
    let understood = tokens(plain).is_some_and(|tokens| gathered.brackets(&tokens).is_some());
    if !understood {
        return Vec::new();
    }
    with_people(gathered.claims)
}

/// A claim with the letter of a width that may also stand for people.
type Found = (Claim, Option<char>);

struct Gathered {
    on: WrittenOn,
    claims: Vec<Found>,
}

impl Gathered {
    /// What stands in brackets is said beside the rest; where it is no size it is a remark. A mere word of a size belongs to
    /// what it stands behind: "8 (UK) / 42 (EU)", "38 (wide)".
    fn brackets(&mut self, tokens: &[Token]) -> Option<()> {
        let (mut outside, mut groups) = (Vec::with_capacity(tokens.len()), Vec::new());
        let mut rest = tokens;
        while let Some(open) = rest.iter().position(|token| *token == Token::Open) {
            let after = &rest[open + 1..];
            let close = after.iter().position(|token| *token == Token::Close).unwrap_or(after.len());
            outside.extend_from_slice(&rest[..open]);
            let inside = &after[..close];
            if inside.iter().all(|token| token.word().and_then(sense).is_some()) {
                outside.extend_from_slice(inside);
            } else {
                groups.push(inside);
            }
            rest = after.get(close + 1..).unwrap_or_default();
        }
        outside.extend_from_slice(rest);
        match groups[..] {
            [only] if trimmed(&outside).is_empty() => return self.gather(only),
            _ => self.gather(&outside)?,
        }
        for inside in groups {
            let before = self.claims.len();
            if self.gather(inside).is_none() {
                self.claims.truncate(before);
            }
        }
        Some(())
    }

    /// As one claim, else as several that are set apart by a mark or by their systems. `None`: a part is not understood.
    fn gather(&mut self, tokens: &[Token]) -> Option<()> {
        let tokens = trimmed(tokens);
        if tokens.is_empty() {
            return Some(());
        }
        if let Some(claim) = claim(tokens, self.on) {
            self.claims.push(claim);
            return Some(());
        }
        if let Some(both) = letters_beside_numbers(tokens, self.on) {
            self.claims.extend(both);
            return Some(());
        }
        for mark in [Token::Comma, Token::Slash, Token::Dash] {
            if tokens.contains(&mark) {
                return tokens.split(|token| *token == mark).try_for_each(|part| self.gather(part));
            }
        }
        if let Some(parts) = by_systems(tokens) {
            return parts.into_iter().try_for_each(|part| self.gather(part));
        }
        self.beside_remark(tokens)
    }

    /// "M Black", "Black": a word that has nothing to do with sizes. Beside a bare number it might be a unit or a count.
    fn beside_remark(&mut self, tokens: &[Token]) -> Option<()> {
        let size: Vec<Token> = tokens.iter().filter(|token| !is_remark(token)).cloned().collect();
        if size.is_empty() {
            return Some(());
        }
        if size.len() == tokens.len() {
            return None;
        }
        let claim = claim(&size, self.on)?;
        let is_certain = claim.0.named.is_some() || matches!(claim.0.form, Form::Letters(_) | Form::BandCup(..));
        is_certain.then(|| self.claims.push(claim))
    }
}

/// "M 38", "48-50 L". A number under thirty is rather a size of its own, and an L before it a leg's length.
fn letters_beside_numbers(tokens: &[Token], on: WrittenOn) -> Option<[Found; 2]> {
    let is_letters = |found: &Found| matches!(found.0.form, Form::Letters(_));
    let is_numbers = |found: &Found| match found.0.form {
        Form::Numbers(Span { from, .. }) | Form::Pair(from, _) => from >= 30 * UNIT || found.0.named.is_some(),
        _ => false,
    };
    let is_leg = |number: i32| (26 * UNIT..40 * UNIT).contains(&number);
    if matches!(tokens, [Token::Word(letter), Token::Number(leg)] if letter == "l" && is_leg(*leg)) {
        return None;
    }
    (1..tokens.len()).find_map(|at| {
        let (first, second) = (claim(&tokens[..at], on)?, claim(&tokens[at..], on)?);
        let one_each = (is_letters(&first) && is_numbers(&second)) || (is_numbers(&first) && is_letters(&second));
        one_each.then_some([first, second])
    })
}

fn is_remark(token: &Token) -> bool {
    token.word().is_some_and(|word| word.chars().count() >= 3 && sense(word).is_none())
}

fn trimmed(tokens: &[Token]) -> &[Token] {
    let between = |token: &Token| token.is_separator() || matches!(token, Token::Open | Token::Close);
    let from = tokens.iter().position(|token| !between(token)).unwrap_or(tokens.len());
    let to = tokens.iter().rposition(|token| !between(token)).map_or(from, |last| last + 1);
    &tokens[from..to]
}

/// "EU 38 UK 5" and "38 EU 5 UK".
fn by_systems(tokens: &[Token]) -> Option<Vec<&[Token]>> {
    let names =
        |token: &Token| token.word().is_some_and(|word| matches!(sense(word), Some(Sense::Named(_) | Sense::For(_))));
    let places: Vec<usize> = (0..tokens.len()).filter(|place| names(&tokens[*place])).collect();
    let leads = *places.first()? == 0;
    let cuts: Vec<usize> = if leads {
        places.into_iter().skip(1).collect()
    } else {
        places.into_iter().map(|place| place + 1).filter(|cut| *cut < tokens.len()).collect()
    };
    if cuts.is_empty() {
        return None;
    }
    let (mut parts, mut from) = (Vec::new(), 0);
    for cut in cuts.into_iter().chain([tokens.len()]) {
        parts.push(&tokens[from..cut]);
        from = cut;
    }
    Some(parts)
}

/// One size with all that is said beside it.
fn claim(tokens: &[Token], on: WrittenOn) -> Option<Found> {
    if tokens.iter().all(|token| matches!(token, Token::Word(_) | Token::Slash | Token::Dash))
        && is_sizeless(&joined(tokens))
    {
        return Some((Claim { form: Form::One, named: None, cut: Cut::default(), group: None }, None));
    }
    if is_said_of_the_first(tokens) {
        return None;
    }
    let (mut named, mut cut, mut group, mut extra) = (None, Cut::default(), None, 0);
    let mut core: Vec<Token> = Vec::with_capacity(tokens.len());
    // "r. 38" is short for a size in Polish and Russian.
    let tokens = match tokens {
        [Token::Word(word), rest @ ..]
            if matches!(word.as_str(), "r" | "р") && matches!(rest, [Token::Number(_), ..]) =>
        {
            rest
        }
        _ => tokens,
    };
    // "D 38 / F 40 / I 42" are the plates of cars.
    let tokens = match tokens {
        [Token::Word(word), rest @ ..] if on.is_clothes() && matches!(rest, [Token::Number(_), ..]) => {
            named = match word.as_str() {
                "d" => Some(Named::Eu),
                "f" => Some(Named::Fr),
                "i" => Some(Named::It),
                _ => None,
            };
            if named.is_some() { rest } else { tokens }
        }
        _ => tokens,
    };
    for (place, token) in tokens.iter().enumerate() {
        let next = || tokens[place + 1..].iter().find_map(Token::word).and_then(sense);
        let Some(sense) = token.word().and_then(sense) else {
            core.push(token.clone());
            continue;
        };
        match sense {
            Sense::Nothing => {}
            Sense::Extra if matches!(next(), Some(Sense::Length(_) | Sense::Width(_))) => extra += 1,
            Sense::Length(length) => cut = cut.join(Cut::with_length(length + extra * length.signum()))?,
            Sense::Width(width) => cut = cut.join(Cut::with_width(width + extra * width.signum()))?,
            Sense::For(people) if group.is_none_or(|group| group == people) => group = Some(people),
            Sense::Newborn if tokens.len() > 1 => group = Some(Group::Children),
            Sense::Named(system) if named.is_none_or(|named| named == system) => named = Some(system),
            Sense::Named(_) | Sense::For(_) => return None,
            Sense::Extra | Sense::Years | Sense::Months | Sense::Newborn => core.push(token.clone()),
        }
    }
    let (form, marks) = form(trimmed(&core), on)?;
    let Marks { named: marked, cut: marked_cut, group: marked_group, letter } = marks;
    // "40 Regular": European jackets are not cut three ways, and start at 44.
    let is_chest = on.group == Group::Men && on.garment == Garment::Outerwear && cut.length.is_some();
    let marked = marked.or_else(|| match form {
        Form::Numbers(span) if is_chest && span.between(30, 43) => Some(Named::Us),
        _ => None,
    });
    let claim = Claim { form, named: named.or(marked), cut: cut.join(marked_cut)?, group: group.or(marked_group) };
    Some((claim, letter))
}

/// "22 cm / 34": what stands behind the first of two numbers is not said of the second.
fn is_said_of_the_first(tokens: &[Token]) -> bool {
    let names = |token: &Token| matches!(token.word().and_then(sense), Some(Sense::Named(_)));
    let Some(mark) = tokens.iter().position(|token| matches!(token, Token::Slash | Token::Comma)) else { return false };
    let (first, second) = (&tokens[..mark], &tokens[mark + 1..]);
    first.len() > 1 && first.last().is_some_and(names) && !second.iter().any(names)
}

fn joined(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Word(word) => {
                if text.ends_with(char::is_alphabetic) {
                    text.push(' ');
                }
                text.push_str(word);
            }
            Token::Slash => text.push('/'),
            _ => text.push('-'),
        }
    }
    text
}

/// Where an M stands beside a W, they are men and women and no widths: "US 8 M / 9.5 W". Both are of the one system that is
/// named, which is America's where none is.
fn with_people(claims: Vec<Found>) -> Vec<Claim> {
    let stands = |letter: char| claims.iter().any(|(_, mark)| *mark == Some(letter));
    let by_letters = stands('m') && stands('w');
    let mut claims: Vec<Claim> = claims
        .into_iter()
        .map(|(claim, letter)| match letter.filter(|_| by_letters) {
            Some(letter) => {
                let group = if letter == 'm' { Group::Men } else { Group::Women };
                Claim { group: Some(group), cut: Cut { width: None, ..claim.cut }, ..claim }
            }
            None => claim,
        })
        .collect();
    let of = |group: Group| claims.iter().any(|claim| claim.group == Some(group));
    if of(Group::Men) && of(Group::Women) {
        let named = claims.iter().find_map(|claim| claim.named).unwrap_or(Named::Us);
        for claim in claims.iter_mut().filter(|claim| claim.group.is_some() && matches!(claim.form, Form::Numbers(_))) {
            claim.named.get_or_insert(named);
        }
    }
    claims
}
