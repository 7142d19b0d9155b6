//! The part of a pair's page that is made of forms and lists: the order that is being written, and
//! what has become of others.

mod ask;
mod book;
mod lists;
mod outlook;
mod percent;
mod review;
pub(crate) mod ticket;
pub(crate) mod words;

use super::{
    Page, Request,
    form::failed,
    nothing_here,
    panel::{live, said},
};
use crate::{account::with_next, error::AppError, functions::answer::fail};
pub(crate) use book::book;
use domain::{
    exchange::{Asset, Pair},
    trading::{Balance, Digits, PairInfo},
};
use leptos::prelude::*;
use services::auth::Identity;
use ticket::Ticket;

/// What is known of the pair and its trader.
struct Desk<'a> {
    request: &'a Request,
    identity: &'a Identity,
    info: &'a PairInfo,
    balances: Vec<Balance>,
}

impl Desk<'_> {
    /// This page, without an order that is looked at.
    fn here(&self) -> String {
        let pairs = self.request.search().split('&');
        let kept: Vec<&str> = pairs.filter(|pair| !pair.starts_with("review=")).collect();
        match kept.join("&").as_str() {
            "" => self.request.path().to_owned(),
            query => format!("{}?{query}", self.request.path()),
        }
    }

    fn available(&self, asset: Asset) -> Digits {
        let mut balances = self.balances.iter();
        let found = balances.find(|balance| balance.asset == asset);
        found.map_or_else(Digits::default, |balance| balance.available)
    }
}

pub(super) async fn page(request: &Request, pair: &str) -> Result<Page, AppError> {
    let pair: Pair = pair.parse().map_err(|_| nothing_here())?;
    let mut pairs = request.services.exchange.pairs().iter();
    let info = pairs
        .find(|info| info.pair == pair)
        .ok_or_else(nothing_here)?;
    let Some(identity) = &request.identity else {
        let view = view! {
            <section class="panel panel-body trade-ticket">
                <h2>"Order"</h2>
                {sign_in(request)}
            </section>
        };
        return Ok(("Trade", view.into_any()));
    };
    let balances = request.services.exchange.balances(identity).await;
    let desk = Desk {
        request,
        identity,
        info,
        balances: balances.map_err(fail)?,
    };
    let mut ticket = Ticket::read(pair, request.search());
    let wrong = percent::take_over(&mut ticket, &desk);
    let review = review::of(&desk, &ticket, wrong).await;
    let form = ask::form(&desk, &ticket, &review);
    let lists = lists::view(&desk).await?;
    // The form that failed tells why by itself.
    let review = review.view(&desk, &ticket);
    let view = view! {
        <section class="panel panel-body trade-ticket" aria-labelledby="ticket-title">
            <h2 id="ticket-title">"Order"</h2>
            {said(request)}
            {failed(request)}
            {form}
            {review}
        </section>
        <div class="trade-lists">
            {live(request, "account", &desk.balances, lists)}
        </div>
    };
    Ok(("Trade", view.into_any()))
}

fn sign_in(request: &Request) -> AnyView {
    let href = with_next("/auth", &request.address);
    view! {
        <p>
            <a class="button primary" href=href>
                "Sign in to trade"
            </a>
        </p>
        <p>"Paper money: a new account deposits as much as it needs, and nothing is at stake."</p>
    }
    .into_any()
}
