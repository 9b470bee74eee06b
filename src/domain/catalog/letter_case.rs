//! Ids in another letter case than the catalogue's, as spreadsheets and tags of a site write them.
//!
//! Such an id leads to the one product or variant whose id has the same letters. Where several have them it leads nowhere:
//! shops do tell ids apart by case alone. Which ids were asked for is kept, since what has their letters may come later.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;

use crate::domain::{
    Id,
    catalog::{ProductIx, VariantIx},
};

/// What has an id in another letter case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Alike {
    pub(super) product: ProductIx,
    /// Where it is a variant's id, and not the product's own.
    pub(super) variant: Option<VariantIx>,
}

/// The ids of the catalogue by their letters.
#[derive(Debug, Default)]
pub(super) struct LetterCase {
    /// By a hash of the letters. Ids of digits alone have one case, and are not here.
    spelled: FxHashMap<u64, Spelled>,
    /// Ids that were asked for and are nobody's as they are written, by the same hash.
    asked: Mutex<FxHashMap<u64, Asked>>,
}

/// All that have ids of the same letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Spelled {
    count: u32,
    /// Numbers of the products and of the variants, each combined by exclusive or: of one its own.
    product: u32,
    variant: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// In this spelling alone, by its hash.
    Once(u64),
    /// In several.
    Variously,
}

/// A variant's number that none has.
const NO_VARIANT: u32 = u32::MAX;

impl LetterCase {
    /// What has an id of these letters.
    pub(super) fn find(&self, id: &Id) -> Option<Alike> {
        let spelled = self.spelled.get(&letters(id)?).filter(|spelled| spelled.count == 1)?;
        let variant = Some(VariantIx(spelled.variant)).filter(|variant| variant.0 != NO_VARIANT);
        Some(Alike { product: ProductIx(spelled.product), variant })
    }

    /// The same; what comes to have such an id is news from now on.
    pub(super) fn ask(&self, id: &Id) -> Option<Alike> {
        let spelling = hash(id.as_str());
        let mut asked = self.asked.lock();
        let known = asked.entry(letters(id)?).or_insert(Asked::Once(spelling));
        if *known != Asked::Once(spelling) {
            *known = Asked::Variously;
        }
        drop(asked);
        self.find(id)
    }

    /// Of one product: what had ids, and what has them now. True where an id that was asked for leads elsewhere now.
    pub(super) fn replace(&mut self, former: &[(Id, Alike)], now: &[(Id, Alike)]) -> bool {
        let all = || singles(former).chain(singles(now));
        let before: Vec<(&Id, Spelled)> = all().map(|(id, _)| (id, self.spelled(id))).collect();
        for (id, alike) in singles(former) {
            self.hold(id, *alike, false);
        }
        for (id, alike) in singles(now) {
            self.hold(id, *alike, true);
        }
        before.into_iter().any(|(id, before)| before.only() != self.spelled(id).only() && self.is_news(id, before))
    }

    fn spelled(&self, id: &Id) -> Spelled {
        letters(id).and_then(|letters| self.spelled.get(&letters)).copied().unwrap_or_default()
    }

    /// Whether anybody asked for these letters. Who asked for nothing but the id itself, and was led nowhere, still means it.
    fn is_news(&self, id: &Id, before: Spelled) -> bool {
        let asked = letters(id).and_then(|letters| self.asked.lock().get(&letters).copied());
        asked.is_some_and(|asked| before.only().is_some() || asked != Asked::Once(hash(id.as_str())))
    }

    fn hold(&mut self, id: &Id, alike: Alike, holds: bool) {
        let Some(key) = letters(id) else { return };
        let spelled = self.spelled.entry(key).or_default();
        spelled.product ^= alike.product.0;
        spelled.variant ^= alike.variant.map_or(NO_VARIANT, |variant| variant.0);
        spelled.count = if holds { spelled.count.saturating_add(1) } else { spelled.count.saturating_sub(1) };
        if spelled.count == 0 {
            self.spelled.remove(&key);
        }
    }
}

impl Spelled {
    fn only(self) -> Option<Self> {
        Some(self).filter(|spelled| spelled.count == 1)
    }
}

/// A variant that has its product's own id is told by the product.
fn singles(of_product: &[(Id, Alike)]) -> impl Iterator<Item = &(Id, Alike)> {
    let own = of_product.first().filter(|(_, alike)| alike.variant.is_none()).map(|(id, _)| letters(id));
    of_product.iter().filter(move |(id, alike)| alike.variant.is_none() || own != Some(letters(id)))
}

/// A hash of the letters; `None` where there is but one way to write them.
fn letters(id: &Id) -> Option<u64> {
    let has_case = id.as_str().chars().any(|letter| letter.is_lowercase() || letter.is_uppercase());
    has_case.then(|| hash(&id.as_str().to_lowercase()))
}

/// Ids come from callers: a hash that chosen ids can't easily make collide.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
