//! What is done to a request that was valid: to its fields, by their descriptors, or to its bytes.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage as _, Value};
use rand::{Rng as _, seq::SliceRandom as _};

use crate::Lot;

/// How deep a field may lie that is changed.
const DEEPEST: usize = 6;

/// Changes some fields.
pub fn of_fields(message: &mut DynamicMessage, lot: &mut Lot) {
    for _ in 0..lot.gen_range(1..4) {
        one_field(message, lot, 0);
    }
}

/// Changes some bytes, takes some away, or puts some in.
pub fn of_bytes(bytes: &mut Vec<u8>, lot: &mut Lot) {
    for _ in 0..lot.gen_range(1..4) {
        let place = lot.gen_range(0..=bytes.len());
        match lot.gen_range(0..4) {
            0 if place < bytes.len() => bytes[place] = lot.r#gen(),
            1 => bytes.truncate(place),
            2 => bytes.insert(place, lot.r#gen()),
            _ => {
                let strange: Vec<u8> = (0..lot.gen_range(1..30)).map(|_| lot.r#gen()).collect();
                bytes.splice(place..place, strange);
            }
        }
    }
}

fn one_field(message: &mut DynamicMessage, lot: &mut Lot, depth: usize) {
    let fields: Vec<FieldDescriptor> = message.descriptor().fields().collect();
    let Some(field) = fields.choose(lot).cloned() else { return };
    // Deeper where there is something deeper, more often than not.
    if depth < DEEPEST && lot.gen_bool(0.6) {
        match message.get_field_mut(&field) {
            Value::Message(inner) => return one_field(inner, lot, depth + 1),
            Value::List(items) if !items.is_empty() => {
                let place = lot.gen_range(0..items.len());
                if let Value::Message(inner) = &mut items[place] {
                    return one_field(inner, lot, depth + 1);
                }
            }
            _ => {}
        }
    }
    if lot.gen_bool(0.2) {
        message.clear_field(&field);
    } else if field.is_list() {
        let mut items = message.get_field(&field).as_list().map(<[Value]>::to_vec).unwrap_or_default();
        list(&field.kind(), &mut items, lot, depth);
        message.set_field(&field, Value::List(items));
    } else {
        let value = strange(&field.kind(), lot, depth);
        message.set_field(&field, value);
    }
}

fn list(kind: &Kind, items: &mut Vec<Value>, lot: &mut Lot, depth: usize) {
    match lot.gen_range(0..4) {
        // One more than is taken, of most lists.
        0 if !items.is_empty() => {
            let item = items[lot.gen_range(0..items.len())].clone();
            items.resize(*[101, 501, 1_001].choose(lot).unwrap_or(&101), item);
        }
        1 if !items.is_empty() => {
            let item = items[lot.gen_range(0..items.len())].clone();
            items.push(item);
        }
        2 => items.reverse(),
        _ => items.push(strange(kind, lot, depth)),
    }
}

/// A value at an end of what its type holds, or of what a rule lets pass.
fn strange(kind: &Kind, lot: &mut Lot, depth: usize) -> Value {
    const NUMBERS: [i64; 16] = [
        0,
        1,
        -1,
        2,
        99,
        1_000,
        1_001,
        i32::MAX as i64,
        i32::MIN as i64,
        u32::MAX as i64,
        1 << 53,
        i64::MAX,
        i64::MIN,
        86_400_000,
        253_402_300_800_000,
        -377_705_116_800_000,
    ];
    let number = NUMBERS[lot.gen_range(0..NUMBERS.len())];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "any number will do")]
    match kind {
        Kind::Double | Kind::Float => Value::F64(f64::NAN),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(number as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(number),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(number as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(number as u64),
        Kind::Bool => Value::Bool(lot.r#gen()),
        Kind::String => Value::String(text(lot)),
        Kind::Bytes => Value::Bytes(vec![0xff; 3].into()),
        Kind::Enum(_) => Value::EnumNumber(number as i32 % 20),
        Kind::Message(inner) => {
            let mut message = DynamicMessage::new(inner.clone());
            if depth < DEEPEST {
                one_field(&mut message, lot, depth + 1);
            }
            Value::Message(message)
        }
    }
}

fn text(lot: &mut Lot) -> String {
    const TEXTS: [&str; 24] = [
        "",
        " ",
        "undefined",
        "null",
        "\u{0}",
        "a\nb",
        "\u{200b}",
        "\u{feff}c",
        "ż",
        "🦀",
        "..",
        "../../etc/passwd",
        "%s%n",
        "'; DROP TABLE events; --",
        "{ $name }",
        "-0",
        "NaN",
        "1e999",
        "c1",
        "p1",
        "EUR",
        "XXX",
        "pl-PL-x-y",
        "\u{202e}abc",
    ];
    let text = TEXTS[lot.gen_range(0..TEXTS.len())];
    match lot.gen_range(0..8) {
        0 => text.repeat(200),
        1 => "x".repeat(*[64, 65, 128, 129, 256, 257, 1_024, 4_097, 70_000].choose(lot).unwrap_or(&64)),
        _ => text.to_owned(),
    }
}

/// Whether the number stands in a field `code` of an `ItemError`, however deep.
pub fn has_item_error(value: &Value, code: i32) -> bool {
    match value {
        Value::Message(message) => {
            let is_it = message.descriptor().name() == "ItemError"
                && message.get_field_by_name("code").is_some_and(|found| found.as_i32() == Some(code));
            is_it || message.fields().any(|(_, inner)| has_item_error(inner, code))
        }
        Value::List(items) => items.iter().any(|item| has_item_error(item, code)),
        Value::Map(entries) => entries.iter().any(|(_, value): (&MapKey, &Value)| has_item_error(value, code)),
        _ => false,
    }
}

/// Whether any item was refused.
pub fn has_refused_item(message: &DynamicMessage) -> bool {
    let value = Value::Message(message.clone());
    (1..17).any(|code| has_item_error(&value, code))
}
