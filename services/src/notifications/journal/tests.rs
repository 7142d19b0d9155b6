use super::{story::Stories, words};
use domain::{
    UserId,
    exchange::{
        Asset, Command, Entry, Event, Exchange, Settings, Timestamp,
        id::{OrderId, TransferId},
        money::Amount,
        rules::Rules,
    },
    notification::{Message, Topic},
    trading::{Order, PlaceOrder, Touched},
};
use std::error::Error;
use uuid::Uuid;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const ANN: UserId = UserId::new(Uuid::from_u128(1));
const BOB: UserId = UserId::new(Uuid::from_u128(2));

/// An exchange on which one thing happens each second.
struct Desk {
    exchange: Exchange,
    now: Timestamp,
    entries: Vec<Entry>,
}

impl Desk {
    /// Ann has dollars, Bob bitcoins; one costs 50,000 dollars.
    fn open() -> Outcome<Self> {
        let settings = Settings::new([("BTC-USD".parse()?, Rules::new(2))].into());
        let mut desk = Self {
            exchange: Exchange::new(settings),
            now: Timestamp::from_millis(1_700_000_000_000),
            entries: Vec::new(),
        };
        desk.price(50_000)?;
        desk.deposit(ANN, "USD", "90000")?;
        desk.deposit(BOB, "BTC", "1.5")?;
        desk.entries.clear();
        Ok(desk)
    }

    fn run(&mut self, command: Command) -> Outcome {
        self.now = Timestamp::from_millis(self.now.millis() + 1_000);
        self.entries
            .extend(self.exchange.execute(command, self.now)?);
        Ok(())
    }

    fn price(&mut self, dollars: i64) -> Outcome {
        self.run(Command::Tick {
            pair: "BTC-USD".parse()?,
            price: dollars.into(),
        })
    }

    fn amount(&self, asset: &str, amount: &str) -> Outcome<(Asset, Amount)> {
        let asset = asset.parse()?;
        let scale = self.exchange.scale(asset)?;
        Ok((asset, Amount::from_decimal(amount.parse()?, scale)?))
    }

    fn deposit(&mut self, user: UserId, asset: &str, amount: &str) -> Outcome {
        let (asset, amount) = self.amount(asset, amount)?;
        self.run(Command::Deposit {
            user,
            asset,
            amount,
        })
    }

    /// Places an order as a client writes it.
    fn place(&mut self, user: UserId, rest: &str) -> Outcome<OrderId> {
        let order: PlaceOrder = serde_json::from_str(&format!(r#"{{"pair":"BTC-USD",{rest}}}"#))?;
        let order = order.order(Rules::new(2)).map_err(|e| format!("{e:?}"))?;
        let before = self.entries.len();
        self.run(Command::Place { user, order })?;
        let new = self.entries.iter().skip(before);
        let mut placed = new.filter_map(|entry| match &entry.event {
            Event::Placed(order) => Some(order.id()),
            _ => None,
        });
        Ok(placed.next().ok_or("not placed")?)
    }

    fn withdraw(&mut self, needs_approval: bool) -> Outcome<TransferId> {
        let (asset, amount) = self.amount("BTC", "0.25")?;
        self.run(Command::Withdraw {
            user: BOB,
            asset,
            amount,
            destination: "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4".to_owned(),
            needs_approval,
        })?;
        let last = self.exchange.withdrawals().last();
        Ok(last.ok_or("no withdrawal")?.id)
    }

    /// What somebody is told of what has happened since the last call.
    fn told(&mut self, user: UserId) -> Vec<Message> {
        let mut stories = Stories::of(&self.entries, self.exchange.settings());
        for (_, id) in stories.unknown() {
            if let Some(live) = self.exchange.order(id) {
                let touched = Touched {
                    at: self.now,
                    sequence: 0,
                };
                stories.know(id, Order::live(live, Rules::new(2), touched));
            }
        }
        self.entries.clear();
        let all = words::messages(stories).into_iter();
        all.filter(|(whose, _)| *whose == user)
            .map(|(_, message)| message)
            .collect()
    }
}

fn said(messages: &[Message]) -> Vec<(Topic, &str, &str)> {
    let said = messages.iter();
    said.map(|it| (it.topic, it.title.as_str(), it.text.as_str()))
        .collect()
}

#[test]
fn both_sides_of_a_trade_are_told_and_the_rest_of_an_order_waits() -> Outcome {
    let mut desk = Desk::open()?;
    desk.place(
        BOB,
        r#""side":"sell","type":"limit","quantity":"1","price":"49990""#,
    )?;
    desk.place(
        ANN,
        r#""side":"buy","type":"limit","quantity":"0.4","price":"49990""#,
    )?;
    let (entries, bob) = (desk.entries.clone(), desk.told(BOB));
    assert_eq!(
        said(&bob),
        [(
            Topic::Fill,
            "Sold 0.4 BTC at $49,990.00: a part of your order",
            "The rest of it waits in the book."
        )]
    );
    assert_eq!(bob[0].link.as_deref(), Some("/trade/BTC-USD"));
    desk.entries = entries;
    let ann = desk.told(ANN);
    assert_eq!(
        said(&ann),
        [(
            Topic::Fill,
            "Bought 0.4 BTC at $49,990.00",
            "For $19,996.00, and a fee of $39.99."
        )]
    );
    Ok(())
}

#[test]
fn a_stop_that_is_reached_is_told_with_what_came_of_it() -> Outcome {
    let mut desk = Desk::open()?;
    desk.place(
        BOB,
        r#""side":"sell","type":"stop","quantity":"0.5","stop_price":"48000""#,
    )?;
    let limited = r#""side":"sell","type":"stop_limit","quantity":"0.5","stop_price":"48000","price":"47990""#;
    desk.place(BOB, limited)?;
    assert_eq!(desk.told(BOB), [], "nothing has happened yet");
    desk.price(47_000)?;
    let told = desk.told(BOB);
    let said = said(&told);
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[0].0, Topic::Stop);
    assert!(said[0].1.starts_with("Sold 0.5 BTC at $46,"), "{said:?}");
    assert!(
        said[0].2.starts_with("Your stop was reached. For $"),
        "{said:?}"
    );
    let waits = (
        Topic::Stop,
        "Your stop of BTC-USD was reached",
        "It stood at $48,000.00. The order waits in the book now.",
    );
    assert_eq!(said[1], waits);
    Ok(())
}

#[test]
fn the_end_of_a_stop_is_told_of_once_wherever_the_journal_is_cut() -> Outcome {
    let mut desk = Desk::open()?;
    let stop = r#""side":"sell","type":"stop","quantity":"0.5","stop_price":"48000""#;
    desk.place(BOB, stop)?;
    desk.entries.clear();
    desk.price(47_000)?;
    let entries = desk.entries.clone();
    let ended = entries.iter().find_map(|entry| match &entry.event {
        Event::Closed { order, end } => Some((order, *end)),
        _ => None,
    });
    let (order, end) = ended.ok_or("it has not ended")?;
    let touched = Touched {
        at: desk.now,
        sequence: 0,
    };
    let over = Order::over(order, end, Rules::new(2), touched);
    for cut in 1..entries.len() {
        let mut told = Vec::new();
        for piece in [&entries[..cut], &entries[cut..]] {
            let mut stories = Stories::of(piece, desk.exchange.settings());
            // Whoever reads it now sees that it is over.
            for (_, id) in stories.unknown() {
                stories.know(id, over.clone());
            }
            told.extend(words::messages(stories));
        }
        let ends = told
            .iter()
            .filter(|(_, it)| it.title.starts_with("Sold 0.5 BTC at"));
        let ends: Vec<_> = ends.filter(|(_, it)| !it.title.contains("part")).collect();
        assert_eq!(ends.len(), 1, "cut behind {cut}: {told:?}");
    }
    Ok(())
}

#[test]
fn what_somebody_did_themselves_is_no_news() -> Outcome {
    let mut desk = Desk::open()?;
    let order = desk.place(
        ANN,
        r#""side":"buy","type":"limit","quantity":"1","price":"40000""#,
    )?;
    desk.run(Command::Cancel { user: ANN, order })?;
    desk.deposit(ANN, "USD", "100")?;
    desk.place(
        ANN,
        r#""side":"buy","type":"limit","quantity":"1","price":"40000","time_in_force":"IOC""#,
    )?;
    assert_eq!(desk.told(ANN), []);
    Ok(())
}

#[test]
fn an_order_whose_time_is_over_is_told() -> Outcome {
    let mut desk = Desk::open()?;
    let until = r#""side":"buy","type":"limit","quantity":"1","price":"40000","time_in_force":"GTD","expires_at":"2023-11-14T22:14:00Z""#;
    desk.place(ANN, until)?;
    desk.now = Timestamp::from_millis(1_700_000_060_000);
    desk.price(50_001)?;
    assert_eq!(
        said(&desk.told(ANN)),
        [(
            Topic::Fill,
            "Your order to buy BTC has expired",
            "Its time was over, and nothing of it was traded."
        )]
    );
    Ok(())
}

#[test]
fn many_orders_at_once_are_one_message() -> Outcome {
    let mut desk = Desk::open()?;
    for _ in 0..6 {
        desk.place(ANN, r#""side":"buy","type":"market","quantity":"0.01""#)?;
    }
    let told = desk.told(ANN);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].title, "6 orders were filled or have ended");
    Ok(())
}

#[test]
fn a_withdrawal_is_told_step_by_step_and_whoever_asked_for_it_can_tell_that_it_was_not_them()
-> Outcome {
    let mut desk = Desk::open()?;
    let withdrawal = desk.withdraw(true)?;
    let waits = desk.told(BOB);
    assert_eq!(waits[0].title, "A withdrawal of 0.25 BTC was asked for");
    assert!(
        waits[0]
            .text
            .starts_with("To bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4.")
    );
    desk.run(Command::Approve { withdrawal })?;
    let reference = "tx-1".to_owned();
    desk.run(Command::Send {
        withdrawal,
        reference,
    })?;
    let sent = desk.told(BOB);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].title, "0.25 BTC was sent");
    assert!(sent[0].text.ends_with("as tx-1."), "{sent:?}");
    let withdrawal = desk.withdraw(true)?;
    desk.entries.clear();
    desk.run(Command::Withhold {
        withdrawal,
        by_owner: None,
    })?;
    let refused = desk.told(BOB);
    assert_eq!(refused[0].title, "Your withdrawal of 0.25 BTC was refused");
    Ok(())
}
