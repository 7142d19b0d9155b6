//! Carries out what the state machines decide: sockets, timers and browser events of this tab.

use super::{
    machine::{Action, Event, Link, Machine, Timer},
    socket::Socket,
};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::{cell::RefCell, ptr, time::Duration};

/// Between two looks at the clock, in milliseconds.
const TICK_MS: u64 = 1_000;
/// A gap between two looks that only a sleeping machine explains, in milliseconds.
const SLEPT_MS: f64 = 60_000.0;
/// What asks any of our sockets for a sign of life.
const PING: &str = "{\"type\":\"ping\"}";

/// What a connection is for.
pub(crate) struct Line {
    /// Where it leads.
    pub(crate) path: &'static str,
    /// Takes what the server says.
    pub(crate) heard: fn(&str),
    /// Is told what the connection is doing.
    pub(crate) changed: fn(Link),
    /// Is told the time, in milliseconds, every second and before anything else when the tab is seen
    /// again: its clock may have stood still while nobody looked.
    pub(crate) ticked: fn(f64),
}

/// A line in use.
struct Driver {
    line: &'static Line,
    machine: Machine,
    socket: Option<Socket>,
    timers: Vec<(Timer, TimeoutHandle)>,
}

/// All lines of the tab. The browser runs a page on one thread.
struct Switchboard {
    drivers: Vec<Driver>,
    last_tick: f64,
}

thread_local! {
    static SWITCHBOARD: RefCell<Option<Switchboard>> = const { RefCell::new(None) };
}

/// Opens a line. One that is open stays as it is.
pub(crate) fn start(line: &'static Line) {
    let now = js_sys::Date::now();
    let first = SWITCHBOARD.with_borrow_mut(|slot| {
        let first = slot.is_none();
        let board = slot.get_or_insert_with(|| Switchboard {
            drivers: Vec::new(),
            last_tick: now,
        });
        if board.driver(line).is_none() {
            board.drivers.push(Driver {
                line,
                machine: Machine::default(),
                socket: None,
                timers: Vec::new(),
            });
        }
        first
    });
    if first {
        listen();
    }
    dispatch(line, Event::Start);
    // A tab opened in the background hears of no change before it is seen.
    if document().hidden() {
        dispatch(line, Event::Hidden);
    }
}

/// Passes an event to a line's machine and does what it asks for.
pub(crate) fn dispatch(line: &'static Line, event: Event) {
    let link = SWITCHBOARD.with_borrow_mut(|slot| {
        let driver = slot.as_mut()?.driver(line)?;
        let actions = driver.machine.on(event, js_sys::Math::random());
        let mut failed = false;
        for action in actions {
            failed |= driver.perform(action);
        }
        Some((driver.machine.link(), failed))
    });
    if let Some((link, failed)) = link {
        (line.changed)(link);
        if failed {
            dispatch(line, Event::Closed);
        }
    }
}

impl Switchboard {
    fn driver(&mut self, line: &'static Line) -> Option<&mut Driver> {
        let mut drivers = self.drivers.iter_mut();
        drivers.find(|driver| ptr::eq(driver.line, line))
    }
}

impl Driver {
    /// True when a socket could not even be created.
    fn perform(&mut self, action: Action) -> bool {
        match action {
            Action::Connect => {
                self.socket = Socket::open(self.line);
                return self.socket.is_none();
            }
            Action::Close => self.socket = None,
            Action::Ping => {
                if let Some(socket) = &self.socket {
                    socket.send(PING);
                }
            }
            Action::Start(timer, milliseconds) => {
                self.stop(timer);
                let wait = Duration::from_millis(u64::from(milliseconds));
                let line = self.line;
                let elapsed = move || dispatch(line, Event::Elapsed(timer));
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

/// The same for all lines. They may be told to stop meanwhile.
fn for_all(tell: impl Fn(&'static Line)) {
    let lines: Vec<&'static Line> = SWITCHBOARD.with_borrow(|slot| {
        let drivers = slot.iter().flat_map(|board| &board.drivers);
        drivers.map(|driver| driver.line).collect()
    });
    for line in lines {
        tell(line);
    }
}

/// Tries the other lines again that wait or were given up: a server that answers on one line does on all.
pub(crate) fn retry_others(line: &'static Line) {
    for_all(|other| {
        if !ptr::eq(other, line) {
            dispatch(other, Event::Retry);
        }
    });
}

fn listen() {
    // These listen for as long as the page lives.
    let online = |_| for_all(|line| dispatch(line, Event::Online));
    let _online = window_event_listener_untyped("online", online);
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
    let hidden = document().hidden();
    let now = js_sys::Date::now();
    for_all(|line| {
        (line.ticked)(now);
        dispatch(
            line,
            if hidden {
                Event::Hidden
            } else {
                Event::Visible
            },
        );
    });
}

/// Tells the time and notices when the machine has slept.
fn tick() {
    let now = js_sys::Date::now();
    let gap = SWITCHBOARD.with_borrow_mut(|slot| {
        let board = slot.as_mut()?;
        let gap = now - board.last_tick;
        board.last_tick = now;
        Some(gap)
    });
    // A hidden tab's timers are throttled to one a minute, which is no sleep.
    let slept = gap.is_some_and(|gap| gap > SLEPT_MS) && !document().hidden();
    for_all(|line| {
        (line.ticked)(now);
        if slept {
            dispatch(line, Event::Woke);
        }
    });
}
