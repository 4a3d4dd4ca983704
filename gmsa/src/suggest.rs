//! Suggestions for misspelt names.

/// Longer names are not compared: the cost grows with the length.
const LONGEST: usize = 64;

/// The candidate that `name` was probably meant to be, if one is close enough; upper and lower case do not count.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let wanted = name.to_lowercase();
    let distance = |candidate: &str| strsim::osa_distance(&candidate.to_lowercase(), &wanted);
    let (best, errors) = candidates.into_iter().map(|known| (known, distance(known))).min_by_key(|(_, d)| *d)?;
    (errors <= (wanted.chars().count() / 3).max(1)).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_name_is_close_or_absent() {
        let known = ["NetBiosName", "DnsName", "Sid"];
        assert_eq!(nearest("netbiosname", known), Some("NetBiosName"));
        assert_eq!(nearest("DnsNme", known), Some("DnsName"));
        assert_eq!(nearest("Domain", known), None);
        assert_eq!(nearest(&"x".repeat(65), known), None);
        assert_eq!(nearest("x", []), None);
    }
}
