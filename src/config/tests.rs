//! What is in force for what was given.

use std::fs;

use super::*;
use crate::domain::rules::Rules;

fn flag(key: &str, value: &str) -> Given {
    Given { flags: vec![(format!("--set {key}"), key.into(), value.into())], ..Given::default() }
}

fn environment(name: &str, value: &str) -> Given {
    Given { environment: vec![(name.into(), value.into())], ..Given::default() }
}

#[test]
fn the_shipped_file_says_what_the_rules_are_without_it() {
    let config = load(&Given::default()).unwrap();
    assert_eq!(config.settings.rules, Rules::default());
    assert_eq!(config.settings.limits.message_bytes, 4 << 20);
    assert_eq!(config.settings.locales, None);
    assert!(config.warnings.is_empty());
}

#[test]
fn the_later_wins_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.toml");
    fs::write(&path, "listen = \"127.0.0.1:1\"\ndata = \"/d\"\n[limits]\nin_flight = 7\n").unwrap();
    let given = Given {
        file: Some(path.clone()),
        environment: vec![
            ("OUTFITTER_LIMITS_IN_FLIGHT".into(), "8".into()),
            ("OUTFITTER_LISTEN".into(), "127.0.0.1:2".into()),
            ("OUTFITTER_SERVICE_HOST".into(), "10.0.0.1".into()),
            ("OUTFITTER_LISEN".into(), "x".into()),
            ("HOME".into(), "/".into()),
        ],
        flags: vec![("--listen".into(), "listen".into(), "127.0.0.1:3".into())],
    };
    let config = load(&given).unwrap();
    assert_eq!(config.settings.listen.port(), 3);
    assert_eq!(config.settings.limits.in_flight, 8);
    assert_eq!(config.settings.data, PathBuf::from("/d"));
    assert_eq!(
        config.warnings,
        ["the environment variable OUTFITTER_LISEN sets nothing: did you mean OUTFITTER_LISTEN?"]
    );
    let text = config.in_force();
    for line in [
        "listen = \"127.0.0.1:3\"  # flag --listen",
        &format!("data = \"/d\"  # file {}", path.display()),
        "in_flight = 8  # environment OUTFITTER_LIMITS_IN_FLIGHT",
        "readers = 4  # default",
    ] {
        assert!(text.lines().any(|one| one == line), "{line:?} is not in\n{text}");
    }
    // What is printed can be given back.
    fs::write(&path, &text).unwrap();
    let again = load(&Given { file: Some(path), ..Given::default() }).unwrap();
    assert_eq!(again.settings.listen, config.settings.listen);
}

#[test]
fn every_key_can_come_from_the_environment() {
    let layers = Layers::defaults().unwrap();
    for key in ["listen", "limits.message_bytes", "rules.opener.recent_days"] {
        let name = key.replace('.', "_").to_uppercase();
        assert_eq!(layers.key_of_env(&name).as_deref(), Some(key));
    }
    let lists = environment("OUTFITTER_RULES_BOUGHT", "[{ category = [\"Coffee\"], lasts_days = 30 }]");
    assert_eq!(load(&lists).unwrap().settings.rules.bought[0].lasts_days, Some(30));
}

#[test]
fn what_is_deployed_sets_what_there_is() {
    let layers = Layers::defaults().unwrap();
    for text in [include_str!("../../deploy/Containerfile"), include_str!("../../deploy/kubernetes.yaml")] {
        let names = text.split(|c: char| !c.is_ascii_uppercase() && c != '_');
        let ours: Vec<&str> =
            names.filter_map(|name| name.strip_prefix(ENV_PREFIX)).filter(|name| !name.is_empty()).collect();
        assert!(ours.len() >= 3, "{ours:?}");
        for name in ours {
            assert!(name == "CONFIG" || layers.key_of_env(name).is_some(), "{name}");
        }
    }
    let yaml = include_str!("../../deploy/kubernetes.yaml");
    let inner = yaml.split("outfitter.toml: |\n").nth(1).and_then(|rest| rest.split("---").next()).unwrap();
    let inner: String = inner.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let mut layers = Layers::defaults().unwrap();
    layers.add_file(&inner, "kubernetes.yaml".as_ref()).unwrap();
    assert_eq!(settings::check(&layers).unwrap().log.format, LogFormat::Json);
}

#[test]
fn an_error_names_the_key_the_value_and_who_gave_it() {
    fn check(given: &Given, expected: &str) {
        assert_eq!(load(given).unwrap_err().to_string(), expected);
    }
    check(
        &flag("limits.mesage_bytes", "1"),
        "unknown key \"limits.mesage_bytes\" (flag --set limits.mesage_bytes): did you mean \"limits.message_bytes\"?",
    );
    check(
        &flag("in_flight", "1"),
        "unknown key \"in_flight\" (flag --set in_flight): did you mean \"limits.in_flight\"?",
    );
    check(
        &environment("OUTFITTER_LIMITS_IN_FLIGHT", "many"),
        "limits.in_flight = \"many\" (environment OUTFITTER_LIMITS_IN_FLIGHT): expected a whole number",
    );
    check(&flag("limits.in_flight", "0"), "limits.in_flight = 0 (flag --set limits.in_flight): expected 1 to 1048576");
    check(
        &flag("listen", "localhost"),
        "listen = \"localhost\" (flag --set listen): expected a host and a port, as 127.0.0.1:7411 or localhost:7411",
    );
    check(
        &flag("rules.size.least_agreement", "2"),
        "rules.size.least_agreement = 2.0 (flag --set rules.size.least_agreement): expected 0.5 to 1",
    );
    check(
        &flag("rules.time_zone", "Warsaw"),
        "rules.time_zone = \"Warsaw\" (flag --set rules.time_zone): expected the name of a time zone, as \"Europe/Warsaw\"",
    );
    check(
        &flag("web.origins", "[\"shop\"]"),
        "web.origins = [\"shop\"] (flag --set web.origins): an origin begins with https:// or http://: \"shop\"",
    );
    let unknown = load(&flag("rules.bought", "[{ category = [], lasts = 3 }]")).unwrap_err().to_string();
    assert!(unknown.contains("lasts_days"), "{unknown}");
    let missing = Given { file: Some("/nowhere.toml".into()), ..Given::default() };
    assert!(load(&missing).unwrap_err().to_string().starts_with("the configuration file /nowhere.toml can't be read"));
}
