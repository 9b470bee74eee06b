//! What others published and others run, one algorithm a file: here to be measured against, never served.

pub mod closed_form;
pub mod fit;
pub mod head;
pub mod item_knn;
pub mod nearest;
pub mod order_pairs;
pub mod pairwise;
pub mod popularity;
pub mod random_walk;
pub mod rules;
pub mod tifu_knn;
pub mod top;
pub mod up_cf;
