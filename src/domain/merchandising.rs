//! What the shop's merchandisers have decided: rules that pin, hide, boost and bury products, each for some placements, some
//! segments of customers and a window of time.
//!
//! They are durable in the store; here is what answers read: a list that is swapped whole when a rule is written or deleted,
//! before that is acknowledged. What a rule does to an answer is `recommend::steering`.

use std::sync::Arc;

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Id, Timestamp,
    recommend::{Filter, Placement, Weighting},
    store::{Change, Observer},
};

/// Rules of one shop at most: each that applies is asked of every candidate.
pub const MOST_RULES: usize = 1_000;

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MerchandisingRule {
    /// The shop's id: a rule of the same id takes its place.
    pub id: Id,
    /// What it does.
    pub action: Action,
    /// Where it applies. Empty: everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placements: Vec<Placement>,
    /// To whom it applies, letter case apart: to whoever is in any of these. Empty: to everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Arc<str>>,
    /// The first moment. `None`: it applies already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The first moment after it. `None`: it does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// What a rule does to products.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Puts one product at a place of the answer, where it may be offered.
    Pin {
        /// The product.
        product: Id,
        /// Counted from one.
        position: u32,
    },
    /// Offers none of these.
    Hide(Filter),
    /// Shows these before others that are as good.
    Boost(Weighting),
    /// Shows these behind others that are as good.
    Bury(Weighting),
}

impl MerchandisingRule {
    /// Whether it applies at this place and moment, whoever asks.
    pub fn is_in_force(&self, placement: Placement, now: Timestamp) -> bool {
        let is_here = self.placements.is_empty() || self.placements.contains(&placement);
        is_here && self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// Whether it applies to a customer who is in these segments.
    pub fn is_for(&self, segments: &[String]) -> bool {
        let is_hers = |wanted: &Arc<str>| segments.contains(&wanted.trim().to_lowercase());
        self.segments.is_empty() || self.segments.iter().any(is_hers)
    }
}

/// The rules of one shop, in the order of their ids.
#[derive(Debug, Default)]
pub struct Merchandising(ArcSwap<Vec<Arc<MerchandisingRule>>>);

impl Merchandising {
    /// Takes in what is durable: for start-up.
    pub fn load(&self, rules: impl IntoIterator<Item = MerchandisingRule>) {
        let mut all: Vec<Arc<MerchandisingRule>> = rules.into_iter().map(Arc::new).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        self.0.store(Arc::new(all));
    }

    /// All of them, as they are now.
    pub fn rules(&self) -> Arc<Vec<Arc<MerchandisingRule>>> {
        self.0.load_full()
    }
}

impl Observer for Merchandising {
    fn committed(&self, changes: &[Change]) {
        let is_rule = |change: &&Change| matches!(change, Change::Rule(_) | Change::RuleDeleted(_));
        let mut changes = changes.iter().filter(is_rule).peekable();
        if changes.peek().is_none() {
            return;
        }
        let mut rules = Vec::clone(&self.0.load());
        for change in changes {
            match change {
                Change::Rule(rule) => match rules.binary_search_by(|one| one.id.cmp(&rule.id)) {
                    Ok(place) => rules[place] = Arc::clone(rule),
                    Err(place) => rules.insert(place, Arc::clone(rule)),
                },
                Change::RuleDeleted(id) => rules.retain(|one| one.id != *id),
                _ => {}
            }
        }
        self.0.store(Arc::new(rules));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str) -> MerchandisingRule {
        let action = Action::Pin { product: Id::new("p").unwrap(), position: 1 };
        let id = Id::new(id).unwrap();
        MerchandisingRule { id, action, placements: Vec::new(), segments: Vec::new(), from: None, until: None }
    }

    #[test]
    fn a_rule_applies_in_its_window_at_its_places_to_its_segments() {
        let check = |rule: &MerchandisingRule, placement, now, segments: &[&str], expected: bool| {
            let segments: Vec<String> = segments.iter().map(ToString::to_string).collect();
            let applies = rule.is_in_force(placement, Timestamp(now)) && rule.is_for(&segments);
            assert_eq!(applies, expected, "{rule:?} {placement:?} {now} {segments:?}");
        };
        check(&rule("all"), Placement::Chat, 0, &[], true);
        let limited = MerchandisingRule {
            placements: vec![Placement::Home, Placement::Cart],
            segments: vec!["VIP ".into(), "new".into()],
            from: Some(Timestamp(10)),
            until: Some(Timestamp(20)),
            ..rule("limited")
        };
        check(&limited, Placement::Cart, 10, &["vip"], true);
        check(&limited, Placement::Cart, 19, &["other", "new"], true);
        check(&limited, Placement::Cart, 9, &["vip"], false);
        check(&limited, Placement::Cart, 20, &["vip"], false);
        check(&limited, Placement::Feed, 10, &["vip"], false);
        check(&limited, Placement::Home, 10, &["vi"], false);
        check(&limited, Placement::Home, 10, &[], false);
    }

    #[test]
    fn commits_keep_the_rules_in_the_order_of_ids() {
        let live = Merchandising::default();
        live.load([rule("c"), rule("a")]);
        let upsert = |id| Change::Rule(Arc::new(MerchandisingRule { until: Some(Timestamp(1)), ..rule(id) }));
        live.committed(&[upsert("b"), upsert("a"), Change::RuleDeleted(Id::new("c").unwrap())]);
        let rules = live.rules();
        let ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        assert!(rules.iter().all(|rule| rule.until == Some(Timestamp(1))));
    }
}
