//! What the shop's rules say of a category, looked up once per category and not once per product.

use rustc_hash::FxHashMap;

use crate::domain::{
    catalog::{CategoryIx, Ids, SizeSystem},
    rules::Rules,
};

/// The rules that are set by category, with an answer at hand for each category that was asked about before.
#[derive(Debug)]
pub(super) struct CategoryRules {
    bought: FxHashMap<CategoryIx, Option<u32>>,
    systems: FxHashMap<CategoryIx, SizeSystem>,
    known: FxHashMap<CategoryIx, Decided>,
}

/// What holds in one category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decided {
    /// Days after which one unit is due again; `None`: never.
    pub(super) replenish_days: Option<u32>,
    /// What sizes are written in where the product does not say.
    pub(super) size_system: Option<SizeSystem>,
}

impl CategoryRules {
    /// Of two rules for one category the later holds.
    pub(super) fn new(rules: &Rules, ids: &Ids) -> Self {
        Self {
            bought: rules.bought.iter().map(|rule| (ids.category(&rule.category), rule.lasts_days)).collect(),
            systems: rules.size_systems.iter().map(|rule| (ids.category(&rule.category), rule.system)).collect(),
            known: FxHashMap::default(),
        }
    }

    /// The most specific rules that hold in the category: its own, else those of the nearest above it.
    pub(super) fn of(&mut self, category: CategoryIx, ids: &Ids) -> Decided {
        if let Some(decided) = self.known.get(&category) {
            return *decided;
        }
        let own = self.bought.get(&category).copied();
        let system = self.systems.get(&category).copied();
        let decided = match ids.category_of(category) {
            Some(node) if node.parent != category => {
                let above = self.of(node.parent, ids);
                Decided {
                    replenish_days: own.unwrap_or(above.replenish_days),
                    size_system: system.or(above.size_system),
                }
            }
            _ => Decided { replenish_days: own.flatten(), size_system: system },
        };
        self.known.insert(category, decided);
        decided
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rules::{BoughtRule, SizeSystemRule};

    #[test]
    fn the_most_specific_rule_decides() {
        let path = |steps: &[&str]| steps.iter().map(|step| (*step).into()).collect::<Vec<_>>();
        let bought = |steps: &[&str], lasts_days| BoughtRule { category: path(steps), lasts_days };
        let rules = Rules {
            bought: vec![
                bought(&[], Some(900)),
                bought(&["Food"], Some(30)),
                bought(&["food", "COFFEE"], Some(14)),
                bought(&["Food", "Coffee", "Machines"], None),
            ],
            size_systems: vec![SizeSystemRule { category: path(&["Shoes"]), system: SizeSystem::Uk }],
            ..Rules::default()
        };
        let ids = Ids::default();
        let mut of = CategoryRules::new(&rules, &ids);
        let mut check = |steps: &[&str], replenish_days, size_system| {
            let decided = of.of(ids.category(steps), &ids);
            assert_eq!(decided, Decided { replenish_days, size_system }, "{steps:?}");
        };
        check(&[], Some(900), None);
        check(&["Garden", "Tools"], Some(900), None);
        check(&["Food", "Tea"], Some(30), None);
        check(&["Food", "Coffee", "Beans"], Some(14), None);
        check(&["Food", "Coffee", "Machines", "Espresso"], None, None);
        check(&["Coffee"], Some(900), None);
        check(&["shoes", "Boots"], Some(900), Some(SizeSystem::Uk));
    }
}
