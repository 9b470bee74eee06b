//! The fingerprint of a split: two runs with the same one asked the same questions.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// How files are parted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Of the test keys; of `fit` one for each seed of the split.
    pub sha256: Vec<String>,
    /// What is worth knowing of the files: what was left out of them, and why.
    pub notes: Vec<String>,
}

/// The sha256, in hexadecimal, of the keys sorted bytewise, each once and with a line feed behind it.
pub fn keys_sha256(mut keys: Vec<String>) -> String {
    keys.sort_unstable();
    keys.dedup();
    let mut hasher = Sha256::new();
    for key in &keys {
        hasher.update(key.as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a string does not fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `printf 'a\tx\nb\n' | LC_ALL=C sort -u | sha256sum`, and of no input.
    #[test]
    fn it_is_what_sort_and_sha256sum_give() {
        let keys = |keys: &[&str]| keys_sha256(keys.iter().map(|key| (*key).to_owned()).collect());
        assert_eq!(keys(&["b", "a\tx", "b"]), "9fe198824281de75b15525f9ac28d833fa80de246739754171dc803558431ef4");
        assert_eq!(keys(&[]), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
