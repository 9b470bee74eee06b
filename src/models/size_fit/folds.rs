//! Numbers of rows that do not know how those rows felt: each fold is described by the others, and what is asked later by all.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Which fold a row is in: by a hash of its number, the same in every run.
pub fn fold(row: u32, folds: u32) -> u32 {
    let mut z = (u64::from(row) + 0x5851_F42D).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let high = u32::try_from(z >> 33).unwrap_or(u32::MAX);
    high % folds.max(1)
}

/// The numbers (row-major, equally many a row) of the rows of `train` out of fold, and what describes all others: `learn` is
/// given the rows to learn from, `describe` what was learned and the rows to describe. Two folds are worked on at a time.
pub fn out_of_fold<K: Send>(
    train: &[u32],
    folds: u32,
    learn: impl Fn(&[u32]) -> K + Sync,
    describe: impl Fn(&K, &[u32]) -> Vec<f32> + Sync,
) -> (Vec<f32>, K) {
    let parted = |of: u32, inside: bool| -> Vec<usize> {
        (0..train.len()).filter(|place| (fold(train[*place], folds) == of) == inside).collect()
    };
    let rows = |places: &[usize]| -> Vec<u32> { places.iter().map(|place| train[*place]).collect() };
    let tasks: Vec<(Vec<u32>, Vec<u32>)> =
        (0..folds).map(|of| (rows(&parted(of, false)), rows(&parted(of, true)))).collect();
    let (whole, described) = both_cores(|| learn(train), &tasks, |(taught, asked)| describe(&learn(taught), asked));
    let width = described.iter().map(Vec::len).sum::<usize>() / train.len().max(1);
    let mut values = vec![0.0; train.len() * width];
    for (of, fold) in (0..folds).zip(described) {
        for (place, from) in parted(of, true).into_iter().zip(fold.chunks_exact(width.max(1))) {
            values[place * width..(place + 1) * width].copy_from_slice(from);
        }
    }
    (values, whole)
}

/// What `first` makes, and what `work` makes of each task, in their order, on two threads.
fn both_cores<F: Send, T: Sync, R: Send>(
    first: impl FnOnce() -> F + Send,
    tasks: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> (F, Vec<R>) {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        while let Some((n, task)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, tasks.get(n)?))) {
            done.push((n, work(task)));
        }
        done
    };
    let (first, mut done) = std::thread::scope(|scope| {
        let other = scope.spawn(|| (first(), worker()));
        let mut done = worker();
        // A worker that panicked takes the whole down with it, as it would alone.
        match other.join() {
            Ok((first, others)) => {
                done.extend(others);
                (first, done)
            }
            Err(panic) => std::panic::resume_unwind(panic),
        }
    });
    done.sort_by_key(|(n, _)| *n);
    (first, done.into_iter().map(|(_, result)| result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_describes_itself_and_later_rows_are_described_by_all() {
        let train: Vec<u32> = (0..200).filter(|row| row % 3 != 0).collect();
        let describe = |taught: &Vec<u32>, asked: &[u32]| {
            asked.iter().flat_map(|row| [f32::from(taught.contains(row)), taught.iter().map(|_| 1.0).sum()]).collect()
        };
        let (own, whole) = out_of_fold(&train, 4, <[u32]>::to_vec, describe);
        assert_eq!(own.len(), 2 * train.len());
        assert!(own.chunks_exact(2).all(|row| row[0] == 0.0 && row[1] > 70.0 && row[1] < 133.0), "{own:?}");
        assert_eq!(whole, train);
    }
}
