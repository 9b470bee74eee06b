//! Training on shops with and without something to learn, and what becomes of the files of a model.

use std::{
    fs,
    path::Path,
    sync::{Arc, LazyLock},
};

use tempfile::tempdir;

use crate::demo::{self, Scale};
use crate::domain::catalog::Catalog;
use crate::domain::event::Event;
use crate::domain::recommend::fixture::{self, NOW, bought, product};
use crate::domain::recommend::{Ranking, Scenario, Scorer, Source};
use crate::domain::rules::Rules;
use crate::models::data::interactions::Interactions;
use crate::models::ranking::Ranker;
use crate::models::{
    self, Against, Budget, Interval, LearnError, LoadError, RankingCard, Registry, Run, SourceSet, TrainError, Trained,
    after, load,
    training::{
        feature_selection::{MOST_FEATURES, MOST_SOURCES},
        source_set::CountedSources,
    },
};

/// Debug builds solve slowly.
const SMALL: Budget = Budget { learn_from: 60, judge_by: 200 };

fn shop() -> (Vec<Event>, Arc<Catalog>) {
    let shop = demo::shop(7, Scale { products: 200, customers: 250, days: 120 }, NOW);
    let catalog = fixture::catalog(shop.products);
    (shop.events, catalog)
}

fn train(events: &[Event], catalog: &Catalog, seed: u64) -> Result<Trained, TrainError> {
    let run = Run { seed, budget: SMALL, ..Run::default() };
    models::train(events, &catalog.snapshot(), catalog.ids(), &Rules::default(), run, &mut |_| {})
}

/// Trained once for all tests that only read it.
static TRAINED: LazyLock<Trained> = LazyLock::new(|| {
    let (events, catalog) = shop();
    train(&events, &catalog, 1).unwrap()
});

#[test]
fn what_is_learned_beats_every_source_alone_on_what_came_later() {
    let personal = &TRAINED.card.rankings[0];
    assert_eq!(personal.scenario, Scenario::Personal);
    let figures = &personal.figures;
    assert!(figures.len() > 1, "{figures:#?}");
    assert!(
        personal.cold_start.iter().any(|one| one.of == "customers without an interaction"),
        "{:?}",
        personal.cold_start
    );
    for one in &personal.cold_start {
        assert!(one.questions > 0 && (one.blend - one.popular - one.gains.mean).abs() < 1e-5, "{one:?}");
    }
    assert!(figures.iter().filter(|one| one.model != "blend").all(|one| one.blend_gains.mean > 0.0), "{figures:#?}");
    assert!(personal.judging_questions > 50, "{}", personal.judging_questions);
    for one in figures {
        let measure = one.ndcg_at_10;
        assert!(measure.low <= measure.mean && measure.mean <= measure.high && measure.high <= 1.0, "{one:?}");
    }
}

#[test]
fn what_serves_is_what_moves_scores() {
    let text = TRAINED.card.text();
    for (card, ranking) in TRAINED.card.rankings.iter().zip(&TRAINED.rankings) {
        assert!(card.sources.len() <= MOST_SOURCES, "{:?}", card.sources);
        let gains = ranking.ranker.gains(1.0, &vec![1.0; card.features.len()]);
        assert!(gains.iter().filter(|gain| **gain > 0.0).count() <= MOST_FEATURES, "{gains:?}");
        for name in &card.sources {
            let own = card.features.iter().zip(&gains).filter(|(feature, _)| feature.starts_with(&format!("{name}.")));
            assert!(own.count() > 0, "{name}");
            assert!(!TRAINED.card.left_out.iter().any(|out| out.starts_with(&format!("{name} "))), "{name}");
        }
        assert!(text.contains(&format!("Sources: {}.", card.sources.join(", "))), "{text}");
    }
}

#[test]
fn what_is_counted_does_not_depend_on_the_numbers_of_products() {
    let (events, catalog) = shop();
    let other = fixture::catalog([]);
    for event in events.iter().rev() {
        for id in event.kind.products() {
            other.ids().product(id);
        }
    }
    other.load(catalog.snapshot().iter().map(|row| (*row.product).clone()));
    let (interactions, vocabulary) = Interactions::read(&events[..], &other.snapshot(), other.ids()).unwrap();
    let until = (after(&interactions), Rules::default().session_idle_ms);
    let counted =
        CountedSources::count(&SourceSet::all(), &interactions, &Arc::new(vocabulary), &other.snapshot(), until);
    let (interactions, items) = Interactions::read(&events[..], &catalog.snapshot(), catalog.ids()).unwrap();
    let former = CountedSources::count(&SourceSet::all(), &interactions, &Arc::new(items), &catalog.snapshot(), until);
    assert_eq!(counted.items.ids(), former.items.ids());
    assert_eq!((&counted.goes_with, &counted.seen_with), (&former.goes_with, &former.seen_with));
    assert_eq!(counted.popularity, former.popularity);
}

#[test]
fn trained_again_saved_and_loaded_it_is_the_same_to_the_byte() {
    let (events, catalog) = shop();
    let mut incumbent = TRAINED.clone();
    incumbent.card.version = "20200101T000000-aaaaaaaaaaaa".into();
    let run = Run { incumbent: Some(&incumbent), budget: SMALL, ..Run::default() };
    let mut again =
        models::train(&events[..], &catalog.snapshot(), catalog.ids(), &Rules::default(), run, &mut |_| {}).unwrap();
    assert_eq!(again.rankings, TRAINED.rankings);
    let against = again.card.against.take().unwrap();
    assert_eq!(again.card, TRAINED.card);
    assert_eq!(against.version, incumbent.card.version);
    let same = Interval { mean: 0.0, low: 0.0, high: 0.0 };
    let gains: Vec<_> = TRAINED.card.rankings.iter().map(|card| (card.scenario, same)).collect();
    assert_eq!(against.gains, gains, "it orders as the other does");
    assert!(!against.is_worse() && against.words().ends_with("not to be told apart"), "{}", against.words());
    let folder = tempdir().unwrap();
    let registry = Registry::new(folder.path());
    let place = registry.save("shop", &TRAINED).unwrap();
    let bytes = || fs::read(place.join("weights.safetensors")).unwrap();
    let before = bytes();
    assert_eq!(registry.save("shop", &again).unwrap(), place, "the same version");
    assert_eq!(bytes(), before);
    assert!(fs::read_to_string(place.join("card.md")).unwrap().contains("| blend |"));
    let loaded = registry.active("shop", &catalog.snapshot(), catalog.ids()).unwrap().model.unwrap();
    assert_eq!(loaded.card, TRAINED.card);
    assert_eq!(loaded.counted.popularity.general, TRAINED.counted.popularity.general);
    let model = loaded.model(&catalog.snapshot()).unwrap();
    assert!(model.trained && model.version == TRAINED.card.version);
    let score = |scorer: &dyn Scorer| {
        let mut scores = Vec::new();
        scorer.score(&vec![0.5; scorer.width()], &mut scores);
        scores[0].to_bits()
    };
    for (card, ranking) in TRAINED.card.rankings.iter().zip(&TRAINED.rankings) {
        let served = model.ranking_of(card.scenario).scorers().next().unwrap();
        assert_eq!(score(served), score(&ranking.ranker), "{}", card.scenario.name());
    }
}

#[test]
fn a_model_computes_what_its_ranking_reads_and_scores_as_with_all() {
    let (_, catalog) = shop();
    let model = TRAINED.model(&catalog.snapshot()).unwrap();
    for (card, ranking) in TRAINED.card.rankings.iter().zip(&TRAINED.rankings).filter(|(_, one)| one.floors.is_empty())
    {
        scores_as_with_all(model.ranking_of(card.scenario), card, &ranking.ranker);
    }
}

fn scores_as_with_all(served: &Ranking, card: &RankingCard, ranking: &Ranker) {
    let read = ranking.reads();
    let names: Vec<&str> = served.features().iter().map(AsRef::as_ref).collect();
    assert!(!read.is_empty() && read.len() < card.features.len(), "{} are read", read.len());
    assert_eq!(names, read.iter().map(|feature| &*card.features[*feature]).collect::<Vec<_>>());
    let unread = |source: &dyn Source| names.iter().all(|name| !name.starts_with(&format!("{}.", source.name())));
    assert!(served.sources().iter().all(|source| source.brings() || !unread(source.as_ref())), "none for nothing");
    let numbers = (0_u16..).map(|number| f32::from(number * 37 % 101) / 50.0 - 1.0);
    let whole: Vec<f32> = numbers.take(7 * ranking.width()).collect();
    let rows = whole.chunks_exact(ranking.width());
    let narrow: Vec<f32> = rows.clone().flat_map(|row| read.iter().map(|feature| row[*feature])).collect();
    let scores = |scorer: &dyn Scorer, rows: &[f32]| {
        let mut scores = Vec::new();
        scorer.score(rows, &mut scores);
        scores.into_iter().map(f32::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(scores(served.scorers().next().unwrap(), &narrow), scores(ranking, &whole));
    for (row, narrow) in rows.zip(narrow.chunks_exact(read.len())) {
        let parts = ranking.parts(row);
        assert_eq!(
            served.scorers().next().unwrap().parts(narrow),
            read.iter().map(|feature| parts[*feature]).collect::<Vec<_>>()
        );
    }
    let one_by_one: Vec<f32> = whole.chunks_exact(ranking.width()).flat_map(|row| ranking.parts(row)).collect();
    assert_eq!(ranking.parts(&whole), one_by_one);
}

#[test]
fn logs_that_say_too_little_are_told_so() {
    let catalog = fixture::catalog([product("ż🥾", "", "", 100)]);
    let forever_the_same: Vec<Event> = fixture::events((0..90).map(|day| (day, bought("ż🥾"))));
    for events in [vec![], fixture::events([(1, bought("ż🥾"))]), forever_the_same] {
        let error = train(&events, &catalog, 1).map(drop).unwrap_err();
        assert!(matches!(error, TrainError::Learn(LearnError::TooLittle { found: 0, .. })), "{error}");
    }
}

fn saved(root: &Path) -> std::path::PathBuf {
    TRAINED.save(root, "shop").unwrap()
}

fn error_of(folder: &Path) -> LoadError {
    let (_, catalog) = shop();
    load(folder, &catalog.snapshot(), catalog.ids()).map(drop).unwrap_err()
}

#[test]
fn damaged_files_are_refused_with_the_reason() {
    let damage = |file: &str, change: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        let root = tempdir().unwrap();
        let path = saved(root.path()).join(file);
        fs::write(&path, change(fs::read(&path).unwrap())).unwrap();
        error_of(path.parent().unwrap())
    };
    let cut = |share: usize| move |bytes: Vec<u8>| bytes[..bytes.len() * share / 10].to_vec();
    let replaced = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(from, to).into_bytes()
    };
    let manifest = "manifest.json";
    for share in [0, 1, 5, 9] {
        let weights = damage("weights.safetensors", &cut(share));
        assert!(matches!(weights, LoadError::Damaged(_)), "{weights}");
        assert!(matches!(damage(manifest, &cut(share)), LoadError::Damaged(_)));
    }
    let newer = damage(manifest, &|_| b"{\"format\": 6, \"shape\": \"of tomorrow\"}".to_vec());
    assert_eq!(newer.to_string(), "the model has format 6, this program reads format 5");
    let older = damage(manifest, &replaced("\"format\": 5", "\"format\": 4"));
    assert_eq!(older.to_string(), "the model has format 4, this program reads format 5");
    let feature = TRAINED.card.rankings[0].features.last().unwrap();
    let renamed = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        text.replace(&format!("\"{feature}\""), "\"profile.colour_seen\"").into_bytes()
    };
    let other = damage(manifest, &renamed);
    assert!(matches!(&other, LoadError::OtherFeatures(name) if name == "profile.colour_seen"), "{other}");
    let root = tempdir().unwrap();
    assert!(matches!(error_of(root.path()), LoadError::Io { .. }));
}

#[test]
fn weights_that_point_outside_are_refused_though_the_hash_is_right() {
    let (events, catalog) = shop();
    let sources = ["nearest_sessions", "this_visit", "goes_with", "popular"].map(str::to_owned);
    let run = Run { budget: SMALL, sources: SourceSet::named(&sources).unwrap(), ..Run::default() };
    let few = models::train(&events[..], &catalog.snapshot(), catalog.ids(), &Rules::default(), run, &mut |_| {});
    let few = few.unwrap();
    assert_eq!(few.card.rankings[0].sources, sources);
    let damage = |change: &dyn Fn(&mut Trained)| {
        let mut wrong = few.clone();
        change(&mut wrong);
        let root = tempdir().unwrap();
        error_of(&wrong.named().save(root.path(), "shop").unwrap())
    };
    let lists = |wrong: &Trained| (**wrong.counted.goes_with.as_ref().unwrap()).clone();
    let item = damage(&|wrong| {
        let mut changed = lists(wrong);
        changed.links[0].0 = u32::MAX;
        wrong.counted.goes_with = Some(changed.into());
    });
    assert_eq!(item.to_string(), "the model is damaged: goes_with points outside of itself");
    let offset = damage(&|wrong| {
        let mut changed = lists(wrong);
        changed.offsets[1] = u32::MAX;
        wrong.counted.goes_with = Some(changed.into());
    });
    assert!(matches!(offset, LoadError::Damaged(_)), "{offset}");
    let share = damage(&|wrong| wrong.counted.popularity.general[0] = f32::NAN);
    assert!(matches!(share, LoadError::Damaged(_)), "{share}");
}

#[test]
fn the_newest_whole_version_of_this_shop_is_found() {
    let (_, catalog) = shop();
    let root = tempdir().unwrap();
    let registry = Registry::new(root.path());
    let newest = |catalog: &Catalog| registry.active("shop", &catalog.snapshot(), catalog.ids()).unwrap();
    assert!(newest(&catalog).model.is_none(), "no folder yet");
    let place = saved(root.path());
    let later = place.with_file_name("99990101T000000-abcdefabcdef");
    fs::create_dir(&later).unwrap();
    fs::write(later.join("manifest.json"), "{").unwrap();
    let found = newest(&catalog);
    assert_eq!(found.model.unwrap().card.version, TRAINED.card.version);
    assert!(matches!(found.refused[..], [(_, LoadError::Damaged(_))]), "{:?}", found.refused);
    let strangers = (0..300).map(|n| product(&format!("strange-{n}"), "", "", 100));
    let found = newest(&fixture::catalog(strangers));
    assert!(found.model.is_none());
    assert!(matches!(found.refused[1].1, LoadError::OtherCatalogue { known: 0, products: 300 }));
}

/// Another model of the same weights, that did so beside another.
fn beside(version: &str, other: &str, high: f64) -> Trained {
    let mut model = TRAINED.clone();
    model.card.version = version.into();
    let gains = Interval { mean: high - 0.01, low: high - 0.02, high };
    model.card.against = Some(Against { version: other.into(), gains: vec![(Scenario::Personal, gains)] });
    model
}

#[test]
fn a_worse_model_is_saved_and_not_put_into_service() {
    let (_, catalog) = shop();
    let active = |registry: &Registry| {
        let found = registry.active("shop", &catalog.snapshot(), catalog.ids()).unwrap();
        (found.model.unwrap().card.version.to_string(), found.refused.len())
    };
    // Whether a pointer stands there already or not.
    for pointer in [false, true] {
        let root = tempdir().unwrap();
        let registry = Registry::new(root.path());
        let first = if pointer {
            registry.adopt("shop", &TRAINED, None, false).unwrap()
        } else {
            (registry.save("shop", &TRAINED).unwrap(), true)
        };
        assert!(first.1);
        let version = &*TRAINED.card.version;
        let worse = beside("99990101T000000-bbbbbbbbbbbb", version, -0.001);
        let (place, activated) = registry.adopt("shop", &worse, Some(version), false).unwrap();
        assert!(!activated && place.join("card.md").is_file());
        assert!(fs::read_to_string(place.join("card.md")).unwrap().contains("worse beyond noise"));
        assert_eq!(active(&registry), (version.to_owned(), 0));
        assert_eq!(registry.card("shop", &worse.card.version).unwrap(), worse.card);
        let as_good = beside("99990102T000000-cccccccccccc", version, 0.001);
        assert!(registry.adopt("shop", &as_good, Some(version), false).unwrap().1);
        assert_eq!(active(&registry).0, &*as_good.card.version);
        let rolled_back = registry.roll_back("shop", None, &catalog.snapshot(), catalog.ids()).unwrap();
        assert_eq!(rolled_back.card.version, TRAINED.card.version);
        assert!(registry.adopt("shop", &worse, Some(version), true).unwrap().1, "if one must");
        assert_eq!(active(&registry).0, &*worse.card.version);
    }
}

#[test]
fn what_can_not_be_served_any_more_gives_way_to_what_was_before_it() {
    let (_, catalog) = shop();
    let root = tempdir().unwrap();
    let registry = Registry::new(root.path());
    let later = beside("99990101T000000-bbbbbbbbbbbb", &TRAINED.card.version, 0.1);
    registry.adopt("shop", &TRAINED, None, false).unwrap();
    let never = beside("99990102T000000-cccccccccccc", &TRAINED.card.version, -0.1);
    registry.adopt("shop", &never, None, false).unwrap();
    let (place, _) = registry.adopt("shop", &later, None, false).unwrap();
    fs::write(place.join("weights.safetensors"), b"").unwrap();
    let found = registry.active("shop", &catalog.snapshot(), catalog.ids()).unwrap();
    assert_eq!(found.model.unwrap().card.version, TRAINED.card.version, "not the worse one, though it is newer");
    assert_eq!(found.refused.len(), 1);
}

#[test]
fn the_model_in_the_repository_serves_the_demo_shop() {
    let made = demo::shop(42, Scale { customers: 1, days: 1, ..Scale::default() }, NOW);
    let catalog = fixture::catalog(made.products);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let found = Registry::new(folder).active("shop", &catalog.snapshot(), catalog.ids()).unwrap();
    assert!(found.refused.is_empty(), "{:?}", found.refused);
    let model = found.model.expect("a model of the demo shop").model(&catalog.snapshot()).unwrap();
    let popular = model.popular.order();
    assert_eq!(popular.len(), Scale::default().products, "it knows every product");
    assert!(popular.iter().all(|product| catalog.snapshot().contains(*product)));
}
