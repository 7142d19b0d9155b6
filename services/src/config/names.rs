//! Names in `.env` that look like settings and are none.

/// Up to this length a name may differ by one letter, a longer one by two: every short name is
/// nearly another one.
const SHORT: usize = 5;

/// What to say about a name that is no setting; nothing about names that belong to other programs.
pub(super) fn remark(name: &str, known: &[&'static str]) -> Option<String> {
    if known.contains(&name) {
        return None;
    }
    if name.starts_with("LEPTOS_") {
        return Some("is read from the process environment only, not from .env".to_owned());
    }
    let meant = nearest(name, known)?;
    Some(format!(
        "is no setting and has no effect; did you mean {meant}?"
    ))
}

/// The setting that is nearly spelt like `name`, or that begins with the same word.
fn nearest(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    let likely = |known: &&&str| {
        let allowed = if known.len() <= SHORT { 1 } else { 2 };
        distance(&name, known) <= allowed || swapped(&name, known)
    };
    let likely = known.iter().filter(likely);
    if let Some(nearest) = likely.min_by_key(|known| distance(&name, known)) {
        return Some(nearest);
    }
    let (word, _) = name.split_once('_')?;
    let same_word = known.iter().filter(|known| {
        known
            .split_once('_')
            .is_some_and(|(first, _)| first == word)
    });
    same_word
        .copied()
        .min_by_key(|known| distance(&name, known))
}

/// Whether both have the same letters in another order.
fn swapped(one: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters = text.as_bytes().to_vec();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(other)
}

/// How many letters must be added, removed or replaced (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in one.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, b) in other.bytes().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 5] = ["PORT", "HOST", "CACHE_URL", "COINCAP_API_KEY", "DATA_DIR"];

    #[test]
    fn a_misspelt_name_leads_to_the_one_that_was_meant() {
        for (name, meant) in [
            ("CACHE_URI", "CACHE_URL"),
            ("CACHEURL", "CACHE_URL"),
            ("PROT", "PORT"),
            ("port", "PORT"),
            ("COINCAP_KEY", "COINCAP_API_KEY"),
            ("CACHE_PASSWORD", "CACHE_URL"),
        ] {
            assert_eq!(nearest(name, &KNOWN), Some(meant), "{name}");
        }
    }

    #[test]
    fn names_of_other_programs_are_left_alone() {
        for name in [
            "POSTGRES_PASSWORD",
            "TZ",
            "PGPORT",
            "DATABASE_URL",
            "A",
            "HOSTNAME",
        ] {
            assert_eq!(remark(name, &KNOWN), None, "{name}");
        }
        assert_eq!(remark("PORT", &KNOWN), None);
    }

    #[test]
    fn distances_are_counted_in_letters() {
        for (one, other, expected) in [("", "", 0), ("", "AB", 2), ("AB", "", 2), ("ABC", "AC", 1)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
        assert_eq!(distance("KITTEN", "SITTING"), 3);
    }
}
