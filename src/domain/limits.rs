//! How long and how many: the bounds of what callers and files may bring. In one place, so that what can't be sent can't be
//! imported either. Ids have [`MAX_ID_CHARS`](crate::domain::MAX_ID_CHARS).

/// The longest name of a trait or an attribute, in characters.
pub const MAX_NAME_CHARS: usize = 64;

/// Signs that the name of an attribute may hold.
pub const ATTRIBUTE_SIGNS: &str = "_-";

/// Signs that the name of a trait may hold.
pub const TRAIT_SIGNS: &str = "_-.";

/// The longest value of a trait or an attribute, in characters.
pub const MAX_VALUE_CHARS: usize = 1_024;

/// The longest name of a brand, of a colour, of one step of a category or of a source, in characters.
pub const MAX_LABEL_CHARS: usize = 256;

/// The longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 1_000;

/// The longest address of an image, in characters.
pub const MAX_URI_CHARS: usize = 4_096;

/// The longest written size, in characters.
pub const MAX_SIZE_CHARS: usize = 128;

/// The longest category path, in steps.
pub const MAX_PATH_STEPS: usize = 10;

/// The most texts of one product: one a locale.
pub const MAX_TEXTS: usize = 100;

/// The most variants of one product.
pub const MAX_VARIANTS: usize = 1_000;

/// The most attributes of one product, or of one variant.
pub const MAX_ATTRIBUTES: usize = 100;

/// The most lines of one order.
pub const MAX_ITEMS: usize = 500;

/// The most products of one impression.
pub const MAX_SHOWN: usize = 1_000;

/// The most traits, declared sizes or consents that are said of a customer at once.
pub const MAX_SAID: usize = 100;

/// How many characters a text has, where these are more than so many.
pub fn chars_beyond(text: &str, most: usize) -> Option<usize> {
    // Bytes bound characters from above, so the count is only made where it can matter.
    if text.len() <= most {
        return None;
    }
    Some(text.chars().count()).filter(|chars| *chars > most)
}

/// The first character that a name of letters, digits and these signs may not hold.
pub fn odd_in_name(name: &str, signs: &str) -> Option<char> {
    name.chars().find(|c| !c.is_alphanumeric() && !signs.contains(*c))
}
