//! What may be offered, found the slow way: from the raw lists, with strings and single units, each rule as the contract says
//! it. Shares no code with what it checks but the nouns.

use outfitter::domain::{
    Id, Timestamp,
    catalog::{Audience, Availability, Garment, Product, Variant},
    event::{Event, EventKind},
    recommend::{Filter, Ineligibility, NumberRange, SizeNote},
};

use crate::{
    Verdict,
    random::{Case, NOW},
};

/// The verdict on one product, with the catalogue as it is by now.
pub fn verdict(case: &Case, products: &[Product], id: &Id) -> Verdict {
    let Some(product) = products.iter().find(|one| one.id == *id) else {
        return Err(Ineligibility::UnknownProduct);
    };
    if is_bought(case, product) {
        return Err(Ineligibility::Bought);
    }
    let mut variants: Vec<&Variant> = product.variants.iter().filter(|variant| sells(variant)).collect();
    if variants.is_empty() {
        return Err(Ineligibility::SoldOut);
    }
    let hers = declared(&case.events, product);
    variants.retain(|variant| suits(hers.as_deref(), product, variant) != Suits::Not);
    if variants.is_empty() {
        return Err(Ineligibility::WrongSize);
    }
    if case.in_view.as_ref() == Some(id) || case.cart.contains(id) {
        return Err(Ineligibility::InContext);
    }
    variants.retain(|variant| passes(&case.filter, product, variant));
    if variants.is_empty() {
        return Err(Ineligibility::Filtered);
    }
    variants.retain(|variant| !case.hidden.iter().any(|hidden| passes(hidden, product, variant)));
    // What surely fits goes before what nothing can be said of.
    let sure = variants.iter().any(|variant| suits(hers.as_deref(), product, variant) == Suits::Well);
    if sure {
        variants.retain(|variant| suits(hers.as_deref(), product, variant) == Suits::Well);
    }
    let offered = preferred(&case.events, product, variants, !sure).ok_or(Ineligibility::Hidden)?;
    let note = if offered.size.is_empty() || product.garment == Some(Garment::None) {
        SizeNote::OneSize
    } else if suits(hers.as_deref(), product, offered) == Suits::Well {
        SizeNote::Declared
    } else {
        SizeNote::Unknown
    };
    Ok((offered.id.clone(), note))
}

#[derive(PartialEq, Eq)]
enum Suits {
    Well,
    /// Nobody can say.
    Perhaps,
    Not,
}

/// The sizes of these shops are each their own, letter case apart; one of them no system knows. That one is the size of who
/// says so herself; otherwise nothing follows from it, neither for the others nor against it.
fn suits(hers: Option<&str>, product: &Product, variant: &Variant) -> Suits {
    if product.garment == Some(Garment::None) {
        return Suits::Well;
    }
    match (hers, variant.size.to_lowercase().as_str()) {
        (_, "") => Suits::Well,
        (Some(hers), size) if hers == size => Suits::Well,
        (None | Some("blob"), _) | (_, "blob") => Suits::Perhaps,
        (Some(_), _) => Suits::Not,
    }
}

fn sells(variant: &Variant) -> bool {
    let left = variant.stock.is_none_or(|stock| stock > 0);
    let later = [Availability::Backorder, Availability::Preorder].contains(&variant.availability);
    later || (variant.availability == Availability::InStock && left)
}

/// One thing that she took home.
struct Unit<'a> {
    bought: Timestamp,
    order: &'a Id,
    variant: Option<&'a Id>,
}

/// What an order or a return says of one line: when it was first told, when last, and how many then.
struct Line<'a> {
    order: &'a Id,
    named: bool,
    variant: Option<&'a Id>,
    place: usize,
    first: Timestamp,
    last: (Timestamp, u32),
}

/// Each line of orders, or of returns, of one product once.
fn lines<'a>(case: &'a Case, product: &Product, back: bool) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    for event in in_order(&case.events) {
        let (order, items) = match &event.kind {
            EventKind::Purchased { order, items } if !back => (order, items),
            EventKind::Returned { order, items, .. } if back => (order, items),
            _ => continue,
        };
        let own: Vec<_> = items.iter().filter(|item| item.product == product.id).collect();
        let with_variant = own.iter().filter(|item| item.variant.is_some()).count();
        for (i, item) in own.iter().enumerate() {
            let equal = own[..i].iter().filter(|before| before.variant == item.variant).count();
            let place = if item.variant.is_none() { with_variant + equal } else { equal };
            let (named, order) = (order.is_some(), order.as_ref().unwrap_or(&event.id));
            let variant = item.variant.as_ref();
            let told = (event.time, item.quantity);
            let known = lines
                .iter_mut()
                .find(|line| (line.order, line.named, line.variant, line.place) == (order, named, variant, place));
            match known {
                Some(line) => line.last = line.last.max(told),
                None => lines.push(Line { order, named, variant, place, first: event.time, last: told }),
            }
        }
    }
    let with_variant: Vec<(bool, &Id)> =
        lines.iter().filter(|line| line.variant.is_some()).map(|line| (line.named, line.order)).collect();
    lines.retain(|line| {
        let others = with_variant.iter().filter(|other| **other == (line.named, line.order)).count();
        line.variant.is_some() || line.place >= others
    });
    lines
}

fn in_order(events: &[Event]) -> Vec<&Event> {
    let mut events: Vec<&Event> = events.iter().collect();
    events.sort_by_key(|event| (event.time, event.id.clone()));
    events
}

fn is_bought(case: &Case, product: &Product) -> bool {
    let bought = lines(case, product, false);
    let mut units: Vec<Unit<'_>> = Vec::new();
    for line in &bought {
        for _ in 0..line.last.1 {
            units.push(Unit { bought: line.first, order: line.order, variant: line.variant });
        }
    }
    units.sort_by_key(|unit| unit.bought);
    let mut returns = lines(case, product, true);
    // What names its order first, the rest as it happened.
    returns.sort_by_key(|line| (!line.named, line.first));
    for line in returns {
        for _ in 0..line.last.1 {
            let mine = |unit: &Unit<'_>| {
                if line.named { unit.order == line.order } else { unit.bought <= line.first }
            };
            let alike = |unit: &Unit<'_>| line.variant.is_none() || unit.variant == line.variant;
            let found = units.iter().rposition(|unit| mine(unit) && alike(unit));
            let found = found.or_else(|| units.iter().rposition(|unit| mine(unit) && unit.variant.is_none()));
            if let Some(at) = found.or_else(|| units.iter().rposition(mine)) {
                units.remove(at);
            }
        }
    }
    let made = |order: &Id| bought.iter().filter(|line| line.order == order).map(|line| line.first).min();
    let Some((newest, order)) = units.iter().map(|unit| (made(unit.order), unit.order)).max() else { return false };
    let count = units.iter().filter(|unit| unit.order == order).count();
    match period(case, product) {
        Some(days) => newest.unwrap().0 + i64::from(days) * 86_400_000 * i64::try_from(count).unwrap() > NOW.0,
        None => true,
    }
}

/// Days that one unit lasts; `None`: for ever.
fn period(case: &Case, product: &Product) -> Option<u32> {
    if product.replenish_days.is_some() {
        return product.replenish_days;
    }
    let own = plain(&product.category_path);
    let mut rules: Vec<_> = case.rules.bought.iter().filter(|rule| own.starts_with(&plain(&rule.category))).collect();
    rules.sort_by_key(|rule| rule.category.len());
    rules.last()?.lasts_days
}

fn plain<S: AsRef<str>>(path: &[S]) -> Vec<String> {
    path.iter().map(|step| step.as_ref().trim().to_lowercase()).collect()
}

/// What she last said of this kind of garment for these people, else for whomever; an empty word is taken back.
fn declared(events: &[Event], product: &Product) -> Option<String> {
    if product.garment == Some(Garment::None) {
        return None;
    }
    let said_for = |people: Option<Audience>| {
        let said = in_order(events).into_iter().rev().find_map(|event| match &event.kind {
            EventKind::SizeDeclared { garment, audience, size, .. } => {
                (Some(*garment) == product.garment && *audience == people).then_some(size)
            }
            _ => None,
        })?;
        (!said.is_empty()).then(|| said.to_lowercase())
    };
    said_for(product.audience).or_else(|| said_for(None))
}

fn is_any<S: AsRef<str>>(text: &str, wanted: &[S]) -> bool {
    wanted.iter().any(|one| one.as_ref().trim().to_lowercase() == text.trim().to_lowercase())
}

fn passes(filter: &Filter, product: &Product, variant: &Variant) -> bool {
    let path = plain(&product.category_path);
    let category = filter.categories.is_empty() || filter.categories.iter().any(|one| path.starts_with(&plain(one)));
    let brand = filter.brands.is_empty() || is_any(&product.brand, &filter.brands);
    let price = variant.price;
    let from = filter.at_least.is_none_or(|end| end.currency == price.currency && end.minor <= price.minor);
    let to = filter.at_most.is_none_or(|end| end.currency == price.currency && price.minor <= end.minor);
    let attributes =
        filter.attributes.iter().all(|(name, values)| match name.to_lowercase().as_str() {
            "color" => is_any(&variant.color, values),
            "size" => is_any(&variant.size, values),
            "audience" => product.audience.is_some_and(|audience| is_any(&format!("{audience:?}"), values)),
            _ => product.attributes.iter().chain(&variant.attributes).any(|attribute| {
                is_any(&attribute.name, std::slice::from_ref(name)) && is_any(&attribute.value, values)
            }),
        });
    let named = filter.only.is_empty() || filter.only.contains(&product.id);
    let within = |filter: &Filter| passes(filter, product, variant);
    let any_of = filter.any_of.is_empty() || filter.any_of.iter().any(within);
    let none_of = !filter.none_of.iter().any(within);
    let ranges = filter.ranges.iter().all(|range| is_within(range, product, variant));
    let ids = named && !filter.exclude.contains(&product.id);
    category && brand && from && to && attributes && ids && ranges && any_of && none_of
}

fn is_within(range: &NumberRange, product: &Product, variant: &Variant) -> bool {
    let is_inside = |text: &str| {
        let number: Option<f64> = text.parse().ok();
        number.is_some_and(|number| {
            range.at_least.is_none_or(|end| end <= number) && range.at_most.is_none_or(|end| number <= end)
        })
    };
    if &*range.name == "size" {
        return is_inside(&variant.size);
    }
    let mut all = product.attributes.iter().chain(&variant.attributes);
    all.any(|attribute| is_any(&attribute.name, std::slice::from_ref(&range.name)) && is_inside(&attribute.value))
}

/// Of the sizes of these shops in their order, where this one stands from the middle of those that the product is made in, and
/// the smaller of two first. Nobody knows where the rest stand: they come last.
fn from_middle(product: &Product, variant: &Variant) -> (usize, usize) {
    const ORDER: [&str; 5] = ["s", "m", "38", "39", "40"];
    let is_made = |size: &&str| product.variants.iter().any(|one| one.size.to_lowercase() == *size);
    let made: Vec<&str> = ORDER.into_iter().filter(is_made).collect();
    let place = made.iter().position(|size| *size == variant.size.to_lowercase());
    place.map_or((usize::MAX, 0), |place| ((2 * place + 1).abs_diff(made.len()), place))
}

/// The one that she last looked at or put into the cart, else, where nobody can say which is hers, one in the middle size, else
/// one in the colour that she liked, else the cheapest, else the first by id.
fn preferred<'a>(
    events: &[Event],
    product: &Product,
    mut variants: Vec<&'a Variant>,
    unsure: bool,
) -> Option<&'a Variant> {
    let liked = in_order(events).into_iter().rev().find_map(|event| match &event.kind {
        EventKind::ProductViewed { product: id, variant } if *id == product.id => variant.clone(),
        EventKind::CartAdded { item } if item.product == product.id => item.variant.clone(),
        _ => None,
    });
    variants.sort_by(|a, b| (a.price.minor, &a.id).cmp(&(b.price.minor, &b.id)));
    let the_one = variants.iter().find(|variant| Some(&variant.id) == liked.as_ref()).copied();
    if the_one.is_none() && unsure {
        let best = variants.iter().map(|variant| from_middle(product, variant)).min();
        variants.retain(|variant| Some(from_middle(product, variant)) == best);
    }
    let color = product.variants.iter().find(|variant| Some(&variant.id) == liked.as_ref()).map(|one| &one.color);
    let in_color = variants.iter().find(|variant| color.is_some_and(|color| is_any(&variant.color, &[color])));
    the_one.or(in_color.or(variants.first()).copied())
}
