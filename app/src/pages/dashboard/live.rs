//! Figures that the browser computes itself, as soon as it knows the entries: at live prices and under any
//! method, without asking anybody.

use super::{
    asked::Asked,
    shown::{Shown, view as figures},
};
use crate::{
    account::{CurrentUser, use_user},
    format::use_locale,
    functions::portfolio::portfolio_ingredients,
    hooks::use_price_stream::{LivePrice, PriceStream, use_price_stream},
    pages::refresh::keep_fresh,
};
use domain::{
    CoinId,
    exchange::{Asset, Timestamp},
    portfolio::{
        Book, Figure, Inputs, Method, Number, Question, Quote, Statement, TooLarge, history::Past,
        known::Known, tree::Untrue,
    },
};
use leptos::{prelude::*, task::spawn_local};
use std::{collections::BTreeMap, sync::Arc};

/// What the page has for them.
#[derive(Clone, Copy)]
struct Place {
    asked: Memo<Asked>,
    is_live: RwSignal<bool>,
    /// What explained itself when the page was made.
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(dead_code, reason = "the focus is a browser's")
    )]
    first: Option<Figure>,
}

/// Makes [`live_figures`] work below. Call it while the page is being set up.
pub(super) fn provide(asked: Memo<Asked>, is_live: RwSignal<bool>) {
    let first = asked.with_untracked(|asked| asked.figure);
    provide_context(Place {
        asked,
        is_live,
        first,
    });
}

/// What figures are made of, as the browser has it.
#[derive(Clone)]
struct Kept {
    inputs: Inputs,
    known: Known,
    coins: Arc<BTreeMap<Asset, CoinId>>,
    /// The one that is set.
    method: Method,
    /// When it came, by the browser's clock.
    at: Timestamp,
}

type Store = RwSignal<Option<Arc<Kept>>>;

/// Whether something is being asked for, and whether something has happened since.
#[derive(Debug, Default)]
struct Asking {
    is_busy: bool,
    is_late: bool,
    /// Whether closing prices are wanted as well, though there may be no news.
    with_prices: bool,
}

type UnderWay = StoredValue<Asking>;

/// The figures, as soon as the browser can compute them; those of the server are to go then.
pub(crate) fn live_figures() -> AnyView {
    let Some(place) = use_context::<Place>() else {
        return ().into_any();
    };
    let Place { asked, is_live, .. } = place;
    let locale = use_locale();
    let kept: Store = RwSignal::new(None);
    keep_up(asked, kept);
    let own = own(asked, kept, use_price_stream());
    #[cfg(feature = "hydrate")]
    super::drawer::lead_to_it(asked, place.first);
    let knows = Memo::new(move |_| own.with(Option::is_some));
    Effect::new(move || {
        let knows = knows.get();
        #[cfg(feature = "hydrate")]
        super::drawer::keep_focus(asked, place.first);
        is_live.set(knows);
    });
    let shown = Memo::new_with_compare(
        move |_| {
            let (kept, statement) = (kept.get()?, own.get()?);
            Some(Arc::new(Shown {
                asked: asked.get(),
                statement,
                set: kept.method,
                coins: Arc::clone(&kept.coins),
                locale,
            }))
        },
        |_, _| true,
    );
    let shown = move || {
        let first = shown.get_untracked()?;
        let shown = Signal::derive(move || shown.get().unwrap_or_else(|| Arc::clone(&first)));
        Some(figures(shown, locale))
    };
    let view = move || {
        let shown = knows.get().then(shown).flatten();
        shown.map(|shown| view! { <div class="portfolio">{shown}</div> }.into_any())
    };
    view! { {view} }.into_any()
}

/// Gets what figures are made of, and what came since whenever something has changed.
fn keep_up(asked: Memo<Asked>, kept: Store) {
    let user = use_user();
    let under_way = StoredValue::new(Asking::default());
    let again = move || spawn_local(renew(kept, under_way, true));
    // A form that has done something closes.
    let form = Memo::new(move |_| asked.with(|asked| asked.form.clone()));
    Effect::new(move || {
        let _changed = (form.get(), user.changes(), user.touched());
        again();
    });
    keep_fresh(move |_| again());
    look_when_seen(user, kept, under_way);
}

/// What was entered elsewhere, in another tab or by a program, is there when somebody looks at the page again:
/// of holdings and imports no socket tells.
fn look_when_seen(user: CurrentUser, kept: Store, under_way: UnderWay) {
    let look = move || {
        if document().hidden() {
            return;
        }
        spawn_local(async move {
            let revision = || {
                let kept = kept.try_get_untracked().flatten();
                kept.map(|kept| kept.known.seen().revision)
            };
            let before = revision();
            renew(kept, under_way, false).await;
            // The lists are to follow.
            if before.is_some() && before != revision() {
                user.touch();
            }
        });
    };
    Effect::new(move || {
        let focused = window_event_listener(leptos::ev::focus, move |_| look());
        let seen = window_event_listener(leptos::ev::visibilitychange, move |_| look());
        on_cleanup(move || {
            focused.remove();
            seen.remove();
        });
    });
}

/// One request at a time: answers may overtake each other. Whatever happened meanwhile is asked for after.
async fn renew(kept: Store, under_way: UnderWay, with_prices: bool) {
    let is_first = under_way.try_update_value(|it| {
        it.with_prices |= with_prices;
        it.is_late = it.is_busy;
        !it.is_busy
    });
    if is_first != Some(true) {
        return;
    }
    loop {
        let with_prices = under_way.try_update_value(|it| {
            std::mem::replace(
                it,
                Asking {
                    is_busy: true,
                    ..Asking::default()
                },
            )
            .with_prices
        });
        ask(kept, with_prices == Some(true)).await;
        // The page may have been left meanwhile.
        let is_late = under_way.try_update_value(|it| {
            it.is_busy = it.is_late;
            it.is_late
        });
        if is_late != Some(true) {
            return;
        }
    }
}

async fn ask(kept: Store, with_prices: bool) {
    let before = kept.try_get_untracked().flatten();
    let known = before
        .as_ref()
        .map_or_else(Known::default, |kept| kept.known.clone());
    let (seen, only_news) = (known.seen(), !with_prices && before.is_some());
    // Without an answer the page stays as it is; what has failed is told by the stream's status.
    let Ok(answer) = portfolio_ingredients(seen, only_news).await else {
        return;
    };
    let closes = before.map(|before| Arc::clone(&before.inputs.closes));
    let coins = Arc::new(answer.ingredients.coins.clone());
    let (inputs, known) = answer
        .ingredients
        .joined_with(&known, closes.unwrap_or_default());
    let new = Kept {
        inputs,
        known,
        coins,
        method: answer.method,
        at: clock(),
    };
    let _left = kept.try_set(Some(Arc::new(new)));
}

fn own(asked: Memo<Asked>, kept: Store, stream: PriceStream) -> Memo<Option<Arc<Statement>>> {
    let method = Memo::new(move |_| {
        let set = kept.with(|kept| kept.as_ref().map(|kept| kept.method));
        asked.with(|asked| asked.method).or(set)
    });
    // Prices change every second, and nothing of this with them.
    let basis = Memo::new_with_compare(
        move |_| {
            let kept = kept.get()?;
            let basis = Basis::new(&kept.inputs, method.get()?).ok()?;
            Some((kept, Arc::new(basis)))
        },
        |_, _| true,
    );
    Memo::new(move |_| {
        let (kept, basis): (Arc<Kept>, Arc<Basis>) = basis.get()?;
        let (period, figure) = asked.with(|asked| (asked.period, asked.figure));
        let asked = Question {
            method: basis.book.method(),
            period,
            figure,
        };
        let inputs = kept.at_live_prices(stream);
        basis.statement(&inputs, asked).ok().map(Arc::new)
    })
}

/// The entries gone through, and the days that are over.
struct Basis {
    book: Book,
    past: Past,
}

impl Basis {
    fn new(inputs: &Inputs, method: Method) -> Result<Self, TooLarge> {
        let book = inputs.book(method)?;
        let past = inputs.past(&book)?;
        Ok(Self { book, past })
    }

    fn statement(&self, inputs: &Inputs, asked: Question) -> Result<Statement, Untrue> {
        // After midnight, until the server has said what things cost then.
        if self.past.day() != inputs.now.day() {
            return inputs.statement(&self.book, &inputs.past(&self.book)?, asked);
        }
        inputs.statement(&self.book, &self.past, asked)
    }
}

impl Kept {
    /// At the prices of the stream, where it has newer ones; tracked.
    fn at_live_prices(&self, stream: PriceStream) -> Inputs {
        let mut inputs = self.inputs.clone();
        let passed = clock().millis().saturating_sub(self.at.millis());
        inputs.now = Timestamp::from_millis(inputs.now.millis().saturating_add(passed.max(0)));
        let source = stream.status().get().source;
        for (asset, coin) in self.coins.iter() {
            // One that came with the page may be older than what the server said since.
            let is_newer = |live: &LivePrice| live.changes > 0 || !live.stale;
            let Some(live) = stream.price(coin).get().filter(is_newer) else {
                continue;
            };
            let Ok(price) = Number::nearest(live.price.get()) else {
                continue;
            };
            let is_known = inputs
                .quotes
                .get(asset)
                .is_some_and(|quote| quote.price == price);
            if !is_known {
                let at = inputs.now;
                inputs.quotes.insert(*asset, Quote { price, source, at });
            }
        }
        inputs
    }
}

/// The browser's clock. The server computes nothing with it.
fn clock() -> Timestamp {
    #[cfg(feature = "hydrate")]
    return Timestamp::from_millis(js_sys::Date::now() as i64);
    #[cfg(not(feature = "hydrate"))]
    Timestamp::default()
}
