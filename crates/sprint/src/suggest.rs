//! "Did you mean": the nearest known name, or none where nothing is near.

/// The candidate nearest to `typed`, if it is at most two edits away (three for long names).
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = if typed.len() > 8 { 3 } else { 2 };
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(typed, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["base64", "bisect", "zlib"];
        assert_eq!(nearest("base46", known), Some("base64"));
        assert_eq!(nearest("bas64", known), Some("base64"));
        assert_eq!(nearest("decimal", known), None);
    }
}
