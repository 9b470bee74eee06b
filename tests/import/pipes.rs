//! A reader that has seen enough (`| head`) ends no command, and loses nothing.

use std::{
    fs,
    process::{Command, Output, Stdio},
};

use outfitter::domain::store::Store as _;
use tempfile::TempDir;

use super::{call, outfitter, store};

/// The command, whose output and errors nobody reads.
fn unread(mut command: Command) -> Output {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    child.wait_with_output().unwrap()
}

#[test]
fn an_import_goes_on_writing_when_nobody_reads_what_it_says() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("calls.jsonl");
    let data = folder.path().join("data").display().to_string();
    let import = || {
        let mut command = outfitter();
        command.args(["import", "events"]).arg(&file).args(["--data", &data]);
        command
    };
    fs::write(&file, "rubbish\n".repeat(50) + &(0..5_000).map(call).collect::<String>()).unwrap();
    let ended = unread(import());
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(store(folder.path()).counts().unwrap().events, 5_000);
    // What fails still fails.
    fs::write(&file, "rubbish\n".repeat(50)).unwrap();
    let ended = unread(import());
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
}

#[test]
fn what_only_prints_ends_well() {
    for arguments in [&["config"][..], &["--help"], &["import", "--help"]] {
        let mut command = outfitter();
        command.args(arguments);
        let ended = unread(command);
        assert_eq!(ended.status.code(), Some(0), "{arguments:?}: {ended:?}");
    }
}
