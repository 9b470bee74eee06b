//! Enumerations both ways, one table each. Numbers that the contract does not know are refused, not guessed at.

use crate::domain::{
    catalog::{Audience, Availability, Garment, SizeSystem},
    customer::{IdentifierKind, LinkCause, Purpose},
    event::{Channel, ReturnReason},
    opener::Situation,
    recommend::{Fallback, Ineligibility, Placement, ReasonCode, SizeNote},
    sizing::Evidence as SizeEvidence,
};
use crate::grpc::convert::{At, Violations};
use crate::proto;

/// One of a closed set, which the contract numbers from one; zero is "not said".
pub trait Choice: Sized + Copy {
    /// `Ok(None)` for zero.
    ///
    /// # Errors
    /// Where the contract has no such number.
    fn read(number: i32) -> Result<Option<Self>, ()>;

    /// As the contract numbers it.
    fn number(self) -> i32;
}

/// A choice that may be left out.
pub fn optional<C: Choice>(number: i32, at: At<'_>, bad: &mut Violations) -> Option<C> {
    C::read(number).unwrap_or_else(|()| {
        bad.add(at, format_args!("has no such value: {number}"));
        None
    })
}

/// A choice that must be made.
pub fn required<C: Choice>(number: i32, at: At<'_>, bad: &mut Violations) -> Option<C> {
    bad.check(number != 0, at, "must be set: 0");
    optional(number, at, bad)
}

macro_rules! choices {
    ($($name:ident { $($value:ident),* $(,)? })*) => { $(
        impl Choice for $name {
            fn read(number: i32) -> Result<Option<Self>, ()> {
                match proto::$name::try_from(number) {
                    Ok(proto::$name::Unspecified) => Ok(None),
                    $( Ok(proto::$name::$value) => Ok(Some(Self::$value)), )*
                    Err(_) => Err(()),
                }
            }

            fn number(self) -> i32 {
                match self {
                    $( Self::$value => proto::$name::$value.into(), )*
                }
            }
        }
    )* };
}

choices! {
    Channel { Web, App, Email, Store, CallCentre, Chat, Social }
    Placement { Home, ProductPage, Cart, AfterPurchase, Feed, Email, Search, Chat }
    IdentifierKind { Customer, Visitor, Device, EmailHash, PhoneHash, LoyaltyCard }
    LinkCause { Login, Event, Import, Support }
    Purpose { Personalization, Analytics, Marketing }
    Availability { InStock, OutOfStock, Preorder, Backorder }
    Garment {
        Top, Bottom, Dress, Outerwear, Shoes, Bra, Underwear, Socks, Gloves, Headwear, Belt, Ring, None,
    }
    Audience { Women, Men, Unisex, Children }
    SizeSystem { Alpha, Eu, Uk, Us, WaistLength, BraEu, BraUk, BraUs, OneSize, HeightCm, AgeYears }
    ReturnReason { TooSmall, TooLarge, Defective, NotAsDescribed, ChangedMind, Other }
    Ineligibility { UnknownProduct, Bought, SoldOut, WrongSize, InContext, Filtered, Hidden }
    SizeNote { Declared, Kept, Unknown, OneSize }
    SizeEvidence { Declared, Kept }
    ReasonCode {
        GoesWithPurchase, GoesWithCart, GoesWithInView, LikeViewed, LikeInView, FavouriteBrand, FavouriteCategory,
        PopularInSegment, Popular, NewArrival, DueAgain, RunsSmall, RunsLarge,
    }
    Fallback { UnknownCustomer, NoHistory, SessionOnly, NoConsent, NoModel }
    Situation {
        Greeting, CartSeveralSizes, CartForgotten, BackInSize, OrderArrived, ReturnedForSize, ConsumableDue,
        GoesWithPurchase, ComplaintOpen,
    }
}

/// As the contract numbers it, zero for none.
pub fn number<C: Choice>(choice: Option<C>) -> i32 {
    choice.map_or(0, Choice::number)
}

/// As the contract numbers them.
pub fn numbers<C: Choice>(choices: &[C]) -> Vec<i32> {
    choices.iter().map(|choice| choice.number()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_there_and_back() {
        fn check<C: Choice>(most: i32) {
            for n in 1..=most {
                assert_eq!(C::read(n).map(number), Ok(n));
            }
            assert!(matches!(C::read(0), Ok(None)));
            for unknown in [-1, most + 1, i32::MAX] {
                assert!(C::read(unknown).is_err(), "{unknown}");
            }
        }
        check::<Channel>(7);
        check::<Placement>(8);
        check::<IdentifierKind>(6);
        check::<LinkCause>(4);
        check::<Purpose>(3);
        check::<Availability>(4);
        check::<Garment>(13);
        check::<Audience>(4);
        check::<SizeSystem>(11);
        check::<ReturnReason>(6);
        check::<Ineligibility>(7);
        check::<SizeNote>(4);
        check::<SizeEvidence>(2);
        check::<ReasonCode>(13);
        check::<Fallback>(5);
        check::<Situation>(9);
    }
}
