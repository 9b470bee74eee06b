//! Sums by number (of a product, of a customer), of which only those that were met are read and cleared: side by side in memory,
//! since they are few of all, and a table of all would be waited for at nearly each of them.

use std::{cell::Cell, mem};

/// `N` sums for each number that was met, in the order of first meeting.
#[derive(Debug)]
pub struct SparseAccumulator<const N: usize> {
    memory: Memory,
}

/// All zero or empty between two uses.
#[derive(Debug, Default)]
struct Memory {
    /// By number its place among the sums, from one; zero where it was not met.
    places: Vec<u32>,
    met: Vec<u32>,
    /// `N` of each that was met.
    sums: Vec<f32>,
}

thread_local! {
    static FREE: Cell<Memory> = Cell::default();
}

impl<const N: usize> SparseAccumulator<N> {
    /// Without sums, in memory that this thread used before.
    pub fn new() -> Self {
        Self { memory: FREE.take() }
    }

    /// The sums of a number, which start at zero.
    #[inline]
    pub fn of(&mut self, number: u32) -> &mut [f32; N] {
        let Memory { places, met, sums } = &mut self.memory;
        let at = number as usize;
        if at >= places.len() {
            places.resize(at + 1, 0);
        }
        let place = &mut places[at];
        if *place == 0 {
            met.push(number);
            sums.extend([0.0; N]);
            *place = u32::try_from(met.len()).unwrap_or(u32::MAX);
        }
        &mut sums.as_chunks_mut().0[*place as usize - 1]
    }

    /// The sums of a number; zero where it was not met.
    pub fn get(&self, number: u32) -> [f32; N] {
        let place = self.memory.places.get(number as usize).copied().unwrap_or(0);
        if place == 0 { [0.0; N] } else { self.sums()[place as usize - 1] }
    }

    /// All sums.
    pub fn sums(&self) -> &[[f32; N]] {
        self.memory.sums.as_chunks().0
    }

    /// The numbers that were met, with their sums.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[f32; N])> {
        self.memory.met.iter().copied().zip(self.sums())
    }

    /// As if nothing had been met.
    pub fn clear(&mut self) {
        let Memory { places, met, sums } = &mut self.memory;
        for number in met.drain(..) {
            places[number as usize] = 0;
        }
        sums.clear();
    }
}

impl<const N: usize> Drop for SparseAccumulator<N> {
    fn drop(&mut self) {
        self.clear();
        FREE.set(mem::take(&mut self.memory));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_come_in_the_order_of_meeting_and_leave_nothing() {
        for _ in 0..2 {
            let mut sums = SparseAccumulator::<2>::new();
            for (number, part) in [(7, 1.0), (3, 2.0), (7, 4.0)] {
                sums.of(number)[1] += part;
            }
            assert_eq!(sums.iter().collect::<Vec<_>>(), [(7, &[0.0, 5.0]), (3, &[0.0, 2.0])]);
            assert_eq!((sums.get(7), sums.get(8)), ([0.0, 5.0], [0.0; 2]));
            sums.clear();
            assert_eq!((sums.get(7), sums.iter().count()), ([0.0; 2], 0));
        }
    }

    #[test]
    fn two_at_once_know_nothing_of_each_other() {
        let (mut one, mut other) = (SparseAccumulator::<1>::new(), SparseAccumulator::<1>::new());
        one.of(1)[0] = 1.0;
        other.of(2)[0] = 2.0;
        assert_eq!((one.get(2), other.get(1)), ([0.0], [0.0]));
    }
}
