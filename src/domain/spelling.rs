//! What a name that nobody knows was probably meant to be.

/// ", did you mean X?" where one of the known names is near enough to be meant.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let name = name.to_lowercase();
    let best = known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
        .min();
    match best {
        // A third of the letters may be wrong: beyond that a guess misleads.
        Some((distance, candidate)) if distance * 3 <= name.chars().count().max(3) => {
            format!(", did you mean {candidate:?}?")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        let known = ["title", "description", "price"];
        assert_eq!(nearest("titel", known), ", did you mean \"title\"?");
        assert_eq!(nearest("Price", known), ", did you mean \"price\"?");
        assert_eq!(nearest("warehouse", known), "");
    }
}
