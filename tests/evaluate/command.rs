//! `outfitter evaluate` as a command: what it prints where.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use outfitter::eval::{Options, Protocol, keys, options::Files};
use tempfile::TempDir;

use crate::files::good;

/// The program on one file, with no settings of whoever runs the test.
fn evaluate(protocol: &str, file: &Path, flags: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outfitter"));
    command.env_clear().args(["evaluate", protocol, "--data"]).arg(file).args(flags).output().unwrap()
}

#[test]
fn what_could_not_be_written_at_the_end_fails_before_the_beginning() {
    let folder = TempDir::new().unwrap();
    // Were it read, it would be named.
    let absent = folder.path().join("absent.csv");
    let check = |flags: &[&str], expected: &str| {
        let output = evaluate("discovery", &absent, flags);
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(expected) && !told.contains("absent.csv"), "{told}");
    };
    let path = |name: &str| folder.path().join(name).display().to_string();
    check(&["--json", &path("none/f.json")], "none/f.json: No such file or directory");
    check(&["--predictions", &path("none/f.tsv")], "none/f.tsv: No such file or directory");
    check(&["--json", &path("")], "there is a folder of this name");
    check(&["--json", &path("f"), "--predictions", &path("f")], "name the same file");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
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
