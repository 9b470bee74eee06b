//! What others said of a thing, and what she said of others: statistics of taught rows for rows that are not among them.

use super::{
    rows::{Felt, Levels, Rows},
    terms::Scaled,
};

/// Rows of one customer or product that a row is held against, at most: more of them say the same, and all with all of a
/// hundred thousand would take hours.
const MOST: usize = 4_000;

/// The taught rows of each level.
struct Grouped {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Grouped {
    fn of(levels: &Levels, taught: &[u32]) -> Self {
        let mut starts = vec![0_u32; levels.count + 1];
        for row in taught {
            starts[levels.of[*row as usize] as usize + 1] += 1;
        }
        for level in 0..levels.count {
            starts[level + 1] += starts[level];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; taught.len()];
        for row in taught {
            let place = &mut next[levels.of[*row as usize] as usize];
            rows[*place as usize] = *row;
            *place += 1;
        }
        Self { starts, rows }
    }

    /// Of very many some, spread evenly.
    fn of_level(&self, level: u32) -> impl Iterator<Item = &u32> {
        let rows = &self.rows[self.starts[level as usize] as usize..self.starts[level as usize + 1] as usize];
        rows.iter().step_by(rows.len().div_ceil(MOST).max(1))
    }
}

/// How many felt it small and large, of how many; weighted.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    all: f32,
    small: f32,
    large: f32,
}

impl Tally {
    fn add(&mut self, felt: Felt, weight: f32) {
        self.all += weight;
        match felt {
            Felt::Small => self.small += weight,
            Felt::Large => self.large += weight,
            Felt::Fits => {}
        }
    }

    /// Shares of small and large, drawn to those of another tally as if it had `rows` more rows.
    fn shares(self, to: [f32; 2], rows: f32) -> [f32; 2] {
        let all = self.all + rows;
        [(self.small + to[0] * rows) / all, (self.large + to[1] * rows) / all]
    }
}

fn tallies(levels: &Levels, felt: &[Felt], taught: &[u32]) -> Vec<Tally> {
    let mut tallies = vec![Tally::default(); levels.count];
    for row in taught {
        tallies[levels.of[*row as usize] as usize].add(felt[*row as usize], 1.0);
    }
    tallies
}

/// What is known from the taught rows.
pub struct Histories<'a> {
    rows: &'a Rows,
    scaled: &'a Scaled,
    felt: &'a [Felt],
    whole: [f32; 2],
    items: Grouped,
    customers: Grouped,
    kinds: Vec<Tally>,
    labels: Vec<Tally>,
}

impl<'a> Histories<'a> {
    /// Groups the taught rows.
    pub fn of(rows: &'a Rows, scaled: &'a Scaled, felt: &'a [Felt], taught: &[u32]) -> Self {
        let mut whole = Tally::default();
        for row in taught {
            whole.add(felt[*row as usize], 1.0);
        }
        Self {
            rows,
            scaled,
            felt,
            whole: whole.shares([0.1, 0.1], 1.0),
            items: Grouped::of(&rows.item, taught),
            customers: Grouped::of(&rows.customer, taught),
            kinds: rows.kinds.first().map_or_else(Vec::new, |kind| tallies(kind, felt, taught)),
            labels: tallies(&rows.label, felt, taught),
        }
    }

    /// Appends the numbers of a row that was not taught.
    pub fn add(&self, row: usize, to: &mut Vec<f32>) {
        let kind = self.rows.kinds.first().map_or_else(Tally::default, |kind| self.kinds[kind.of[row] as usize]);
        let of_kind = kind.shares(self.whole, 10.0);
        self.add_item(row, of_kind, to);
        to.extend([kind.all, of_kind[0], of_kind[1]]);
        self.add_customer(row, to);
        to.extend(self.labels[self.rows.label.of[row] as usize].shares(self.whole, 10.0));
    }

    fn add_item(&self, row: usize, of_kind: [f32; 2], to: &mut Vec<f32>) {
        let (mut all, mut near, mut alike) = (Tally::default(), Tally::default(), Tally::default());
        let (mut size, mut beyond) = (0.0, 0.0);
        for other in self.items.of_level(self.rows.item.of[row]) {
            let other = *other as usize;
            let felt = self.felt[other];
            all.add(felt, 1.0);
            near.add(felt, kernel(square(self.scaled.beyond_body[other] - self.scaled.beyond_body[row])));
            alike.add(felt, kernel(self.apart(row, other)));
            size += self.scaled.size[other];
            beyond += self.scaled.beyond_body[other];
        }
        let shares = all.shares(of_kind, 5.0);
        to.push(all.all);
        to.extend(shares);
        to.extend(all.shares(of_kind, 30.0));
        to.extend(near.shares(shares, 2.0));
        to.extend(alike.shares(shares, 2.0));
        to.push(self.scaled.size[row] - size / (all.all + 1.0));
        to.push(self.scaled.beyond_body[row] - beyond / (all.all + 3.0));
    }

    /// How far apart two rows are in size and body.
    fn apart(&self, row: usize, other: usize) -> f32 {
        let measures: f32 = self.scaled.measures.iter().map(|values| square(values[row] - values[other])).sum();
        2.0 * square(self.scaled.size[row] - self.scaled.size[other]) + measures
    }

    fn add_customer(&self, row: usize, to: &mut Vec<f32>) {
        let (mut all, mut near) = (Tally::default(), Tally::default());
        let mut fitting = (0.0, 0.0);
        let (mut small, mut large) = (f32::NAN, f32::NAN);
        let size = self.scaled.size[row];
        for other in self.customers.of_level(self.rows.customer.of[row]) {
            let other = *other as usize;
            let (felt, theirs) = (self.felt[other], self.scaled.size[other]);
            all.add(felt, 1.0);
            near.add(felt, kernel(4.0 * square(theirs - size)));
            match felt {
                Felt::Small => small = small.max(theirs),
                Felt::Large => large = large.min(theirs),
                Felt::Fits => fitting = (fitting.0 + theirs, fitting.1 + 1.0),
            }
        }
        let shares = all.shares(self.whole, 2.0);
        to.push(all.all);
        to.extend(shares);
        to.extend(near.shares(shares, 1.0));
        to.extend([size - fitting.0 / fitting.1, size - small, size - large]);
    }
}

fn square(x: f32) -> f32 {
    x * x
}

/// One at no distance, and falling with its square (Cauchy's).
fn kernel(square: f32) -> f32 {
    1.0 / (1.0 + 4.0 * square)
}
