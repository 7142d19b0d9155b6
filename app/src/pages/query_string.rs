//! The query string as it stands in the address.
//!
//! The router's own map decodes every value twice: "%41", typed into the search box, would come out
//! as "A".

/// The last value of `name`, decoded once. `name` is compared as it stands in the address.
#[must_use]
pub(crate) fn value(query: &str, name: &str) -> Option<String> {
    query.rsplit('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| decoded(value))
    })
}

/// The parts of a query string that are about a chart, and the others.
#[must_use]
pub(crate) fn split_chart(search: &str) -> (Vec<&str>, Vec<&str>) {
    let pairs = search.trim_start_matches('?').split('&');
    let is_chart = |pair: &&str| pair.starts_with("range=") || pair.starts_with("kind=");
    pairs.filter(|pair| !pair.is_empty()).partition(is_chart)
}

/// An address of the same page as the one that is shown: the chart stays as it was chosen.
#[cfg(any(feature = "hydrate", test))]
#[must_use]
pub(crate) fn with_chart_of(address: &str, path: &str, search: &str) -> String {
    let (there, asked) = address.split_once('?').unwrap_or((address, ""));
    let (chart, _) = split_chart(search);
    if there != path || chart.is_empty() {
        return address.to_owned();
    }
    let (_, others) = split_chart(asked);
    let all: Vec<&str> = others.into_iter().chain(chart).collect();
    format!("{there}?{}", all.join("&"))
}

/// Takes the encoding of forms back: `+` is a space, `%41` a byte. What is neither stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let (byte, after) = match (first, escaped(tail)) {
            (b'%', Some((byte, after))) => (byte, after),
            (b'+', _) => (b' ', tail),
            _ => (first, tail),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The byte that the next two digits stand for, and what follows them.
fn escaped(tail: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = tail.split_at_checked(2)?;
    let [high, low] =
        [digits.first()?, digits.last()?].map(|digit| char::from(*digit).to_digit(16));
    let byte = u8::try_from(high? * 16 + low?).ok()?;
    Some((byte, after))
}

#[cfg(test)]
mod tests {
    use super::{value, with_chart_of};

    #[test]
    fn the_chart_stays_as_it_was_chosen_on_the_same_page() {
        let search = "side=buy&range=7d&kind=candles";
        let stays = |address| with_chart_of(address, "/trade/BTC-USD", search);
        let chart = "range=7d&kind=candles";
        assert_eq!(stays("/trade/BTC-USD"), format!("/trade/BTC-USD?{chart}"));
        let other = stays("/trade/BTC-USD?range=1d&side=sell");
        assert_eq!(other, format!("/trade/BTC-USD?side=sell&{chart}"));
        assert_eq!(stays("/wallet?a=1"), "/wallet?a=1");
        assert_eq!(with_chart_of("/x?a=1", "/x", "b=2"), "/x?a=1");
    }

    #[test]
    fn a_value_is_decoded_once() {
        let search = |query| value(query, "search");
        assert_eq!(search("search=%2541").as_deref(), Some("%41"));
        assert_eq!(search("a=1&search=c+d%26%C3%BC").as_deref(), Some("c d&ü"));
        assert_eq!(search("search=1&search=2").as_deref(), Some("2"));
        assert_eq!(search("search").as_deref(), Some(""));
        assert_eq!(search("research=1"), None);
    }

    #[test]
    fn what_is_no_encoding_stays() {
        for text in ["50%", "%", "%4", "%zz", "%+1"] {
            let expected = text.replace('+', " ");
            let read = value(&format!("search={text}"), "search");
            assert_eq!(read, Some(expected), "{text}");
        }
        assert_eq!(value("search=%ff", "search").as_deref(), Some("\u{fffd}"));
    }
}
