//! The rules of the house, kept by a test, so that nobody has to remember them: which room may know which, how each file
//! opens, how long it may grow, what never stands in the code, what the image is built from.

#![expect(clippy::unwrap_used, reason = "a test that can't go on ends")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Who may import whom. A room that is not named here may not exist.
const MAY_IMPORT: [(&str, &[&str]); 13] = [
    ("domain", &[]),
    ("proto", &[]),
    ("store", &["domain"]),
    ("models", &["domain"]),
    ("tabular", &[]),
    ("eval", &["models", "tabular", "domain"]),
    ("import", &["tabular", "domain"]),
    ("demo", &["domain"]),
    ("grpc", &["proto", "domain"]),
    ("config", &["domain"]),
    ("telemetry", &[]),
    ("server", &["config", "telemetry", "grpc", "proto", "store", "models", "domain"]),
    (
        "cli",
        &[
            "config",
            "telemetry",
            "server",
            "grpc",
            "proto",
            "store",
            "models",
            "eval",
            "import",
            "tabular",
            "demo",
            "domain",
        ],
    ),
];

/// Crates that say how a thing is kept, sent or trained: the domain must not know.
const NOT_IN_DOMAIN: [&str; 10] =
    ["tonic", "prost", "moka", "linfa", "ndarray", "rusqlite", "tokio", "safetensors", "clap", "toml"];

/// Names that say nothing of what is in a file.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "helpers", "common", "types", "manager", "misc"];

/// A file that outgrows this holds more than one room.
const MOST_LINES: usize = 600;

struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

impl Source {
    /// `tests.rs`, and what lies in `tests/`.
    fn is_test(&self) -> bool {
        self.path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|ending| ending != "rs") {
                continue;
            }
            let relative = path.strip_prefix(&root).unwrap().to_owned();
            let first = relative.components().next().unwrap().as_os_str().to_string_lossy();
            let room = first.trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            sources.push(Source { path: relative, room, text });
        }
    }
    assert!(sources.len() > 20, "the sources are there");
    sources
}

/// The rooms that a source takes something from: `crate::room` and each branch of `crate::{room, room::{..}}`.
fn rooms_used(code: &str) -> Vec<String> {
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut used = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        let rest = &code[at + start.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            used.push(name_at(rest));
            continue;
        };
        let (mut depth, mut fresh) = (0, true);
        for (i, c) in group.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => fresh = true,
                c if fresh && c.is_alphabetic() => {
                    used.push(name_at(&group[i..]));
                    fresh = false;
                }
                _ => {}
            }
        }
    }
    used
}

fn name_at(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn rooms_are_read_from_every_form_of_use() {
    let code = "use crate::{domain::{Id, store::Seq}, proto};\nuse crate::models::x;\n// crate::cli\nfn f() { crate::demo::shop() }";
    assert_eq!(rooms_used(code), ["domain", "proto", "models", "demo"]);
}

#[test]
fn arrows_never_run_back_up() {
    let mut wrong = Vec::new();
    for source in sources() {
        if source.room == "main" || source.room == "lib" {
            continue;
        }
        let Some((_, may)) = MAY_IMPORT.iter().find(|(room, _)| *room == source.room) else {
            wrong.push(format!("{}: no rule for the room {:?}", source.path.display(), source.room));
            continue;
        };
        // What a test stands on is its own affair.
        if source.is_test() {
            continue;
        }
        let code = source.text.split("#[cfg(test)]").next().unwrap_or("");
        for used in rooms_used(code) {
            let ours = MAY_IMPORT.iter().any(|(room, _)| *room == used);
            if ours && used != source.room && !may.contains(&used.as_str()) {
                wrong.push(format!("{}: {} must not know {used}", source.path.display(), source.room));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_domain_names_no_machinery() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.room == "domain" && !source.is_test()) {
        let code = source.text.split("#[cfg(test)]").next().unwrap_or("");
        for name in NOT_IN_DOMAIN {
            if code.contains(&format!("{name}::")) {
                wrong.push(format!("{} names {name}", source.path.display()));
            }
        }
        for clock in ["SystemTime::now", "Instant::now", "thread_rng", "rand::random"] {
            if code.contains(clock) {
                wrong.push(format!("{} reads {clock}: it comes in with the question", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_file_opens_with_what_lives_in_it() {
    let mut wrong = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{} has no module doc", source.path.display()));
        }
        let stem = source.path.file_stem().unwrap().to_string_lossy().into_owned();
        if EMPTY_NAMES.contains(&stem.as_str()) || stem == "mod" {
            wrong.push(format!("{}: a name that says nothing", source.path.display()));
        }
        let lines = source.text.lines().count();
        if lines > MOST_LINES {
            wrong.push(format!("{}: {lines} lines, at most {MOST_LINES}", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_half_done() {
    let mut wrong = Vec::new();
    for source in sources() {
        for left in ["todo!(", "unimplemented!(", "dbg!(", "FIXME", "XXX", "#[allow("] {
            if source.text.contains(left) {
                wrong.push(format!("{}: {left}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// `include_str!` reads while the image is built, where only what was copied is there.
#[test]
fn what_is_compiled_in_is_copied_into_the_image() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let recipe = fs::read_to_string(root.join("deploy/Containerfile")).unwrap();
    let copied: Vec<PathBuf> = recipe
        .lines()
        .filter_map(|line| line.strip_prefix("COPY ").filter(|rest| !rest.starts_with("--")))
        .flat_map(|rest| rest.split_whitespace().rev().skip(1))
        .map(|source| root.join(source).canonicalize().unwrap())
        .collect();
    let (mut missing, mut count) = (Vec::new(), 0);
    for source in sources().iter().filter(|source| !source.is_test()) {
        for (at, start) in source.text.match_indices("include_str!(\"") {
            let named = source.text[at + start.len()..].split('"').next().unwrap();
            let path = root.join("src").join(&source.path).with_file_name(named).canonicalize().unwrap();
            count += 1;
            if !copied.iter().any(|copied| path.starts_with(copied)) {
                missing.push(format!("{} reads {named}", source.path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "the container file does not copy it: {}", missing.join(", "));
    assert!(count >= 7, "{count}");
}
