//! Who shops in the demo shop: what they like, wear and earn, and how they come.

use rand::{Rng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::goods::{KINDS, Kind, Sizes, TASTES, taste};
use crate::domain::{catalog::Audience, event::Channel};

/// Somebody, with what nobody tells the service.
#[derive(Debug, Clone)]
pub struct Person {
    /// "c00042".
    pub name: String,
    /// The language she shops in.
    pub locale: &'static str,
    /// How much she likes each direction.
    pub taste: [f32; TASTES],
    /// How often each kind is what she comes for; adds up to one.
    pub interests: Vec<f32>,
    /// Her place in each run of sizes: a fraction from small to large.
    pub build: f32,
    /// The share of a kind's price range she feels at home in, from cheap to dear.
    pub purse: f32,
    /// Visits a year.
    pub visits: f32,
    /// Where she mostly is.
    pub channel: Channel,
}

/// Makes so many people.
pub fn make(count: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<Person> {
    (0..count).map(|number| person(number, rng)).collect()
}

fn person(number: usize, rng: &mut Xoshiro256PlusPlus) -> Person {
    let wears = if rng.gen_bool(0.6) { Audience::Women } else { Audience::Men };
    let children = rng.gen_bool(0.25);
    let mut interests: Vec<f32> = KINDS.iter().map(|kind| interest(kind, wears, children, rng)).collect();
    let total: f32 = interests.iter().sum();
    for interest in &mut interests {
        *interest /= total;
    }
    Person {
        name: format!("c{number:05}"),
        locale: ["pl", "pl", "pl", "en", "en", "ru"].choose(rng).copied().unwrap_or("en"),
        taste: taste(rng),
        interests,
        build: (0.5 + 0.22 * (rng.gen_range(-1.0_f32..1.0) + rng.gen_range(-1.0_f32..1.0))).clamp(0.0, 1.0),
        purse: rng.gen_range(0.0..1.0),
        // A few come all the time, most now and then.
        visits: 3.0 + 12.0 * rng.gen_range(0.0_f32..1.0).powi(3) * 4.0,
        channel: [Channel::Web, Channel::Web, Channel::App, Channel::App, Channel::Store]
            .choose(rng)
            .copied()
            .unwrap_or(Channel::Web),
    }
}

fn interest(kind: &Kind, wears: Audience, children: bool, rng: &mut Xoshiro256PlusPlus) -> f32 {
    let liking = rng.gen_range(0.0_f32..1.0).powi(3);
    match kind.audience {
        Some(Audience::Children) => {
            if children {
                0.5 * liking
            } else {
                0.002
            }
        }
        Some(audience) if audience != wears => 0.01,
        _ if kind.replenish_days.is_some() => 0.6 * liking,
        _ => liking,
    }
}

impl Person {
    /// Her place in a run of sizes.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a fraction of a dozen sizes"
    )]
    pub fn size(&self, sizes: Sizes) -> usize {
        let last = sizes.run().len() - 1;
        ((self.build * last as f32).round() as usize).min(last)
    }
}
