//! The rules of the contract's style, so that nobody needs another tool to keep them: those of `buf lint` that a change is
//! likely to break. `buf.yaml` stands ready for the tool itself.

#![expect(clippy::unwrap_used, reason = "a test that can't go on ends")]

use std::collections::BTreeMap;

use outfitter::proto::FILE_DESCRIPTOR_SET;
use prost_reflect::{DescriptorPool, EnumDescriptor, FileDescriptor, Kind, MessageDescriptor};

const PACKAGE: &str = "outfitter.v1";

fn pool() -> DescriptorPool {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap()
}

fn is_snake(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// "`SizeSystem`" -> "`SIZE_SYSTEM_`".
fn prefix(name: &str) -> String {
    let mut prefix = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            prefix.push('_');
        }
        prefix.push(c.to_ascii_uppercase());
    }
    prefix + "_"
}

#[test]
fn services_and_their_messages_are_named_alike() {
    let mut used = BTreeMap::<String, usize>::new();
    for service in pool().services() {
        assert!(service.name().ends_with("Service"), "{}", service.name());
        for method in service.methods() {
            let (input, output) = (method.input().name().to_owned(), method.output().name().to_owned());
            assert_eq!(input, format!("{}Request", method.name()));
            assert_eq!(output, format!("{}Response", method.name()));
            for name in [input, output] {
                *used.entry(name).or_default() += 1;
            }
        }
    }
    assert!(used.len() >= 40 && used.values().all(|times| *times == 1), "{used:?}");
}

#[test]
fn enumerations_begin_with_what_is_not_said() {
    let check = |one: EnumDescriptor| {
        let prefix = prefix(one.name());
        assert_eq!(one.get_value(0).unwrap().name(), format!("{prefix}UNSPECIFIED"));
        assert!(one.values().all(|value| value.name().starts_with(&prefix)), "{}", one.name());
    };
    pool().all_enums().for_each(check);
}

#[test]
fn files_fields_and_packages_are_where_they_belong() {
    for file in pool().files() {
        assert_eq!(file.package_name(), PACKAGE);
        assert!(
            file.name().starts_with("outfitter/v1/")
                && is_snake(&file.name()["outfitter/v1/".len()..].replace(".proto", ""))
        );
        for needed in file.dependencies() {
            assert!(uses(&file, &needed), "{} imports {} for nothing", file.name(), needed.name());
        }
    }
    for message in pool().all_messages() {
        assert!(message.fields().all(|field| is_snake(field.name())), "{}", message.name());
    }
}

/// Whether a message or a method of the file speaks of something in the other.
fn uses(file: &FileDescriptor, other: &FileDescriptor) -> bool {
    let of_field = |kind: Kind| match kind {
        Kind::Message(message) => message.parent_file() == *other,
        Kind::Enum(one) => one.parent_file() == *other,
        _ => false,
    };
    let of_message = |message: MessageDescriptor| message.fields().any(|field| of_field(field.kind()));
    file.messages().any(of_message)
}

#[test]
fn what_was_taken_out_stays_reserved() {
    let message = pool().get_message_by_name("outfitter.v1.FeatureContribution").unwrap();
    assert!(message.reserved_ranges().any(|range| range.contains(&4)));
    assert!(message.reserved_names().any(|name| name == "weight"));
}
