//! Factors learned from pairs of products, one that she has and one that she has not: BPR (Rendle et al. 2009) and WARP (Weston
//! et al., "WSABIE", 2011), which looks for pairs that are in the wrong order. By lot: figures differ a little between seeds.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::models::data::item_index::Item;

/// What a pair teaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Every pair, by the logistic loss.
    Bpr,
    /// The first pair that is in the wrong order, by how soon it was found.
    Warp,
}

/// How it is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// What a pair teaches.
    pub loss: Loss,
    /// Numbers for each customer and each product.
    pub factors: usize,
    /// Step of the descent (Adagrad).
    pub rate: f32,
    /// Of the ridge.
    pub penalty: f32,
    /// Rounds over all purchases.
    pub rounds: usize,
}

/// Products that WARP draws before it gives up.
const DRAWS: usize = 10;

/// Factors, the last of each product its bias.
#[derive(Debug, Clone)]
pub struct Pairwise {
    factors: usize,
    customers: Vec<f32>,
    items: Vec<f32>,
}

impl Pairwise {
    /// Fits the factors.
    pub fn fit(histories: &[Vec<Item>], known: &[bool], settings: Settings, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let width = settings.factors + 1;
        #[expect(clippy::cast_precision_loss, reason = "a scale")]
        let scale = 0.5 / settings.factors as f32;
        let mut start = |rows: usize| -> Vec<f32> { (0..rows * width).map(|_| rng.gen_range(-scale..scale)).collect() };
        let mut model = Self { factors: width, customers: start(histories.len()), items: start(known.len()) };
        model.items.chunks_exact_mut(width).for_each(|row| row[settings.factors] = 0.0);
        model.customers.chunks_exact_mut(width).for_each(|row| row[settings.factors] = 1.0);
        let mut squares = (vec![1.0_f32; model.customers.len()], vec![1.0_f32; model.items.len()]);
        let all: Vec<Item> = (0..).zip(known).filter(|(_, known)| **known).map(|(item, _)| item).collect();
        let mut pairs: Vec<(u32, Item)> =
            (0..).zip(histories).flat_map(|(number, own)| own.iter().map(move |item| (number, *item))).collect();
        for _ in 0..settings.rounds {
            for place in (1..pairs.len()).rev() {
                pairs.swap(place, rng.gen_range(0..=place));
            }
            for (customer, item) in &pairs {
                let own = &histories[*customer as usize];
                if let Some((other, force)) = model.pair(*customer, *item, own, &all, settings.loss, &mut rng) {
                    model.step((*customer, *item, other), force, settings, &mut squares);
                }
            }
        }
        model
    }

    fn score(&self, customer: u32, item: Item) -> f32 {
        let (own, item) = (self.row(&self.customers, customer), self.row(&self.items, item));
        own.iter().zip(item).map(|(a, b)| a * b).sum()
    }

    fn row<'a>(&self, rows: &'a [f32], number: u32) -> &'a [f32] {
        &rows[number as usize * self.factors..][..self.factors]
    }

    /// A product that she has not, and how much the pair is to move.
    #[expect(clippy::cast_precision_loss, reason = "a rank")]
    fn pair(
        &self,
        customer: u32,
        item: Item,
        own: &[Item],
        all: &[Item],
        loss: Loss,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Option<(Item, f32)> {
        let good = self.score(customer, item);
        let draws = if loss == Loss::Warp { DRAWS } else { 1 };
        for drawn in 1..=draws {
            let other = all[rng.gen_range(0..all.len())];
            if own.binary_search(&other).is_ok() {
                continue;
            }
            let apart = good - self.score(customer, other);
            match loss {
                Loss::Bpr => return Some((other, 1.0 / (1.0 + apart.exp()))),
                Loss::Warp if apart < 1.0 => {
                    return Some((other, ((all.len() - 1) as f32 / drawn as f32).ln().min(10.0)));
                }
                Loss::Warp => {}
            }
        }
        None
    }

    fn step(
        &mut self,
        (customer, good, bad): (u32, Item, Item),
        force: f32,
        settings: Settings,
        squares: &mut (Vec<f32>, Vec<f32>),
    ) {
        let (c, g, b) = (customer as usize * self.factors, good as usize * self.factors, bad as usize * self.factors);
        let bias = self.factors - 1;
        let move_by = |value: &mut f32, square: &mut f32, along: f32| {
            let along = along - settings.penalty * *value;
            *value += settings.rate / square.sqrt() * along;
            *square += along * along;
        };
        for k in 0..self.factors {
            let (own, liked, other) = (self.customers[c + k], self.items[g + k], self.items[b + k]);
            if k < bias {
                move_by(&mut self.customers[c + k], &mut squares.0[c + k], force * (liked - other));
            }
            move_by(&mut self.items[g + k], &mut squares.1[g + k], force * own);
            move_by(&mut self.items[b + k], &mut squares.1[b + k], -force * own);
        }
    }

    /// Adds the score of every product.
    pub fn add(&self, customer: u32, scores: &mut [f32]) {
        for (item, score) in (0..).zip(scores) {
            *score += self.score(customer, item);
        }
    }
}
