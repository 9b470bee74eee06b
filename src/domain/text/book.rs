//! The texts of one locale: read from its Fluent file, checked with every kind of number, then only formatted.

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;
use intl_memoizer::{Memoizable, concurrent::IntlLangMemoizer};
use unic_langid::LanguageIdentifier;

use crate::domain::{
    Locale, Money, TimeZone, Timestamp,
    recommend::ReasonCode,
    text::{
        MAX_NAME, MAX_SUBJECT, TextError, clean,
        format::Numbers,
        message::{MESSAGES, Message},
    },
};

/// What a message is filled in with.
pub type Args<'a> = FluentArgs<'a>;

/// The texts of one locale.
pub struct Book {
    locale: Locale,
    bundle: FluentBundle<FluentResource>,
    numbers: Numbers,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Book").field("locale", &self.locale).finish_non_exhaustive()
    }
}

/// Fluent asks for the numbers of its language itself, wherever a text names a count.
impl Memoizable for Numbers {
    type Args = ();
    type Error = ();

    fn construct(language: LanguageIdentifier, (): ()) -> Result<Self, ()> {
        language.to_string().parse().map(|locale| Self::of(&locale)).map_err(|_| ())
    }
}

fn write_number(value: &FluentValue<'_>, memo: &IntlLangMemoizer) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    // Texts count things: what they are given is a whole number, small enough for any float to hold.
    #[expect(clippy::cast_possible_truncation, reason = "counts are whole")]
    let whole = number.value as i64;
    memo.with_try_get::<Numbers, _, _>((), |numbers| numbers.whole(whole)).ok()
}

impl Book {
    /// Reads and checks. `own` goes over what is `shipped`.
    pub(super) fn new(locale: Locale, shipped: Option<&str>, own: Option<String>) -> Result<Self, TextError> {
        let mut bundle = FluentBundle::new_concurrent(vec![locale.language_identifier().clone()]);
        // Isolation marks would travel into chats and mails that show them as boxes. Names are cleaned instead.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(write_number));
        for source in shipped.map(str::to_owned).into_iter().chain(own) {
            bundle.add_resource_overriding(parse(&locale, source)?);
        }
        let book = Self { numbers: Numbers::of(&locale), locale, bundle };
        book.check()?;
        Ok(book)
    }

    /// That the texts are written in.
    pub const fn locale(&self) -> &Locale {
        &self.locale
    }

    /// One message, filled in. The key is of `MESSAGES`; the check at the start has seen it.
    pub fn say(&self, key: &str, args: &Args<'_>) -> String {
        self.format(key, args).unwrap_or_default()
    }

    /// How many wordings there are of a thing.
    pub fn wordings(key: &str) -> u32 {
        MESSAGES.iter().find(|message| message.key == key).and_then(|message| message.wordings).unwrap_or(0)
    }

    /// Day and month of the moment, as calendars of the zone show them.
    pub fn date(&self, time: Timestamp, zone: &TimeZone) -> String {
        let date = zone.date(time);
        let mut args = Args::new();
        args.set("day", date.day());
        args.set("month", date.month());
        self.say("date", &args)
    }

    /// An amount with its currency's sign at its place.
    pub fn price(&self, money: Money) -> String {
        let mut args = Args::new();
        args.set("amount", self.numbers.amount(money));
        args.set("currency", money.currency.code());
        self.say("price", &args)
    }

    /// "41, 42 and 43".
    pub fn list(&self, items: &[String]) -> String {
        let Some((last, before)) = items.split_last() else { return String::new() };
        if before.is_empty() {
            return last.clone();
        }
        let mut args = Args::new();
        args.set("first", before.join(", "));
        args.set("last", last.as_str());
        self.say("list-and", &args)
    }

    /// As [`crate::domain::text::Texts::reason`].
    pub fn reason(&self, code: ReasonCode, name: Option<&str>, subject: Option<&str>) -> String {
        let (key, about, longest) = match code {
            ReasonCode::GoesWithPurchase => ("reason-goes_with_purchase", name, MAX_NAME),
            ReasonCode::GoesWithCart => ("reason-goes_with_cart", name, MAX_NAME),
            ReasonCode::GoesWithInView => ("reason-goes_with_in_view", name, MAX_NAME),
            ReasonCode::LikeViewed => ("reason-like_viewed", name, MAX_NAME),
            ReasonCode::LikeInView => ("reason-like_in_view", name, MAX_NAME),
            ReasonCode::FavouriteBrand => ("reason-favourite_brand", subject, MAX_SUBJECT),
            ReasonCode::FavouriteCategory => ("reason-favourite_category", subject, MAX_SUBJECT),
            ReasonCode::PopularInSegment => ("reason-popular_in_segment", None, 0),
            ReasonCode::Popular => ("reason-popular", None, 0),
            ReasonCode::NewArrival => ("reason-new_arrival", None, 0),
            ReasonCode::DueAgain => ("reason-due_again", name, MAX_NAME),
            ReasonCode::RunsSmall => ("reason-runs_small", subject, MAX_SUBJECT),
            ReasonCode::RunsLarge => ("reason-runs_large", subject, MAX_SUBJECT),
        };
        let about = clean(about.unwrap_or_default(), longest);
        let mut args = Args::new();
        args.set("known", yes(!about.is_empty()));
        args.set("about", about);
        self.say(key, &args)
    }

    fn format(&self, key: &str, args: &Args<'_>) -> Result<String, String> {
        let pattern = self.bundle.get_message(key).and_then(|message| message.value()).ok_or("has no text")?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(args), &mut errors);
        match errors.first() {
            Some(error) => Err(error.to_string()),
            None => Ok(text.into_owned()),
        }
    }

    /// Says everything once with every kind of number, so that nothing is found missing in front of a customer.
    fn check(&self) -> Result<(), TextError> {
        for message in MESSAGES {
            for key in message.keys() {
                if !self.bundle.has_message(&key) {
                    return Err(TextError::Missing { locale: self.locale.clone(), key });
                }
                if let Some(what) = message.samples().find_map(|args| self.fault(&key, &args)) {
                    return Err(TextError::Broken { locale: self.locale.clone(), key, what });
                }
            }
        }
        Ok(())
    }

    fn fault(&self, key: &str, args: &Args<'_>) -> Option<String> {
        match self.format(key, args) {
            Ok(text) if text.trim().is_empty() => Some("says nothing".into()),
            Ok(_) => None,
            Err(what) => Some(what),
        }
    }
}

/// How a yes or a no is told to a text.
pub const fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

fn parse(locale: &Locale, source: String) -> Result<FluentResource, TextError> {
    // A file saved by a Windows editor begins with a mark that Fluent takes for text.
    let source = source.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(source);
    let resource = FluentResource::try_new(source).map_err(|(resource, errors)| {
        let first = errors.into_iter().next();
        let at = first.as_ref().map_or(0, |error| error.pos.start);
        TextError::Syntax {
            locale: locale.clone(),
            line: 1 + resource.source().bytes().take(at).filter(|byte| *byte == b'\n').count(),
            what: first.map_or_else(String::new, |error| error.to_string()),
        }
    })?;
    let unused = resource.entries().find_map(|entry| match entry {
        Entry::Message(message) if !MESSAGES.iter().any(|known| known.is(message.id.name)) => {
            Some(message.id.name.to_owned())
        }
        _ => None,
    });
    match unused {
        Some(key) => Err(TextError::Unused { locale: locale.clone(), key }),
        None => Ok(resource),
    }
}

impl Message {
    /// As the files name it, wording by wording.
    pub(super) fn keys(self) -> impl Iterator<Item = String> {
        let bare = self.wordings.is_none().then(|| self.key.to_owned());
        bare.into_iter().chain((1..=self.wordings.unwrap_or(0)).map(move |wording| format!("{}-{wording}", self.key)))
    }

    fn is(&self, name: &str) -> bool {
        self.keys().any(|key| key == name)
    }

    /// Values of every kind for all its variables and no other.
    fn samples(&self) -> impl Iterator<Item = Args<'static>> {
        let numbers = if self.variables.is_empty() { 0..=0 } else { 0..=102 };
        numbers.flat_map(|number| [self.sample(number, true), self.sample(number, false)])
    }

    fn sample(&self, number: i64, flag: bool) -> Args<'static> {
        let mut args = Args::new();
        for variable in self.variables {
            match *variable {
                "count" | "more" | "days" | "number" | "day" => args.set(*variable, number),
                "month" => args.set(*variable, number % 12 + 1),
                "known" | "sized" => args.set(*variable, yes(flag)),
                "direction" => args.set(*variable, if flag { "small" } else { "large" }),
                "currency" => args.set(*variable, if flag { "EUR" } else { "CHF" }),
                other => args.set(*variable, other.to_uppercase()),
            }
        }
        args
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(tag: &str) -> Book {
        let texts = crate::domain::text::Texts::new(&Locale::ENGLISH, []).unwrap();
        let locale: Locale = tag.parse().unwrap();
        assert_eq!(texts.book(&locale).locale(), &locale);
        let source = crate::domain::text::SHIPPED.iter().find(|(of, _)| *of == tag).unwrap().1;
        Book::new(locale, Some(source), None).unwrap()
    }

    fn plain(text: &str) -> String {
        text.replace(['\u{a0}', '\u{202f}'], " ")
    }

    #[test]
    fn counts_take_the_right_plural() {
        let check = |tag: &str, key: &str, variable: &str, numbers: [i64; 6], expected: [&str; 6]| {
            let book = book(tag);
            for (number, expected) in numbers.into_iter().zip(expected) {
                let mut args = Args::new();
                args.set("name", "X");
                args.set(variable, number);
                let said = plain(&book.say(key, &args));
                assert!(said.contains(expected), "{tag} {number}: {said:?} lacks {expected:?}");
            }
        };
        let numbers = [1, 2, 5, 21, 22, 25];
        let expected =
            ["minął 1 dzień", "minęły 2 dni", "minęło 5 dni", "minęło 21 dni", "minęły 22 dni", "minęło 25 dni"];
        check("pl", "consumable-due-2", "days", numbers, expected);
        let expected =
            ["прошёл 1 день", "прошло 2 дня", "прошло 5 дней", "прошёл 21 день", "прошло 22 дня", "прошло 25 дней"];
        check("ru", "consumable-due-2", "days", numbers, expected);
        let expected = ["One day has", "2 days have", "5 days have", "21 days have", "22 days have", "25 days have"];
        check("en", "consumable-due-2", "days", numbers, expected);
        let expected = [
            "została jedna rzecz",
            "zostały 2 rzeczy",
            "zostało 5 rzeczy",
            "zostało 21 rzeczy",
            "zostały 22 rzeczy",
            "zostało 25 rzeczy",
        ];
        check("pl", "cart-forgotten-3", "count", numbers, expected);
        let expected =
            ["ещё один товар", "ещё 2 товара", "ещё 5 товаров", "ещё 21 товар", "ещё 22 товара", "ещё 25 товаров"];
        check("ru", "named", "more", numbers, expected);
    }

    #[test]
    fn dates_prices_and_lists_are_the_locale_s() {
        let check = |tag: &str, expected: [&str; 5]| {
            let book = book(tag);
            let price = |minor, code: &str| book.price(Money { minor, currency: code.parse().unwrap() });
            // The 9th of November 2026.
            let date = book.date(Timestamp(1_794_182_400_000), &TimeZone::UTC);
            let said = [
                date,
                price(129_900, "PLN"),
                price(1_299, "GBP"),
                price(129_900, "RUB"),
                book.list(&["41".into(), "42".into(), "43".into()]),
            ];
            assert_eq!(said.map(|text| plain(&text)), expected, "{tag}");
        };
        check("pl", ["9 listopada", "1 299,00 zł", "12,99 £", "1 299,00 RUB", "41, 42 i 43"]);
        check("ru", ["9 ноября", "1 299,00 zł", "12,99 £", "1 299,00 ₽", "41, 42 и 43"]);
        check("en", ["9 November", "PLN 1,299.00", "£12.99", "RUB 1,299.00", "41, 42 and 43"]);
    }
}
