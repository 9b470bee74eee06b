//! Which version is in service, over folders that need not hold whole models.

use tempfile::{TempDir, tempdir};

use super::*;
use crate::domain::recommend::fixture;

fn folder(versions: &[&str], pointer: Option<&str>) -> (TempDir, Registry) {
    let root = tempdir().unwrap();
    for version in versions {
        fs::create_dir_all(root.path().join("shop").join(version)).unwrap();
    }
    if let Some(pointer) = pointer {
        fs::create_dir_all(root.path().join("shop")).unwrap();
        fs::write(root.path().join("shop/active"), pointer).unwrap();
    }
    let registry = Registry::new(root.path());
    (root, registry)
}

fn pointer(root: &TempDir) -> String {
    fs::read_to_string(root.path().join("shop/active")).unwrap()
}

#[test]
fn the_pointer_decides_and_else_the_newest() {
    let (_root, registry) = folder(&["1", "3", "2", ".draft-4"], None);
    assert_eq!(registry.versions("shop").unwrap(), ["3", "2", "1"]);
    assert_eq!(registry.pointed("shop").unwrap().as_deref(), Some("3"));
    assert_eq!(registry.pointed("other").unwrap(), None);
    registry.activate("shop", "1", Some("3")).unwrap();
    assert_eq!(registry.pointed("shop").unwrap().as_deref(), Some("1"));
}

#[test]
fn what_was_in_service_is_remembered_in_order() {
    let (root, registry) = folder(&["1", "2", "3"], None);
    for version in ["1", "2", "2", "1"] {
        registry.activate("shop", version, Some("3")).unwrap();
    }
    assert_eq!(pointer(&root), "3\n2\n1\n");
    registry.activate("shop", "3", None).unwrap();
    assert_eq!(pointer(&root), "2\n1\n3\n", "each once, so that going back goes further back");
    let mut left: Vec<_> =
        fs::read_dir(root.path().join("shop")).unwrap().map(|one| one.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, [".lock", "1", "2", "3", "active"], "no draft is left");

    let versions: Vec<String> = (1000..1200).map(|number| number.to_string()).collect();
    let (root, registry) = folder(&versions.iter().map(String::as_str).collect::<Vec<_>>(), None);
    for version in &versions {
        registry.activate("shop", version, None).unwrap();
    }
    assert_eq!(pointer(&root).lines().count(), REMEMBERED);
}

#[test]
fn unknown_versions_and_ways_out_of_the_folder_are_refused() {
    let (root, registry) = folder(&["1"], Some("1\n"));
    fs::create_dir_all(root.path().join("elsewhere")).unwrap();
    let catalog = fixture::catalog([]);
    for version in ["2", "", ".", "..", "../elsewhere", "active", "1/", "1\n", "\u{0}"] {
        let activated = registry.activate("shop", version, None);
        assert!(matches!(activated, Err(RegistryError::Unknown(_))), "{version:?}: {activated:?}");
        let loaded = registry.load("shop", version, &catalog.snapshot(), catalog.ids()).map(drop);
        assert!(matches!(loaded, Err(RegistryError::Unknown(_))), "{version:?}: {loaded:?}");
    }
    assert_eq!(pointer(&root), "1\n");
}

#[test]
fn a_damaged_pointer_is_told_and_written_anew_by_the_next_change() {
    for damaged in [&b""[..], b"\n", b"1\n\n2\n", b"../2\n", b"1\n\xff\xfe\n", b"\0\0\0\0"] {
        let (root, registry) = folder(&["1", "2"], None);
        fs::write(root.path().join("shop/active"), damaged).unwrap();
        let error = registry.pointed("shop").unwrap_err().to_string();
        assert!(error.contains("active is damaged"), "{error}");
        let catalog = fixture::catalog([]);
        let rolled_back = registry.roll_back("shop", None, &catalog.snapshot(), catalog.ids()).map(drop);
        assert!(matches!(rolled_back, Err(RegistryError::Io(_))), "{rolled_back:?}");
        assert_eq!(fs::read(root.path().join("shop/active")).unwrap(), damaged);
        // What serves is the newest that is whole, as without a pointer.
        let found = registry.active("shop", &catalog.snapshot(), catalog.ids()).unwrap();
        assert_eq!(found.refused.iter().map(|(version, _)| version.as_str()).collect::<Vec<_>>(), ["2", "1"]);
        registry.activate("shop", "1", Some("2")).unwrap();
        assert_eq!(pointer(&root), "2\n1\n");
    }
}

#[test]
fn nothing_to_roll_back_to_is_an_error_and_so_is_what_can_not_be_served() {
    let catalog = fixture::catalog([]);
    let roll_back =
        |registry: &Registry| registry.roll_back("shop", None, &catalog.snapshot(), catalog.ids()).map(drop);
    let (_root, registry) = folder(&[], None);
    assert!(matches!(roll_back(&registry), Err(RegistryError::NoneBefore)));
    let (root, registry) = folder(&["1", "2"], Some("2\n"));
    assert!(matches!(roll_back(&registry), Err(RegistryError::NoneBefore)));
    registry.activate("shop", "1", None).unwrap();
    let error = roll_back(&registry).unwrap_err();
    assert!(matches!(&error, RegistryError::Refused { version, .. } if version == "2"), "{error}");
    fs::remove_dir(root.path().join("shop/2")).unwrap();
    assert!(matches!(roll_back(&registry), Err(RegistryError::Unknown(_))));
    assert_eq!(pointer(&root), "2\n1\n");
}
