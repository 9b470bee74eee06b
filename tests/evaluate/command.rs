//! `outfitter evaluate` as a command: what it prints where.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use outfitter::evaluate::{Options, Protocol, keys, options::Files};
use tempfile::TempDir;

use crate::files::good;

/// The program on one file, with no settings of whoever runs the test.
fn evaluate(protocol: &str, file: &Path, flags: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outfitter"));
    command.env_clear().args(["evaluate", protocol, "--data"]).arg(file).args(flags).output().unwrap()
}

#[test]
fn keys_come_with_what_is_worth_knowing_of_the_files() {
    let folder = TempDir::new().unwrap();
    for (name, protocol) in Protocol::NAMED.iter().copied() {
        let path = good(name).write(&folder, "f.csv");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen('\n', "\nof one field\n", 1)).unwrap();
        let found = keys(protocol, &Options::new(Files::Whole(vec![path.clone()]))).unwrap();
        assert!(found.notes.iter().any(|note| note.contains("f.csv line 2: 1 fields")), "{name}: {:?}", found.notes);

        let output = evaluate(name, &path, &["--keys"]);
        let (told, hashes) = (String::from_utf8(output.stderr).unwrap(), String::from_utf8(output.stdout).unwrap());
        assert_eq!(
            told.lines().filter_map(|line| line.strip_prefix("note      ")).collect::<Vec<_>>(),
            found.notes,
            "{name}"
        );
        assert_eq!(hashes.lines().collect::<Vec<_>>(), found.sha256, "{name}");
    }
}
