//! Journals that were written before: whatever this build makes of events, it reads them, and they come
//! to what they came to then.
//!
//! `tests/data/journals/N.jsonl` has an entry in each line, `N.json` what they have led to. A file that
//! was committed is never changed. When a kind of event is new or is written otherwise, `script` below
//! lets it happen, [`kind`] names it, and the tests say where the next pair of files lies, to be copied.

use super::{settings::Pairs, views::Views};
use crate::{market::catalogue::Catalogue, store::Owned};
use domain::{
    UserId,
    exchange::{
        Asset, Command, Entry, Event, Exchange, Rejection, Snapshot, Timestamp,
        id::{OrderId, TransferId},
        money::Amount,
        rules::Rules,
    },
    trading::{Balance, Fill, Order, PlaceOco, PlaceOrder, Transaction, Withdrawal},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, error::Error, fs, path::PathBuf};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The last pair of files.
const NEWEST: u32 = 1;
const ANN: UserId = UserId::new(Uuid::from_u128(1));
const BOB: UserId = UserId::new(Uuid::from_u128(2));
const EVE: UserId = UserId::new(Uuid::from_u128(3));
const KINDS: [&str; 11] = [
    "placed",
    "stop_moved",
    "triggered",
    "traded",
    "closed",
    "deposited",
    "withdrawal_requested",
    "withdrawal_approved",
    "withdrawal_sent",
    "withdrawal_withheld",
    "account_closed",
];

/// Its place among [`KINDS`]: a kind that is new has none yet, and this does not compile.
const fn kind(event: &Event) -> usize {
    match event {
        Event::Placed(_) => 0,
        Event::StopMoved { .. } => 1,
        Event::Triggered { .. } => 2,
        Event::Traded(_) => 3,
        Event::Closed { .. } => 4,
        Event::Deposited { .. } => 5,
        Event::WithdrawalRequested(_) => 6,
        Event::WithdrawalApproved { .. } => 7,
        Event::WithdrawalSent { .. } => 8,
        Event::WithdrawalWithheld { .. } => 9,
        Event::AccountClosed { .. } => 10,
    }
}

/// What a journal has led to.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Led {
    snapshot: Snapshot,
    orders: Vec<(UserId, Order)>,
    fills: Vec<(UserId, Fill)>,
    transactions: Vec<(UserId, Transaction)>,
    withdrawals: Vec<(UserId, Withdrawal)>,
    balances: Vec<(UserId, Balance)>,
}

fn committed(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/journals")).join(name)
}

fn empty() -> Outcome<Exchange> {
    let pairs = Pairs::of(&Catalogue::bundled()?);
    Ok(Exchange::new(pairs.settings.clone()))
}

fn fold(entries: &[Entry]) -> Outcome<Led> {
    let (mut exchange, mut views) = (empty()?, Views::default());
    for entry in entries {
        exchange.apply(entry)?;
        views.enter(&exchange, std::slice::from_ref(entry));
    }
    exchange.check()?;
    let rows = views.take(&exchange);
    Ok(Led {
        snapshot: exchange.snapshot(),
        orders: plain(rows.orders),
        fills: plain(rows.fills),
        transactions: plain(rows.transactions),
        withdrawals: plain(rows.withdrawals),
        balances: plain(rows.balances),
    })
}

fn plain<T>(rows: Vec<Owned<T>>) -> Vec<(UserId, T)> {
    rows.into_iter().map(|row| (row.user, row.value)).collect()
}

#[test]
fn what_was_written_before_is_read_and_comes_to_the_same() -> Outcome<()> {
    for number in 1..=NEWEST {
        let name = format!("{number}.jsonl");
        let text = fs::read_to_string(committed(&name))?;
        let mut entries = Vec::new();
        for (line, place) in text.lines().zip(1..) {
            let entry: Result<Entry, _> = serde_json::from_str(line);
            let entry = entry.map_err(|error| {
                format!(
                    "line {place} of {name} can't be read any more: {error}. Journals of people hold \
                     such entries: what is new in an event needs a default, and what is gone must be \
                     read all the same."
                )
            });
            entries.push(entry?);
        }
        let recorded = fs::read_to_string(committed(&format!("{number}.json")))?;
        let recorded: Led = serde_json::from_str(&recorded)?;
        let folded = fold(&entries)?;
        assert_eq!(
            folded, recorded,
            "{name} does not come to what it came to when it was written"
        );
    }
    Ok(())
}

#[test]
fn an_event_is_written_as_it_was_last_recorded() -> Outcome<()> {
    let entries = script()?;
    let lines: Result<Vec<String>, _> = entries.iter().map(serde_json::to_string).collect();
    let lines = lines?;
    let recorded = fs::read_to_string(committed(&format!("{NEWEST}.jsonl"))).unwrap_or_default();
    let recorded: Vec<&str> = recorded.lines().collect();
    if lines == recorded {
        return Ok(());
    }
    let place = lines.iter().zip(&recorded).take_while(|(a, b)| a == b);
    let place = place.count();
    let nothing = String::new();
    let (now, then) = (lines.get(place).unwrap_or(&nothing), recorded.get(place));
    let next = NEWEST + 1;
    let folder = tempfile::tempdir()?.keep();
    let (journal, led) = (format!("{next}.jsonl"), format!("{next}.json"));
    fs::write(folder.join(&journal), lines.join("\n") + "\n")?;
    fs::write(
        folder.join(&led),
        serde_json::to_string_pretty(&fold(&entries)?)? + "\n",
    )?;
    Err(format!(
        "entry {} is written otherwise than in {NEWEST}.jsonl.\nNow:  {now}\nThen: {}\nIf that is meant, \
         copy {journal} and {led} from {} to services/tests/data/journals, let NEWEST be {next}, and \
         leave the older files as they are: they show that what was kept is still read.",
        place + 1,
        then.unwrap_or(&""),
        folder.display()
    )
    .into())
}

#[test]
fn every_kind_of_event_is_recorded() -> Outcome<()> {
    let entries = script()?;
    let seen: BTreeSet<usize> = entries.iter().map(|entry| kind(&entry.event)).collect();
    let missing: Vec<&str> = (0..KINDS.len())
        .filter(|kind| !seen.contains(kind))
        .filter_map(|kind| KINDS.get(kind).copied())
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "the script lets none happen");
    assert_eq!(seen.len(), KINDS.len());
    for entry in &entries {
        let written = serde_json::to_value(&entry.event)?;
        let name = written.as_object().and_then(|event| event.keys().next());
        assert_eq!(
            name.map(String::as_str),
            KINDS.get(kind(&entry.event)).copied()
        );
    }
    Ok(())
}

/// An exchange on which one thing happens each second.
struct Desk {
    exchange: Exchange,
    now: Timestamp,
    entries: Vec<Entry>,
}

impl Desk {
    fn run(&mut self, command: Command) -> Result<&[Entry], Rejection> {
        self.now = Timestamp::from_millis(self.now.millis() + 1_000);
        let before = self.entries.len();
        self.entries
            .extend(self.exchange.execute(command, self.now)?);
        Ok(self.entries.get(before..).unwrap_or_default())
    }

    fn price(&mut self, dollars: i64) -> Outcome<()> {
        self.run(Command::Tick {
            pair: "BTC-USD".parse()?,
            price: dollars.into(),
        })?;
        Ok(())
    }

    fn amount(&self, asset: &str, amount: &str) -> Outcome<(Asset, Amount)> {
        let asset = asset.parse()?;
        let scale = self.exchange.scale(asset)?;
        Ok((asset, Amount::from_decimal(amount.parse()?, scale)?))
    }

    fn deposit(&mut self, user: UserId, asset: &str, amount: &str) -> Outcome<()> {
        let (asset, amount) = self.amount(asset, amount)?;
        self.run(Command::Deposit {
            user,
            asset,
            amount,
        })?;
        Ok(())
    }

    fn withdraw(
        &mut self,
        user: UserId,
        amount: &str,
        needs_approval: bool,
    ) -> Outcome<TransferId> {
        let (asset, amount) = self.amount("BTC", amount)?;
        let command = Command::Withdraw {
            user,
            asset,
            amount,
            destination: "bitcoin:bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4".to_owned(),
            needs_approval,
        };
        match self.run(command)? {
            [
                Entry {
                    event: Event::WithdrawalRequested(asked),
                    ..
                },
            ] => Ok(asked.id),
            other => Err(format!("{other:?}").into()),
        }
    }

    /// Places an order as a client writes it.
    fn place(&mut self, user: UserId, rest: &str) -> Outcome<OrderId> {
        let order: PlaceOrder = serde_json::from_str(&format!(r#"{{"pair":"BTC-USD",{rest}}}"#))?;
        let order = order.order(Rules::new(2)).map_err(|e| format!("{e:?}"))?;
        let placed = self.run(Command::Place { user, order })?;
        let mut placed = placed.iter().filter_map(|entry| match &entry.event {
            Event::Placed(order) => Some(order.id()),
            _ => None,
        });
        Ok(placed.next().ok_or("not placed")?)
    }
}

/// Everything that can happen, in all its shapes.
fn script() -> Outcome<Vec<Entry>> {
    let mut desk = Desk {
        exchange: empty()?,
        // 2026-11-18T11:06:40Z
        now: Timestamp::from_millis(1_795_000_000_000),
        entries: Vec::new(),
    };
    desk.price(50_000)?;
    desk.deposit(ANN, "USD", "60000")?;
    desk.deposit(BOB, "BTC", "1")?;
    desk.deposit(BOB, "USD", "20000.0000000001")?;
    trades(&mut desk)?;
    waits(&mut desk)?;
    transfers(&mut desk)?;
    Ok(desk.entries)
}

/// Orders that trade at once, or end at once, or rest.
fn trades(desk: &mut Desk) -> Outcome<()> {
    desk.place(
        ANN,
        r#""side":"buy","type":"limit","price":"49000","quantity":"0.1","time_in_force":"GTD",
            "expires_at":"2026-11-18T11:07:20Z","client_order_id":"mine-1""#,
    )?;
    desk.place(
        BOB,
        r#""side":"sell","type":"limit","price":"48900","quantity":"0.1","post_only":true"#,
    )?;
    // Within the house's spread.
    desk.place(
        BOB,
        r#""side":"sell","type":"limit","price":"50005","quantity":"0.05""#,
    )?;
    desk.place(ANN, r#""side":"buy","type":"market","quantity":"0.02""#)?;
    desk.place(ANN, r#""side":"sell","type":"market","quantity":"0.01""#)?;
    desk.place(
        ANN,
        r#""side":"buy","type":"limit","price":"50006","quantity":"0.5","time_in_force":"FOK""#,
    )?;
    desk.place(
        ANN,
        r#""side":"buy","type":"limit","price":"50006","quantity":"0.5","time_in_force":"IOC""#,
    )?;
    desk.place(
        ANN,
        r#""side":"buy","type":"market","quote_amount":"777.77""#,
    )?;
    let taken_back = desk.place(
        ANN,
        r#""side":"buy","type":"limit","price":"40000","quantity":"0.01""#,
    )?;
    desk.run(Command::Cancel {
        user: ANN,
        order: taken_back,
    })?;
    Ok(())
}

/// Orders that wait for a price, or until their time is over.
fn waits(desk: &mut Desk) -> Outcome<()> {
    desk.place(
        ANN,
        r#""side":"sell","type":"trailing_stop","trail":"500","quantity":"0.02""#,
    )?;
    desk.place(
        BOB,
        r#""side":"sell","type":"trailing_stop","trail":"25%","quantity":"0.01""#,
    )?;
    desk.price(51_000)?;
    desk.price(50_400)?;
    let oco =
        r#"{"pair":"BTC-USD","side":"sell","quantity":"0.1","price":"52000","stop_price":"48000"}"#;
    let oco: PlaceOco = serde_json::from_str(oco)?;
    let oco = oco.oco(Rules::new(2)).map_err(|e| format!("{e:?}"))?;
    desk.run(Command::PlaceOco { user: BOB, oco })?;
    desk.price(52_100)?;
    desk.place(
        ANN,
        r#""side":"buy","type":"stop_limit","stop_price":"53000","price":"53100","quantity":"0.01""#,
    )?;
    desk.price(53_000)?;
    for _ in 0..20 {
        desk.run(Command::Expire)?;
    }
    desk.place(
        BOB,
        r#""side":"sell","type":"take_profit","stop_price":"60000","quantity":"0.05""#,
    )?;
    desk.place(
        BOB,
        r#""side":"buy","type":"limit","price":"30000","quantity":"0.1","client_order_id":"still""#,
    )?;
    Ok(())
}

/// Withdrawals that are sent, taken back, refused and still under way; and an account that ends.
fn transfers(desk: &mut Desk) -> Outcome<()> {
    let withdrawal = desk.withdraw(BOB, "0.1", true)?;
    desk.run(Command::Approve { withdrawal })?;
    let reference = "simulated-1".to_owned();
    desk.run(Command::Send {
        withdrawal,
        reference,
    })?;
    for by_owner in [Some(BOB), None] {
        let withdrawal = desk.withdraw(BOB, "0.05", by_owner.is_none())?;
        desk.run(Command::Withhold {
            withdrawal,
            by_owner,
        })?;
    }
    desk.withdraw(BOB, "0.02", true)?;
    desk.price(53_000)?;
    desk.deposit(EVE, "USD", "500")?;
    desk.deposit(EVE, "BTC", "0.01")?;
    desk.place(
        EVE,
        r#""side":"buy","type":"limit","price":"45000","quantity":"0.01""#,
    )?;
    desk.withdraw(EVE, "0.004", false)?;
    desk.run(Command::CloseAccount { user: EVE })?;
    Ok(())
}
