//! What goes out of whom: nobody takes everybody's places, and of somebody who is suspended nothing does.

use super::{allow, hooked, receiver::Receiver};
use crate::alerts::{made, standing};
use crate::alerts_prices::{above, follow, kraken};
use crate::auth_support::Desk;
use crate::support::TestResult;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_people_whose_receivers_hang_hold_up_nobody_else() -> TestResult {
    let kraken = kraken("84200").await?;
    let desk = Desk::start_with(|config| {
        allow(config);
        follow(config, &kraken);
        // Longer than this test waits for anything.
        config.webhooks.time_limit = Duration::from_secs(120);
    });
    let desk = desk.await?;
    let receiver = Receiver::start(&[]).await?;
    for number in 0..16 {
        let mallory = desk.signed_in(&format!("Mallory{number}")).await?;
        for hook in 0..4 {
            hooked(&mallory, &receiver.url(&format!("/hang/{number}/{hook}"))).await?;
        }
        made(&mallory, above("84300")).await?;
    }
    let bob = desk.signed_in("Bob").await?;
    kraken.set_prices(&[("BTC/USD", "84350")]);
    // Each of them has one on its way, and then some have more: as many as may be, while Bob is told other things.
    receiver.got(32).await?;
    for price in [84_400, 84_430, 84_460] {
        let alert = made(&bob, above(&price.to_string())).await?;
        standing(&bob, &alert, "armed").await?;
        kraken.set_prices(&[("BTC/USD", &(price + 10).to_string())]);
        standing(&bob, &alert, "done").await?;
    }
    hooked(&bob, &receiver.url("/bob")).await?;
    let alert = made(&bob, above("84500")).await?;
    standing(&bob, &alert, "armed").await?;
    kraken.set_prices(&[("BTC/USD", "84550")]);
    let seen = receiver.got(33).await?;
    let hanging = seen.iter().filter(|one| one.path.starts_with("/hang"));
    assert_eq!(
        (hanging.count(), seen.len()),
        (32, 33),
        "half of all places"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_somebody_who_is_suspended_nothing_goes_out() -> TestResult {
    let kraken = kraken("84200").await?;
    let desk = Desk::start_with(|config| {
        allow(config);
        follow(config, &kraken);
    });
    let desk = desk.await?;
    let receiver = Receiver::start(&[]).await?;
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    for (who, path) in [(&ann, "/ann"), (&bob, "/bob")] {
        hooked(who, &receiver.url(path)).await?;
        let alert = made(who, above("84300")).await?;
        standing(who, &alert, "armed").await?;
    }
    let suspend = "UPDATE users SET role = 'suspended' WHERE name = 'Ann'";
    assert_eq!(desk.sqlite()?.execute(suspend, [])?, 1);
    kraken.set_prices(&[("BTC/USD", "84350")]);
    receiver.got(1).await?;
    // Whatever was to come of Ann's comes before this.
    let next = made(&bob, above("84500")).await?;
    standing(&bob, &next, "armed").await?;
    kraken.set_prices(&[("BTC/USD", "84550")]);
    let seen = receiver.got(2).await?;
    assert!(seen.iter().all(|one| one.path == "/bob"), "{seen:?}");
    Ok(())
}
