//! What is said of orders and withdrawals.

use super::story::{OrderStory, Step, Stories, WithdrawalStory};
use domain::{
    UserId,
    exchange::order::{Reason, Side, Status},
    format::{self, Locale},
    notification::{Message, Topic},
    trading::{Fill, Order},
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Of more orders than these of one person one message is made.
const MOST: usize = 5;

/// What everybody is told, each in the order of time.
pub(super) fn messages(mut stories: Stories) -> Vec<(UserId, Message)> {
    let mut orders: BTreeMap<UserId, Vec<Message>> = BTreeMap::new();
    for story in stories.take_orders() {
        if let Some(message) = of_order(&story) {
            orders.entry(story.user).or_default().push(message);
        }
    }
    let withdrawals = stories.withdrawals.iter();
    let mut all: Vec<_> = withdrawals
        .map(|one| (one.user, of_withdrawal(one)))
        .collect();
    for (user, messages) in orders {
        let messages = if messages.len() > MOST {
            together(&messages)
        } else {
            messages
        };
        all.extend(messages.into_iter().map(|message| (user, message)));
    }
    all.sort_by_key(|(_, message)| message.created_at);
    all
}

/// One message for each kind of many.
fn together(messages: &[Message]) -> Vec<Message> {
    let of = |topic: Topic, what: &str| {
        let of_topic = || messages.iter().filter(|message| message.topic == topic);
        let last = of_topic().next_back()?;
        Some(Message {
            topic,
            title: format!("{} {what}", of_topic().count()),
            text: format!("The last one: {}. {}", last.title, last.text),
            link: Some("/transactions".to_owned()),
            created_at: last.created_at,
        })
    };
    let fills = of(Topic::Fill, "orders were filled or have ended");
    let stops = of(Topic::Stop, "stops were reached");
    fills.into_iter().chain(stops).collect()
}

fn of_order(story: &OrderStory) -> Option<Message> {
    // One that was read may have ended since: that is told of with the entry that says so.
    let over = story.order.as_ref().filter(|_| story.is_closed);
    let (topic, title, text) = match (over, &story.order) {
        (Some(order), _) => ended(story, order)?,
        (None, Some(order)) if story.is_triggered => (
            Topic::Stop,
            format!("Your stop of {} was reached", order.pair),
            format!("{} {}", stop_at(order), goes_on(&story.fills)),
        ),
        _ => {
            let first = story.fills.first()?;
            let done = done(first.side);
            let title = format!("{done} {}: a part of your order", traded(&story.fills)?);
            (
                Topic::Fill,
                title,
                "The rest of it waits in the book.".to_owned(),
            )
        }
    };
    let pair = story.order.as_ref().map(|order| order.pair);
    let pair = pair.or_else(|| story.fills.first().map(|fill| fill.pair))?;
    Some(Message {
        topic,
        title,
        text,
        link: Some(format!("/trade/{pair}")),
        created_at: story.at,
    })
}

/// An order that is over, if its owner does not know that already.
fn ended(story: &OrderStory, order: &Order) -> Option<(Topic, String, String)> {
    let waited_for_price = order.kind.is_triggered();
    let topic = if waited_for_price {
        Topic::Stop
    } else {
        Topic::Fill
    };
    let stop = if waited_for_price {
        "Your stop was reached. "
    } else {
        ""
    };
    let is_nothing_done = order.filled_quantity.get().is_zero();
    if order.status == Status::Filled || !is_nothing_done {
        let title = format!("{} {}", done(order.side), so_much(order)?);
        let rest = match order.status {
            Status::Filled => "",
            _ => " The rest of the order was not traded.",
        };
        return Some((topic, title, format!("{stop}{}{rest}", money(order))));
    }
    let wanted = match order.side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    };
    let base = order.pair.base();
    if order.status == Status::Expired {
        let title = format!("Your order to {wanted} {base} has expired");
        let text = "Its time was over, and nothing of it was traded.".to_owned();
        return Some((Topic::Fill, title, text));
    }
    // Whoever placed it a moment ago was told by the answer; whoever ended it knows.
    let why = match order.reason? {
        Reason::Requested | Reason::Linked => return None,
        _ if story.is_new && !story.is_triggered => return None,
        Reason::NoLiquidity | Reason::FillOrKill => "nothing was on offer at its price",
        Reason::SelfTrade => "it would have traded with another order of yours",
        Reason::PostOnly => "it would have traded at once",
        Reason::StalePrice => "no price was known that was young enough",
    };
    let title = format!("Your order to {wanted} {base} has ended without a trade");
    Some((topic, title, format!("{stop}It has ended because {why}.")))
}

fn of_withdrawal(story: &WithdrawalStory) -> Message {
    let amount = format::amount(story.amount, Locale::default());
    let money = format!("{amount} {}", story.asset);
    // Network and address.
    let destination = story.destination.split_once(':');
    let to = destination.map_or(story.destination.as_str(), |(_, address)| address);
    let (title, text) = match &story.step {
        Step::Waits => (
            format!("A withdrawal of {money} was asked for"),
            format!(
                "To {to}. It waits until it may be sent; until then you can cancel it. If you know nothing of it, do so, and change your password."
            ),
        ),
        Step::Sent(reference) => (
            format!("{money} was sent"),
            format!("To {to}, as {reference}."),
        ),
        Step::Refused => (
            format!("Your withdrawal of {money} was refused"),
            "You have the money at your disposal again.".to_owned(),
        ),
    };
    Message {
        topic: Topic::Withdrawal,
        title,
        text,
        link: Some("/wallet".to_owned()),
        created_at: story.at,
    }
}

const fn done(side: Side) -> &'static str {
    match side {
        Side::Buy => "Bought",
        Side::Sell => "Sold",
    }
}

/// What an order has traded, and at which price on average.
fn so_much(order: &Order) -> Option<String> {
    let price = order.average_price?.get();
    Some(at(
        order.filled_quantity.get(),
        &order.pair.base().to_string(),
        price,
    ))
}

/// The same of some fills of one order.
fn traded(fills: &[Fill]) -> Option<String> {
    let first = fills.first()?;
    let quantity: Decimal = fills.iter().map(|fill| fill.quantity.get()).sum();
    let amount: Decimal = fills.iter().map(|fill| fill.amount.get()).sum();
    let price = amount.checked_div(quantity)?;
    Some(at(quantity, &first.pair.base().to_string(), price))
}

fn at(quantity: Decimal, base: &str, price: Decimal) -> String {
    let locale = Locale::default();
    let quantity = format::amount(quantity, locale);
    format!("{quantity} {base} at {}", format::usd(price, locale))
}

/// What it came to in dollars.
fn money(order: &Order) -> String {
    let usd = |amount| format::usd(amount, Locale::default());
    let amount = usd(order.filled_amount.get());
    let fee = usd(order.fee.get());
    match order.side {
        Side::Buy => format!("For {amount}, and a fee of {fee}."),
        Side::Sell => format!("For {amount}, less a fee of {fee}."),
    }
}

fn stop_at(order: &Order) -> String {
    match order.stop_price {
        Some(stop) => {
            let stop = format::usd(stop.get(), Locale::default());
            format!("It stood at {stop}.")
        }
        None => "It was a trailing stop.".to_owned(),
    }
}

fn goes_on(fills: &[Fill]) -> String {
    match fills.first().zip(traded(fills)) {
        Some((first, traded)) => format!(
            "{} {traded} so far; the rest waits in the book.",
            done(first.side)
        ),
        None => "The order waits in the book now.".to_owned(),
    }
}
