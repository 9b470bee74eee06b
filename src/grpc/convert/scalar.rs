//! Single values: ids, money, times, locales, names, counts.

use std::sync::Arc;

use crate::domain::{
    Currency, Id, Locale, Money, Timestamp,
    limits::{MAX_LABEL_CHARS, MAX_NAME_CHARS, MAX_PATH_STEPS, chars_beyond, odd_in_name},
};
use crate::grpc::convert::{At, Told, Violations};
use crate::proto;

/// An id that must be there.
pub fn id(text: String, at: At<'_>, bad: &mut Violations) -> Option<Id> {
    Id::new(text).inspect_err(|error| bad.add(at, error)).ok()
}

/// An id that may be left out.
pub fn optional_id(text: String, at: At<'_>, bad: &mut Violations) -> Option<Id> {
    if text.is_empty() { None } else { id(text, at, bad) }
}

/// A price that must be there.
pub fn price(money: Option<proto::Money>, at: At<'_>, bad: &mut Violations) -> Option<Money> {
    if money.is_none() {
        bad.add(at, "must be set");
    }
    optional_price(money, at, bad)
}

/// A price that may be left out.
pub fn optional_price(money: Option<proto::Money>, at: At<'_>, bad: &mut Violations) -> Option<Money> {
    let proto::Money { minor, currency } = money?;
    bad.check(minor >= 0, at.field("minor"), format_args!("must not be negative: {minor}"));
    if currency.is_empty() {
        bad.add(at.field("currency"), "must be set to an ISO 4217 code: \"\"");
        return None;
    }
    let currency: Currency = currency.parse().inspect_err(|error| bad.add(at.field("currency"), error)).ok()?;
    Some(Money { minor, currency })
}

/// As the contract writes it.
pub fn price_out(money: Money) -> proto::Money {
    proto::Money { minor: money.minor, currency: money.currency.code().to_owned() }
}

/// A language tag that may be left out.
pub fn optional_locale(tag: &str, at: At<'_>, bad: &mut Violations) -> Option<Locale> {
    if tag.is_empty() { None } else { locale(tag, at, bad) }
}

/// A language by its BCP 47 tag.
pub fn locale(tag: &str, at: At<'_>, bad: &mut Violations) -> Option<Locale> {
    tag.parse().inspect_err(|error| bad.add(at, error)).ok()
}

/// A moment, zero where it was left out.
pub fn optional_time(ms: i64, at: At<'_>, bad: &mut Violations) -> Option<Timestamp> {
    bad.check(ms >= 0, at, format_args!("must not be before 1970: {ms}"));
    (ms > 0).then_some(Timestamp(ms))
}

/// Of how many units, prices and the like a shop can have.
pub fn unsigned(number: i64, at: At<'_>, bad: &mut Violations) -> Option<u32> {
    let fits = u32::try_from(number).ok();
    match fits {
        None if number < 0 => bad.add(at, format_args!("must not be negative: {number}")),
        None => bad.add(at, format_args!("must not be more than {}: {number}", u32::MAX)),
        Some(_) => {}
    }
    fits
}

/// Letters, digits, and some signs.
pub fn name(text: &str, signs: &str, at: At<'_>, bad: &mut Violations) -> Option<Arc<str>> {
    if text.is_empty() {
        bad.add(at, "must not be empty");
    } else if let Some(chars) = chars_beyond(text, MAX_NAME_CHARS) {
        bad.add(at, format_args!("has at most {MAX_NAME_CHARS} characters, this one has {chars}"));
    } else if let Some(odd) = odd_in_name(text, signs) {
        bad.add(at, format_args!("takes letters, digits and {signs:?}, not {odd:?}: {text:?}"));
    } else {
        return Some(text.into());
    }
    None
}

/// A category, from the widest step to the narrowest.
pub fn category_path(steps: Vec<String>, parent: At<'_>, field: &'static str, bad: &mut Violations) -> Vec<Arc<str>> {
    let count = steps.len();
    bad.check(
        count <= MAX_PATH_STEPS,
        parent.field(field),
        format_args!("has at most {MAX_PATH_STEPS} steps, this one has {count}"),
    );
    let mut taken = Vec::with_capacity(count.min(MAX_PATH_STEPS));
    for (i, step) in steps.into_iter().enumerate() {
        taken.push(label(step, parent.item(field, i), bad));
    }
    taken
}

/// A name that must say something, of at most [`MAX_LABEL_CHARS`].
pub fn label(label: String, at: At<'_>, bad: &mut Violations) -> Arc<str> {
    bad.check(!label.trim().is_empty(), at, format_args!("must not be empty: {}", Told(&label)));
    text(label, MAX_LABEL_CHARS, at, bad)
}

/// A text that may be empty and has so many characters at most.
pub fn text(text: String, most: usize, at: At<'_>, bad: &mut Violations) -> Arc<str> {
    if let Some(chars) = chars_beyond(&text, most) {
        bad.add(at, format_args!("has at most {most} characters, this one has {chars}: {}", Told(&text)));
    }
    text.into()
}

/// How many things make a page: zero is the default, more than the most is the most.
pub fn page_size(asked: i32, default: usize, most: usize, bad: &mut Violations) -> Option<usize> {
    let Ok(size) = usize::try_from(asked) else {
        bad.add(At::Request.field("page_size"), format_args!("must not be negative: {asked}"));
        return None;
    };
    Some(if size == 0 { default } else { size.min(most) })
}

/// How many there must be of a repeated field.
pub fn count(number: usize, least: usize, most: usize, at: At<'_>, bad: &mut Violations) {
    bad.check(number >= least, at, format_args!("needs at least {least}, got {number}"));
    bad.check(number <= most, at, format_args!("takes at most {most}, got {number}"));
}
