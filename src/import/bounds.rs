//! The bounds of the contract, for what stands in files: what can't be sent can't be imported either.

use std::sync::Arc;

use crate::{
    domain::limits::{MAX_LABEL_CHARS, MAX_NAME_CHARS, MAX_PATH_STEPS, chars_beyond, odd_in_name},
    import::row_error::Reason,
};

/// A text of so many characters at most.
///
/// # Errors
/// Where it has more.
pub fn text(text: &str, most: usize) -> Result<Arc<str>, Reason> {
    match chars_beyond(text, most) {
        None => Ok(text.into()),
        Some(_) => Err(Reason::TooManyChars(most)),
    }
}

/// The name of a brand, a source and the like, which must say something.
///
/// # Errors
/// Where it is blank or too long.
pub fn label(label: &str) -> Result<Arc<str>, Reason> {
    if label.trim().is_empty() { Err(Reason::Missing) } else { text(label, MAX_LABEL_CHARS) }
}

/// A name of letters, digits and these signs.
///
/// # Errors
/// Where it is empty, too long, or holds something else.
pub fn name(name: &str, signs: &str) -> Result<Arc<str>, Reason> {
    if name.is_empty() {
        return Err(Reason::Missing);
    }
    if odd_in_name(name, signs).is_some() {
        return Err(Reason::NotName);
    }
    text(name, MAX_NAME_CHARS)
}

/// So many of something at most.
///
/// # Errors
/// Where there are more.
pub const fn count(number: usize, most: usize) -> Result<(), Reason> {
    if number > most { Err(Reason::TooMany(most)) } else { Ok(()) }
}

/// A category, from the widest step to the narrowest; steps that say nothing are no steps.
///
/// # Errors
/// Where it has too many steps, or one of them is too long.
pub fn path<'a>(steps: impl IntoIterator<Item = &'a str>) -> Result<Vec<Arc<str>>, Reason> {
    let steps = steps.into_iter().map(str::trim).filter(|step| !step.is_empty());
    let steps: Vec<Arc<str>> = steps.map(label).collect::<Result<_, _>>()?;
    count(steps.len(), MAX_PATH_STEPS)?;
    Ok(steps)
}
