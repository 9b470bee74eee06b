//! The leading eigenvectors of a large sparse symmetric matrix, by subspace iteration. Only linear algebra, no products.

use std::num::NonZero;

/// Directions carried along beside those wanted: what they take up does not disturb the wanted ones.
const SPARE: usize = 8;
/// Multiplications with the matrix. More did not change how well the points rank.
const STEPS: usize = 5;
/// Rows whose products are summed in single precision before they are added up in double.
const BLOCK: usize = 128;

/// A sparse matrix, equal to its transpose.
#[derive(Debug)]
pub struct Symmetric {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Symmetric {
    /// Takes rows of columns and values.
    pub fn new(rows: impl IntoIterator<Item = Vec<(u32, f32)>>) -> Self {
        let mut matrix = Self { starts: vec![0], columns: Vec::new(), values: Vec::new() };
        for row in rows {
            for (column, value) in row {
                matrix.columns.push(column);
                matrix.values.push(value);
            }
            matrix.starts.push(matrix.columns.len());
        }
        matrix
    }

    const fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Times a dense matrix of `width` columns, row-major. Threads take rows, so no sum depends on how many there are.
    fn times(&self, right: &[f32], width: usize) -> Vec<f32> {
        let mut product = vec![0.0; self.rows() * width];
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(8);
        let share = self.rows().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            for (part, rows) in product.chunks_mut(share * width).enumerate() {
                scope.spawn(move || self.times_rows(part * share, right, width, rows));
            }
        });
        product
    }

    fn times_rows(&self, first: usize, right: &[f32], width: usize, product: &mut [f32]) {
        for (row, sums) in product.chunks_exact_mut(width).enumerate() {
            let entries = self.starts[first + row]..self.starts[first + row + 1];
            for (column, value) in self.columns[entries.clone()].iter().zip(&self.values[entries]) {
                let from = *column as usize * width;
                for (sum, number) in sums.iter_mut().zip(&right[from..from + width]) {
                    *sum += value * number;
                }
            }
        }
    }
}

/// The `count` largest eigenvalues and their vectors, row-major with `count` columns. Where the matrix has fewer rows, the rest
/// is zero. `random` gives the start.
pub fn leading(matrix: &Symmetric, count: usize, mut random: impl FnMut() -> f32) -> (Vec<f64>, Vec<f32>) {
    let width = count + SPARE;
    let mut basis: Vec<f32> = (0..matrix.rows() * width).map(|_| random()).collect();
    orthonormalise(&mut basis, width);
    for _ in 0..STEPS {
        basis = matrix.times(&basis, width);
        // Twice: once leaves errors where the directions are nearly the same.
        orthonormalise(&mut basis, width);
        orthonormalise(&mut basis, width);
    }
    let mut within = gram(&basis, &matrix.times(&basis, width), width);
    let (values, turns) = eigen(&mut within, width);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    order.truncate(count);
    let turn: Vec<f32> = (0..width)
        .flat_map(|row| order.iter().map(move |column| (row, *column)))
        .map(|(row, column)| single(turns[row * width + column]))
        .collect();
    let vectors = basis.chunks_exact(width).flat_map(|row| times_small(row, &turn, count)).collect();
    (order.iter().map(|one| values[*one]).collect(), vectors)
}

/// A row times a small dense matrix of `width` columns.
fn times_small(row: &[f32], matrix: &[f32], width: usize) -> Vec<f32> {
    let mut product = vec![0.0; width];
    for (number, line) in row.iter().zip(matrix.chunks_exact(width)) {
        for (sum, value) in product.iter_mut().zip(line) {
            *sum += number * value;
        }
    }
    product
}

/// The transpose of `left` times `right`, both row-major with `width` columns.
fn gram(left: &[f32], right: &[f32], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0_f64; width * width];
    let mut block = vec![0.0_f32; width * width];
    for (left, right) in left.chunks(BLOCK * width).zip(right.chunks(BLOCK * width)) {
        block.fill(0.0);
        for (left, right) in left.chunks_exact(width).zip(right.chunks_exact(width)) {
            for (number, line) in left.iter().zip(block.chunks_exact_mut(width)) {
                for (sum, value) in line.iter_mut().zip(right) {
                    *sum += number * value;
                }
            }
        }
        sums.iter_mut().zip(&block).for_each(|(sum, part)| *sum += f64::from(*part));
    }
    sums
}

/// Makes the columns orthogonal and of length one: times the inverse of the Cholesky factor of their products. A column that
/// depends on those before it becomes zero.
fn orthonormalise(basis: &mut [f32], width: usize) {
    let products = gram(basis, basis, width);
    let mut factor = vec![0.0_f64; width * width];
    for i in 0..width {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| factor[i * width + k] * factor[j * width + k]).sum();
            let rest = products[i * width + j] - inner;
            let diagonal = factor[j * width + j];
            factor[i * width + j] = if i == j {
                if rest > 1e-10 * products[i * width + i].max(f64::MIN_POSITIVE) { rest.sqrt() } else { 0.0 }
            } else if diagonal > 0.0 {
                rest / diagonal
            } else {
                0.0
            };
        }
    }
    // The transpose of its inverse, column by column.
    let mut inverse = vec![0.0_f64; width * width];
    for i in 0..width {
        let diagonal = factor[i * width + i];
        if diagonal == 0.0 {
            continue;
        }
        inverse[i * width + i] = diagonal.recip();
        for j in 0..i {
            let inner: f64 = (j..i).map(|k| factor[i * width + k] * inverse[j * width + k]).sum();
            inverse[j * width + i] = -inner / diagonal;
        }
    }
    let inverse: Vec<f32> = inverse.into_iter().map(single).collect();
    for row in basis.chunks_exact_mut(width) {
        let turned = times_small(row, &inverse, width);
        row.copy_from_slice(&turned);
    }
}

/// Eigenvalues and, in columns, the vectors of a small dense symmetric matrix, by Jacobi's rotations.
fn eigen(matrix: &mut [f64], width: usize) -> (Vec<f64>, Vec<f64>) {
    const SWEEPS: usize = 30;
    let mut vectors = vec![0.0; width * width];
    for i in 0..width {
        vectors[i * width + i] = 1.0;
    }
    let size: f64 = matrix.iter().map(|value| value * value).sum();
    for _ in 0..SWEEPS {
        let off: f64 =
            (0..width).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| matrix[i * width + j].powi(2)).sum();
        if off <= 1e-18 * size {
            break;
        }
        for p in 0..width {
            for q in p + 1..width {
                rotate(matrix, &mut vectors, width, p, q);
            }
        }
    }
    ((0..width).map(|i| matrix[i * width + i]).collect(), vectors)
}

/// One rotation, that makes the entry of `p` and `q` zero.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], width: usize, p: usize, q: usize) {
    let entry = f64::midpoint(matrix[p * width + q], matrix[q * width + p]);
    if entry == 0.0 {
        return;
    }
    let angle = (matrix[q * width + q] - matrix[p * width + p]) / (2.0 * entry);
    let tangent = angle.signum() / (angle.abs() + angle.hypot(1.0));
    let cosine = tangent.hypot(1.0).recip();
    let sine = tangent * cosine;
    let turn = |values: &mut [f64], a: usize, b: usize| {
        let (x, y) = (values[a], values[b]);
        values[a] = cosine * x - sine * y;
        values[b] = sine * x + cosine * y;
    };
    for k in 0..width {
        turn(matrix, k * width + p, k * width + q);
    }
    for k in 0..width {
        turn(matrix, p * width + k, q * width + k);
        turn(vectors, k * width + p, k * width + q);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "points are kept in single precision")]
const fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of ones: the eigenvalues are the sizes of the blocks less one, the vectors are of one block.
    fn blocks(sizes: &[u32]) -> Symmetric {
        let mut first = 0;
        let mut rows = Vec::new();
        for size in sizes {
            for row in first..first + size {
                rows.push((first..first + size).filter(|column| *column != row).map(|column| (column, 1.0)).collect());
            }
            first += size;
        }
        Symmetric::new(rows)
    }

    #[test]
    fn the_largest_eigenvectors_of_blocks_are_the_largest_blocks() {
        let mut state = 1_u32;
        let random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from(u16::try_from(state >> 16).unwrap()) / 32_768.0 - 1.0
        };
        let (values, vectors) = leading(&blocks(&[5, 30, 10, 2]), 3, random);
        for (value, expected) in values.iter().zip([29.0, 9.0, 4.0]) {
            assert!((value - expected).abs() < 1e-3, "{values:?}");
        }
        let strength = |row: usize, column: usize| vectors[row * 3 + column].abs();
        assert!((strength(7, 0) - 30.0_f32.sqrt().recip()).abs() < 1e-3 && strength(40, 0) < 1e-3);
        assert!((strength(40, 1) - 10.0_f32.sqrt().recip()).abs() < 1e-3 && strength(0, 1) < 1e-3);
    }

    #[test]
    fn fewer_rows_than_wanted_and_none_at_all_give_zeros() {
        let (values, vectors) = leading(&blocks(&[2]), 4, || 0.5);
        assert!(
            values.len() == 4 && vectors.len() == 8 && vectors.iter().all(|number| number.is_finite()),
            "{vectors:?}"
        );
        let (_, none) = leading(&blocks(&[]), 4, || 0.5);
        assert!(none.is_empty());
    }
}
