//! The promises against a naive oracle, over random catalogues and histories: nothing bought, sold out or in a wrong size is
//! offered, and nothing that may be offered is withheld.
//!
//! `OUTFITTER_CASES` sets how many cases a run has (10,000 where it is not set), `OUTFITTER_SEED` the first of them (0). A case
//! that fails is made smaller before it is shown.

#![expect(clippy::unwrap_used, reason = "a test")]

mod oracle;
mod random;

use std::{collections::BTreeMap, env, sync::Arc, thread};

use outfitter::domain::{
    Id,
    catalog::{Catalog, Ids, Product},
    customer::Profile,
    merchandising::{Action, MerchandisingRule},
    recommend::{
        CompiledFilter, CompiledSteering, Eligibility, Filter, Ineligibility, Placement, RequestContext, SizeNote,
        Steering, UserHistory,
    },
    sizing::{Sizes, Wardrobe},
    store::{Change, Observer, Seq},
};

use random::{Case, Step};

/// The variant that is offered and why that one, or the rule that forbids.
type Verdict = Result<(Id, SizeNote), Ineligibility>;

/// How two verdicts on one product differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// Offered against a promise.
    Broken,
    /// Kept from her though it may be offered.
    Withheld,
    /// Another rule, another variant or another note.
    Other,
}

/// The shop as its own code sees it.
struct Shop<'a> {
    case: &'a Case,
    catalog: Catalog,
    profile: Profile,
}

impl<'a> Shop<'a> {
    fn new(case: &'a Case) -> Self {
        let catalog = Catalog::new(Arc::new(Ids::default()), Arc::new(Sizes::default()), &case.rules);
        catalog.load(case.products.iter().cloned());
        let profile = Profile::of(Vec::new(), &case.events, Seq(1), catalog.ids());
        Self { case, catalog, profile }
    }

    /// On every product, at the moment of the case.
    fn verdicts(&self) -> Vec<(Id, Verdict)> {
        let snapshot = self.catalog.snapshot();
        let ids = self.catalog.ids();
        let cart: Vec<_> = self.case.cart.iter().map(|id| (ids.product(id), None)).collect();
        let context = RequestContext {
            now: random::NOW,
            catalog: &snapshot,
            ids,
            profile: &self.profile,
            history: &UserHistory::default(),
            placement: Placement::Home,
            channel: None,
            in_view: self.case.in_view.as_ref().map(|id| ids.product(id)),
            cart: &cart,
        };
        let rules = &self.case.rules;
        let wardrobe = Wardrobe::of(&self.profile, &snapshot, self.catalog.sizes(), &rules.size, context.now);
        let filter = CompiledFilter::new(&self.case.filter, ids, context.now);
        let hidden: Vec<MerchandisingRule> = self.case.hidden.iter().map(hides).collect();
        let steering = CompiledSteering::new(&Steering::default(), hidden.iter(), ids, context.now);
        let eligibility = Eligibility::new(&context, rules, &wardrobe, &filter).with_steering(&steering);
        let verdict = |id: Id| {
            let product = ids.product(&id);
            let verdict = eligibility.verdict(product);
            let explained = eligibility.rules(product).into_iter().find(|rule| rule.forbids).map(|rule| rule.rule);
            assert_eq!(explained, verdict.err(), "the explanation names another rule");
            (id, verdict.map(|fitting| (ids.variant_id(fitting.variant).unwrap(), fitting.size_note)))
        };
        random::product_ids().map(verdict).collect()
    }
}

fn hides(filter: &Filter) -> MerchandisingRule {
    MerchandisingRule {
        id: Id::new("r").unwrap(),
        action: Action::Hide(filter.clone()),
        placements: Vec::new(),
        segments: Vec::new(),
        from: None,
        until: None,
    }
}

/// Takes the step in the raw list, which is all that the oracle sees, and gives the change that the shop is told.
fn take(step: &Step, products: &mut Vec<Product>) -> Option<Change> {
    match step {
        Step::Upsert(product) => {
            products.retain(|one| one.id != product.id);
            products.push(product.clone());
            Some(Change::Product(Arc::new(product.clone())))
        }
        Step::Delete(id) => {
            products.retain(|one| one.id != *id);
            Some(Change::ProductDeleted(id.clone()))
        }
        Step::Stock { product, variant, stock, availability, price } => {
            let product = products.iter_mut().find(|one| one.id == *product)?;
            let count = product.variants.len();
            let variant = product.variants.get_mut(variant % count.max(1))?;
            variant.stock = *stock;
            variant.availability = *availability;
            variant.price = *price;
            Some(Change::Product(Arc::new(product.clone())))
        }
    }
}

/// Goes through the case; what differs, and what was decided how often.
fn differences(case: &Case, decided: &mut BTreeMap<String, u64>) -> Vec<(Difference, String)> {
    let shop = Shop::new(case);
    let mut products = case.products.clone();
    let mut found = Vec::new();
    for at in 0..=case.batches.len() {
        if at > 0 {
            let changes: Vec<Change> =
                case.batches[at - 1].iter().filter_map(|step| take(step, &mut products)).collect();
            shop.catalog.committed(&changes);
        }
        for (product, verdict) in shop.verdicts() {
            let expected = oracle::verdict(case, &products, &product);
            let kind = expected.as_ref().map_or_else(|rule| format!("{rule:?}"), |(_, note)| format!("{note:?}"));
            *decided.entry(kind).or_default() += 1;
            if verdict == expected {
                continue;
            }
            let difference = match (&verdict, &expected) {
                (Ok(_), Err(_)) => Difference::Broken,
                (Err(_), Ok(_)) => Difference::Withheld,
                _ => Difference::Other,
            };
            found.push((difference, format!("after {at} batches, {product:?}: {verdict:?} but {expected:?}")));
        }
    }
    found
}

/// Leaves out of the case what the failure does not need.
fn smaller(mut case: Case) -> Case {
    let fails = |case: &Case| !differences(case, &mut BTreeMap::new()).is_empty();
    loop {
        let before = case.parts();
        for part in (0..before).rev() {
            let without = case.without(part);
            if fails(&without) {
                case = without;
            }
        }
        if case.parts() == before {
            return case;
        }
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text:?}")))
}

#[test]
fn promises_are_kept_and_nothing_is_withheld() {
    let (cases, first) = (number("OUTFITTER_CASES", 10_000), number("OUTFITTER_SEED", 0));
    let workers = thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let decided = thread::scope(|scope| {
        let run = |worker: u64| {
            let mut decided = BTreeMap::new();
            for seed in (first..first + cases).filter(|seed| seed % workers == worker) {
                let case = random::case(seed);
                if !differences(&case, &mut decided).is_empty() {
                    let case = smaller(case);
                    let found = differences(&case, &mut BTreeMap::new());
                    panic!("seed {seed}: {found:#?}\n{case:#?}");
                }
            }
            decided
        };
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || run(worker))).collect();
        let mut decided: BTreeMap<String, u64> = BTreeMap::new();
        for worker in workers {
            let part = worker.join().unwrap_or_else(|_| panic!("a case failed: see above"));
            for (kind, count) in part {
                *decided.entry(kind).or_default() += count;
            }
        }
        decided
    });
    println!("{cases} cases, zero broken, zero withheld; decided: {decided:?}");
    // A run in which some rule never decides would show nothing about it.
    if cases >= 1_000 {
        let total: u64 = decided.values().sum();
        let rules = Ineligibility::ALL.map(|rule| format!("{rule:?}"));
        let notes = [SizeNote::Declared, SizeNote::Unknown, SizeNote::OneSize].map(|note| format!("{note:?}"));
        for kind in rules.iter().chain(&notes) {
            let count = decided.get(kind).copied().unwrap_or_default();
            assert!(count * 200 >= total, "{kind} decided only {count} of {total}");
        }
    }
}
