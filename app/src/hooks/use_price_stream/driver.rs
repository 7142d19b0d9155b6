//! Carries out what the state machine decides: socket, timers and browser events of this tab.

use super::{
    PriceStream,
    machine::{Action, Event, Machine, Timer},
    socket::Socket,
};
use domain::stream::{ClientMessage, ServerMessage};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::{cell::RefCell, time::Duration};

/// Between two looks at the clock, in milliseconds.
const TICK_MS: u64 = 1_000;
/// A gap between two looks that only a sleeping machine explains, in milliseconds.
const SLEPT_MS: f64 = 60_000.0;

struct Driver {
    machine: Machine,
    stream: PriceStream,
    socket: Option<Socket>,
    timers: Vec<(Timer, TimeoutHandle)>,
    last_tick: f64,
}

thread_local! {
    /// One per tab; the browser runs a page on one thread.
    static DRIVER: RefCell<Option<Driver>> = const { RefCell::new(None) };
}

/// Opens the socket and listens to the browser. A second call does nothing.
pub(super) fn start(stream: PriceStream) {
    let now = js_sys::Date::now();
    let started = DRIVER.with_borrow_mut(|slot| {
        let first = slot.is_none();
        slot.get_or_insert_with(|| Driver {
            machine: Machine::default(),
            stream,
            socket: None,
            timers: Vec::new(),
            last_tick: now,
        });
        first
    });
    if started {
        stream.start_clock(now);
        listen();
        dispatch(Event::Start);
        // A tab opened in the background hears of no change before it is seen.
        if document().hidden() {
            dispatch(Event::Hidden);
        }
    }
}

/// Passes an event to the machine and does what it asks for.
pub(super) fn dispatch(event: Event) {
    let changed = DRIVER.with_borrow_mut(|slot| {
        let driver = slot.as_mut()?;
        let actions = driver.machine.on(event, js_sys::Math::random());
        let mut failed = false;
        for action in actions {
            failed |= driver.perform(action);
        }
        Some((driver.stream, driver.machine.link(), failed))
    });
    if let Some((stream, link, failed)) = changed {
        stream.set_link(link);
        if failed {
            dispatch(Event::Closed);
        }
    }
}

impl Driver {
    /// True when a socket could not even be created.
    fn perform(&mut self, action: Action) -> bool {
        match action {
            Action::Connect => {
                self.socket = Socket::open(dispatch, on_text);
                return self.socket.is_none();
            }
            Action::Close => self.socket = None,
            Action::Ping => {
                if let (Some(socket), Ok(ping)) =
                    (&self.socket, serde_json::to_string(&ClientMessage::Ping {}))
                {
                    socket.send(&ping);
                }
            }
            Action::Start(timer, milliseconds) => {
                self.stop(timer);
                let wait = Duration::from_millis(u64::from(milliseconds));
                let elapsed = move || dispatch(Event::Elapsed(timer));
                if let Ok(handle) = set_timeout_with_handle(elapsed, wait) {
                    self.timers.push((timer, handle));
                }
            }
            Action::Stop(timer) => self.stop(timer),
        }
        false
    }

    fn stop(&mut self, timer: Timer) {
        self.timers.retain(|(other, handle)| {
            let keep = *other != timer;
            if !keep {
                handle.clear();
            }
            keep
        });
    }
}

fn on_text(text: &str) {
    dispatch(Event::Message);
    // A message of a newer server that this page does not know is no reason to fail.
    let Ok(message) = serde_json::from_str::<ServerMessage>(text) else {
        return;
    };
    if let Some(stream) = stream() {
        stream.apply(message, js_sys::Date::now());
    }
}

fn stream() -> Option<PriceStream> {
    DRIVER.with_borrow(|slot| slot.as_ref().map(|driver| driver.stream))
}

fn listen() {
    // These listen for as long as the page lives.
    let _online = window_event_listener_untyped("online", |_| dispatch(Event::Online));
    let _shown = window_event_listener_untyped("pageshow", |_| visibility_changed());
    let document = document();
    let changed = wasm_bindgen::closure::Closure::<dyn FnMut()>::new(visibility_changed);
    let _added = document.add_event_listener_with_callback(
        "visibilitychange",
        wasm_bindgen::JsCast::unchecked_ref(changed.as_ref()),
    );
    changed.forget();
    let _ticking = set_interval_with_handle(tick, Duration::from_millis(TICK_MS));
}

fn visibility_changed() {
    // First of all the prices' age: the tab's clock may have stood still while nobody looked.
    if let Some(stream) = stream() {
        stream.set_now(js_sys::Date::now());
    }
    dispatch(if document().hidden() {
        Event::Hidden
    } else {
        Event::Visible
    });
}

/// Counts the age of the prices on and notices when the machine has slept.
fn tick() {
    let now = js_sys::Date::now();
    let seen = DRIVER.with_borrow_mut(|slot| {
        let driver = slot.as_mut()?;
        let gap = now - driver.last_tick;
        driver.last_tick = now;
        Some((driver.stream, gap))
    });
    if let Some((stream, gap)) = seen {
        stream.set_now(now);
        // A hidden tab's timers are throttled to one a minute, which is no sleep.
        if gap > SLEPT_MS && !document().hidden() {
            dispatch(Event::Woke);
        }
    }
}
