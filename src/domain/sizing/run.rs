//! Which system a product is written in, seen from all its sizes together: 32 alone may be a waist or a dress size, but
//! beside 31 and 33 it is a waist, and beside 38 and 40 it is a dress size.

use crate::domain::catalog::{Garment, SizeSystem};
use crate::domain::sizing::{
    Worn,
    claim::{WrittenOn, claims},
    form::Form,
    lexicon::Named,
    scale::{Group, Span, UNIT},
    tokens::plain,
};

/// The system of those sizes that are bare numbers, where the run as a whole tells it and one alone would not.
///
/// For where neither the product nor the shop's rule says it. `None`: each size is read by itself.
pub fn system_of_run<'a>(sizes: impl IntoIterator<Item = &'a str>, worn: Worn) -> Option<SizeSystem> {
    let group = Group::from(worn.audience);
    let clothes = matches!(
        worn.garment,
        Garment::Top | Garment::Bottom | Garment::Dress | Garment::Outerwear | Garment::Underwear
    );
    if !clothes || group == Group::Anyone {
        return None;
    }
    let (mut least, mut greatest, mut even, mut is_chest) = (i32::MAX, i32::MIN, true, false);
    let mut add = |span: Span| {
        least = least.min(span.from);
        greatest = greatest.max(span.to);
        even &= span.from % (2 * UNIT) == 0;
    };
    for size in sizes.into_iter().filter(|size| size.contains(|c: char| c.is_ascii_digit())) {
        // Every product is asked, and most sizes are nothing but a number.
        if let Some(number) = size.parse::<u16>().ok().filter(|number| *number < 1_000) {
            add(Span::point(i32::from(number) * UNIT));
            continue;
        }
        let claims = claims(&plain(size), WrittenOn { garment: worn.garment, group });
        is_chest |= claims.iter().any(|claim| claim.named == Some(Named::Us) && claim.cut.length.is_some());
        let bare = claims.iter().filter(|claim| claim.named.is_none()).find_map(|claim| match claim.form {
            Form::Numbers(span) => Some(span),
            _ => None,
        });
        bare.into_iter().for_each(&mut add);
    }
    // Jackets that come short, regular and long are chests in inches, from 34 on; beside them so are 46 to 60.
    if is_chest && (group, worn.garment) == (Group::Men, Garment::Outerwear) {
        return Some(SizeSystem::Us);
    }
    if least > greatest {
        return None;
    }
    let (least, greatest) = (f64::from(least) / f64::from(UNIT), f64::from(greatest) / f64::from(UNIT));
    let waists = SizeSystem::WaistLength;
    match (group, worn.garment) {
        // Sizes from 16 to 30 are no ages; nobody says what they are.
        (Group::Children, _) if (24.0..44.0).contains(&greatest) => Some(SizeSystem::Eu),
        (Group::Women, Garment::Bottom) if least >= 22.0 && (!even || least < 30.0) && greatest <= 46.0 => Some(waists),
        (Group::Women, _) if even && least >= 26.0 && greatest >= 36.0 => Some(SizeSystem::Eu),
        (Group::Men, Garment::Bottom) if even && least >= 40.0 && greatest >= 50.0 => Some(SizeSystem::Eu),
        (Group::Men, Garment::Bottom) if (22.0..44.0).contains(&least) && greatest <= 60.0 => Some(waists),
        (Group::Men, Garment::Top) if even && least >= 44.0 && greatest >= 48.0 => Some(SizeSystem::Eu),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::Audience;

    #[test]
    fn neighbours_tell_what_one_size_does_not() {
        let check = |garment, audience, sizes: &[&str], expected| {
            let worn = Worn { garment, audience: Some(audience) };
            assert_eq!(system_of_run(sizes.iter().copied(), worn), expected, "{sizes:?} of {worn:?}");
        };
        let (women, men) = (Audience::Women, Audience::Men);
        check(Garment::Bottom, women, &["28", "29"], Some(SizeSystem::WaistLength));
        check(Garment::Bottom, women, &["28", "29", "30", "31", "32"], Some(SizeSystem::WaistLength));
        check(Garment::Bottom, women, &["32", "34", "36", "38"], Some(SizeSystem::Eu));
        check(Garment::Bottom, women, &["32", "34"], None);
        check(Garment::Bottom, women, &["6", "8", "10"], None);
        check(Garment::Bottom, women, &["S", "M"], None);
        check(Garment::Bottom, men, &["32", "33", "34", "36"], Some(SizeSystem::WaistLength));
        check(Garment::Bottom, men, &["44", "46", "48", "50"], Some(SizeSystem::Eu));
        check(Garment::Bottom, men, &["42", "44", "46"], Some(SizeSystem::WaistLength));
        check(Garment::Top, men, &["46", "48", "50"], Some(SizeSystem::Eu));
        check(Garment::Top, men, &["39", "40", "44"], None);
        check(Garment::Top, Audience::Children, &["16-18", "20-22", "28-30"], Some(SizeSystem::Eu));
        check(Garment::Top, Audience::Children, &["8", "10", "20"], None);
        check(Garment::Outerwear, men, &["38 Short", "40 Regular", "50 Long"], Some(SizeSystem::Us));
        check(Garment::Outerwear, men, &["48 Regular", "50 Regular"], None);
        check(Garment::Dress, women, &["30", "32", "34", "36"], Some(SizeSystem::Eu));
        check(Garment::Dress, women, &["8", "10", "12"], None);
        check(Garment::Shoes, women, &["36", "37"], None);
        check(Garment::Bottom, Audience::Children, &["110", "116"], None);
    }
}
