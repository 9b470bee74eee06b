//! Sums by number in one dense list, of which only what was touched is read and cleared.

use std::cell::RefCell;

/// Sums that start at zero.
#[derive(Debug, Default)]
pub struct Tally {
    sums: Vec<f32>,
    touched: Vec<u32>,
}

impl Tally {
    /// Makes room for numbers below this.
    pub fn reserve(&mut self, len: usize) {
        if self.sums.len() < len {
            self.sums.resize(len, 0.0);
        }
    }

    /// Adds a part above zero.
    pub fn add(&mut self, number: u32, part: f32) {
        let sum = &mut self.sums[number as usize];
        if *sum == 0.0 {
            self.touched.push(number);
        }
        *sum += part;
    }

    /// What came together for a number.
    pub fn get(&self, number: u32) -> f32 {
        self.sums.get(number as usize).copied().unwrap_or(0.0)
    }

    /// All that were touched, in the order of the first touch.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f32)> {
        self.touched.iter().map(|number| (*number, self.sums[*number as usize]))
    }

    /// Back to zero.
    pub fn clear(&mut self) {
        for number in self.touched.drain(..) {
            self.sums[number as usize] = 0.0;
        }
    }
}

thread_local! {
    static TALLIES: RefCell<[Tally; 3]> = RefCell::default();
}

/// Lends a thread's three tallies, all at zero; they are cleared afterwards. MUST NOT be called within `work`.
pub fn with_tallies<R>(work: impl FnOnce(&mut [Tally; 3]) -> R) -> R {
    TALLIES.with_borrow_mut(|tallies| {
        let answer = work(tallies);
        tallies.iter_mut().for_each(Tally::clear);
        answer
    })
}
