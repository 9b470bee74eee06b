//! What others published and others run, one algorithm a file: here to be measured against, never served.

pub mod fit;
pub mod tifu_knn;
pub mod top;
pub mod up_cf;
