//! The coins of the catalogue, as CoinCap's socket names them.

use crate::failure::Result;
use serde::Deserialize;
use std::collections::BTreeMap;

const CATALOGUE: &str = include_str!("../../../services/data/catalogue.json");

/// What the trace and the frames need to know of a coin.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Coin {
    pub(crate) id: String,
    /// CoinCap's name.
    #[serde(rename = "coincap")]
    pub(crate) slug: String,
    /// USD, about.
    pub(crate) price: String,
    /// USD traded in a day, about.
    pub(crate) volume_24h: f64,
    pub(crate) stablecoin: bool,
}

/// Prices of some coins, by their place in the catalogue.
pub(crate) type Prices = Vec<(usize, String)>;

/// All coins of the catalogue.
pub(crate) fn all() -> Result<Vec<Coin>> {
    #[derive(Deserialize)]
    struct File {
        coins: Vec<Coin>,
    }
    let file: File = serde_json::from_str(CATALOGUE)
        .map_err(|error| format!("services/data/catalogue.json: {error}"))?;
    Ok(file.coins)
}

/// Prices as a JSON object, under names of one's choice.
pub(crate) fn object(coins: &[Coin], prices: &Prices, name: fn(&Coin) -> &str) -> Result<String> {
    let named = prices
        .iter()
        .filter_map(|(place, price)| Some((name(coins.get(*place)?), price.as_str())));
    Ok(serde_json::to_string(&named.collect::<BTreeMap<_, _>>())?)
}

/// Every price with so many digits that an update of all of them is the message of the
/// measurement, 2.7 kB: about 20, as CoinCap's own prices have. Each turn differs from the one before
/// it in the last digits only, so that all are of one length.
pub(crate) fn turn(coins: &[Coin], number: usize) -> Prices {
    const LENGTH: usize = 22;
    let last = if number.is_multiple_of(2) { '3' } else { '7' };
    let price = |coin: &Coin| {
        let mut text = coin.price.clone();
        if !text.contains('.') {
            text.push('.');
        }
        let filling = "4962817355".chars().cycle();
        let missing = LENGTH.saturating_sub(text.len() + 1);
        text.extend(filling.take(missing));
        text.push(last);
        text
    };
    coins.iter().map(price).enumerate().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coin_of_the_catalogue_has_a_name_upstream() -> Result<()> {
        let coins = all()?;
        assert!(coins.len() >= 60, "{}", coins.len());
        assert!(coins.iter().all(|coin| !coin.slug.is_empty()));
        Ok(())
    }

    #[test]
    fn turns_differ_in_every_price_and_never_in_length() -> Result<()> {
        let coins = all()?;
        let (one, two) = (turn(&coins, 1), turn(&coins, 2));
        assert_eq!(one.len(), coins.len());
        assert!(one.iter().zip(&two).all(|(one, two)| one != two));
        assert!(one.iter().chain(&two).all(|(_, price)| price.len() == 22));
        assert_eq!(one, turn(&coins, 3));
        Ok(())
    }

    #[test]
    fn prices_are_written_under_the_names_asked_for() -> Result<()> {
        let coins = all()?;
        let place = coins.iter().position(|coin| coin.id == "binancecoin");
        let prices = vec![(place.unwrap_or_default(), "860.5".to_owned())];
        let ours = object(&coins, &prices, |coin| &coin.id)?;
        let theirs = object(&coins, &prices, |coin| &coin.slug)?;
        assert_eq!(
            (ours.as_str(), theirs.as_str()),
            (r#"{"binancecoin":"860.5"}"#, r#"{"binance-coin":"860.5"}"#)
        );
        Ok(())
    }
}
