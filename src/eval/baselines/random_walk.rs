//! `RP3beta` (Paudel et al., "Updatable, accurate, diverse, and scalable recommendations for interactive applications", 2017): walks
//! of three steps over customers and products, popular ends damped. Of a large catalogue among its head.

use crate::eval::baselines::head;
use crate::models::data::{
    item_index::Item,
    neighbours::{Neighbours, keep_best},
};

/// Where walks of two steps from each product end, to the power `alpha`, damped by the buyers of the end to `beta`.
pub fn fit(histories: &[Vec<Item>], items: usize, alpha: f32, beta: f32) -> Neighbours {
    let head = head::of(histories, items);
    let among = among(&head::only(&head, histories), head.len(), alpha, beta);
    let list = |item: Item| -> Vec<(Item, f32)> {
        let place = head.place(item);
        let ends = place.into_iter().flat_map(|place| among.of(place));
        ends.map(|(end, weight)| (head.item(end), weight)).collect()
    };
    Neighbours::from_lists((0..u32::try_from(items).unwrap_or(u32::MAX)).map(list))
}

#[expect(clippy::cast_precision_loss, reason = "customers and products")]
fn among(histories: &[Vec<Item>], items: usize, alpha: f32, beta: f32) -> Neighbours {
    let support = super::popularity::customers(histories, items);
    let mut holders: Vec<Vec<u32>> = vec![Vec::new(); items];
    for (number, own) in (0_u32..).zip(histories) {
        for item in own {
            holders[*item as usize].push(number);
        }
    }
    let mut sums = vec![0.0_f32; items];
    let list = |item: Item| {
        sums.fill(0.0);
        let out = (1.0 / support[item as usize].max(1.0)).powf(alpha);
        for number in &holders[item as usize] {
            let own = &histories[*number as usize];
            let step = out * (1.0 / own.len() as f32).powf(alpha);
            for other in own {
                sums[*other as usize] += step;
            }
        }
        let named = (0..).zip(&sums).filter(|(other, sum)| *other != item && **sum > 0.0);
        let mut list: Vec<(Item, f32)> =
            named.map(|(other, sum): (Item, &f32)| (other, sum / support[other as usize].powf(beta))).collect();
        keep_best(&mut list, items);
        list
    };
    let count = u32::try_from(items).unwrap_or(u32::MAX);
    Neighbours::from_lists((0..count).map(list))
}
