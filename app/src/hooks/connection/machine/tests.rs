use super::*;

fn open_machine() -> Machine {
    let mut machine = Machine::default();
    for event in [Event::Start, Event::Opened, Event::Message] {
        let _actions = machine.on(event, 0.5);
    }
    assert_eq!(machine.link(), Link::Open);
    machine
}

/// The wait that the actions ask for.
fn wait(actions: &[Action]) -> Option<u32> {
    actions.iter().find_map(|action| match action {
        Action::Start(Timer::Retry, milliseconds) => Some(*milliseconds),
        _ => None,
    })
}

#[test]
fn starting_connects_once() {
    let mut machine = Machine::default();
    let actions = machine.on(Event::Start, 0.5);
    assert!(actions.contains(&Action::Connect));
    assert_eq!(machine.on(Event::Start, 0.5), []);
}

#[test]
fn a_lost_connection_is_tried_ten_times_and_then_given_up() {
    let mut machine = open_machine();
    let mut waits = Vec::new();
    let mut actions = machine.on(Event::Closed, 0.5);
    for attempt in 1..=MAX_ATTEMPTS {
        assert_eq!(machine.link(), Link::Waiting { attempt });
        waits.extend(wait(&actions));
        let retried = machine.on(Event::Elapsed(Timer::Retry), 0.5);
        assert!(retried.contains(&Action::Connect));
        assert_eq!(machine.link(), Link::Connecting { attempt });
        actions = machine.on(Event::Closed, 0.5);
    }
    assert_eq!(machine.link(), Link::Disconnected);
    assert_eq!(wait(&actions), None);
    assert_eq!(
        waits,
        [
            750, 1500, 3000, 6000, 12000, 15000, 15000, 15000, 15000, 15000
        ]
    );
    assert_eq!(machine.on(Event::Elapsed(Timer::Retry), 0.5), []);
}

#[test]
fn the_first_connection_has_the_same_ten_further_tries() {
    let mut machine = Machine::default();
    let _actions = machine.on(Event::Start, 0.5);
    let mut tries = 0;
    while machine.link() != Link::Disconnected && tries < 100 {
        let _closed = machine.on(Event::Closed, 0.5);
        let retried = machine.on(Event::Elapsed(Timer::Retry), 0.5);
        tries += u8::from(retried.contains(&Action::Connect));
    }
    assert_eq!(tries, MAX_ATTEMPTS);
}

/// Opens a lost connection again and lets it deliver a message; what the message led to.
fn recover(machine: &mut Machine) -> Vec<Action> {
    let _retried = machine.on(Event::Elapsed(Timer::Retry), 0.5);
    let _opened = machine.on(Event::Opened, 0.5);
    machine.on(Event::Message, 0.5)
}

#[test]
fn only_a_connection_that_lasts_forgives_failures() {
    let mut machine = open_machine();
    for attempt in 1..=3 {
        let _closed = machine.on(Event::Closed, 0.5);
        assert_eq!(machine.link(), Link::Waiting { attempt });
        let settling = Action::Start(Timer::Settled, SETTLED_AFTER_MS);
        assert!(recover(&mut machine).contains(&settling));
        // Further messages do not begin the time anew.
        assert_eq!(machine.on(Event::Message, 0.5), [Action::Stop(Timer::Pong)]);
    }
    assert_eq!(machine.on(Event::Elapsed(Timer::Settled), 0.5), []);
    let lost = machine.on(Event::Closed, 0.5);
    assert_eq!(machine.link(), Link::Waiting { attempt: 1 });
    assert!(lost.contains(&Action::Stop(Timer::Settled)));
}

#[test]
fn connections_that_are_cut_after_their_first_message_are_given_up() {
    let mut machine = open_machine();
    let mut waits = Vec::new();
    for _ in 0..=MAX_ATTEMPTS {
        waits.extend(wait(&machine.on(Event::Closed, 0.5)));
        let _message = recover(&mut machine);
    }
    assert_eq!(machine.link(), Link::Disconnected);
    assert_eq!(waits.len(), usize::from(MAX_ATTEMPTS));
    assert!(waits.is_sorted(), "the waits grow: {waits:?}");
}

#[test]
fn an_attempt_under_way_starts_over_when_the_network_is_back() {
    for event in [Event::Online, Event::Woke] {
        let mut machine = Machine::default();
        let _started = machine.on(Event::Start, 0.5);
        let restarted = machine.on(event, 0.5);
        let limit = Action::Start(Timer::Connect, CONNECT_LIMIT_MS);
        assert!(restarted.starts_with(&[Action::Close]), "{event:?}");
        assert!(restarted.contains(&Action::Connect), "{event:?}");
        assert!(restarted.contains(&limit), "{event:?}");
        assert_eq!(machine.link(), Link::Connecting { attempt: 0 });

        for _ in 0..3 {
            let _closed = machine.on(Event::Closed, 0.5);
            let _retried = machine.on(Event::Elapsed(Timer::Retry), 0.5);
        }
        assert!(machine.on(event, 0.5).contains(&Action::Connect));
        assert_eq!(machine.link(), Link::Connecting { attempt: 1 });
    }
}

#[test]
fn a_doubtful_connection_has_two_seconds_to_answer() {
    for event in [Event::Online, Event::Woke, Event::Visible] {
        let mut machine = open_machine();
        let probed = machine.on(event, 0.5);
        assert!(probed.contains(&Action::Ping), "{event:?}");
        let limit = Action::Start(Timer::Pong, 2_000);
        assert!(probed.contains(&limit), "{event:?}");
        let _dead = machine.on(Event::Elapsed(Timer::Pong), 0.5);
        assert_eq!(machine.link(), Link::Waiting { attempt: 1 });
    }
}

#[test]
fn becoming_visible_leaves_an_attempt_alone() {
    let mut machine = Machine::default();
    let _started = machine.on(Event::Start, 0.5);
    let visible = machine.on(Event::Visible, 0.5);
    assert_eq!(visible, [Action::Stop(Timer::Hidden)]);
}

#[test]
fn a_tab_opened_in_the_background_pauses_as_well() {
    let mut machine = Machine::default();
    let _started = machine.on(Event::Start, 0.5);
    let _hidden = machine.on(Event::Hidden, 0.5);
    let _opened = machine.on(Event::Opened, 0.5);
    let _paused = machine.on(Event::Elapsed(Timer::Hidden), 0.5);
    assert_eq!(machine.link(), Link::Paused);
}

#[test]
fn retry_online_and_waking_up_start_over_at_once() {
    for event in [Event::Retry, Event::Online, Event::Woke] {
        let mut machine = open_machine();
        let _closed = machine.on(Event::Closed, 0.5);
        assert!(
            machine.on(event, 0.5).contains(&Action::Connect),
            "{event:?} while waiting"
        );
        while machine.link() != Link::Disconnected {
            let _closed = machine.on(Event::Closed, 0.5);
            let _retried = machine.on(Event::Elapsed(Timer::Retry), 0.5);
        }
        assert!(
            machine.on(event, 0.5).contains(&Action::Connect),
            "{event:?} when given up"
        );
        assert_eq!(machine.link(), Link::Connecting { attempt: 1 });
    }
}

#[test]
fn a_silent_connection_is_pinged_and_then_replaced() {
    let mut machine = open_machine();
    let pinged = machine.on(Event::Elapsed(Timer::Ping), 0.5);
    assert!(pinged.contains(&Action::Ping));
    assert!(pinged.contains(&Action::Start(Timer::Ping, PING_EVERY_MS)));
    let answered = machine.on(Event::Message, 0.5);
    assert_eq!(answered, [Action::Stop(Timer::Pong)]);

    let _pinged = machine.on(Event::Elapsed(Timer::Ping), 0.5);
    let given_up = machine.on(Event::Elapsed(Timer::Pong), 0.5);
    assert!(given_up.contains(&Action::Close));
    assert_eq!(machine.link(), Link::Waiting { attempt: 1 });
}

#[test]
fn a_connection_that_does_not_open_counts_as_failed() {
    let mut machine = Machine::default();
    let started = machine.on(Event::Start, 0.5);
    assert!(started.contains(&Action::Start(Timer::Connect, CONNECT_LIMIT_MS)));
    let failed = machine.on(Event::Elapsed(Timer::Connect), 0.5);
    assert!(failed.contains(&Action::Close));
    assert_eq!(machine.link(), Link::Waiting { attempt: 1 });
}

#[test]
fn a_tab_hidden_for_five_minutes_pauses_until_it_is_seen() {
    let mut machine = open_machine();
    let hidden = machine.on(Event::Hidden, 0.5);
    assert_eq!(hidden, [Action::Start(Timer::Hidden, 300_000)]);
    let paused = machine.on(Event::Elapsed(Timer::Hidden), 0.5);
    assert!(paused.contains(&Action::Close));
    assert_eq!(machine.link(), Link::Paused);
    assert_eq!(machine.on(Event::Online, 0.5), []);

    let visible = machine.on(Event::Visible, 0.5);
    assert!(visible.contains(&Action::Connect));
    assert_eq!(machine.link(), Link::Connecting { attempt: 0 });
}

#[test]
fn a_short_absence_keeps_the_connection_and_checks_it() {
    let mut machine = open_machine();
    let _hidden = machine.on(Event::Hidden, 0.5);
    let visible = machine.on(Event::Visible, 0.5);
    assert!(visible.contains(&Action::Stop(Timer::Hidden)));
    assert!(visible.contains(&Action::Ping));
    assert_eq!(machine.link(), Link::Open);
}

#[test]
fn waits_spread_by_a_quarter() {
    assert_eq!(delay(1, 0.0), 562);
    assert_eq!(delay(1, 1.0), 937);
    assert_eq!(delay(10, 1.0), 18_750);
    assert_eq!(delay(u8::MAX, 0.5), MAX_DELAY_MS);
}

proptest::proptest! {
    /// Whatever happens, a given-up or paused stream starts no timer of its own, and there is
    /// never more than one way forward.
    #[test]
    fn no_order_of_events_leaves_it_stuck(events in proptest::collection::vec(0_usize..15, 0..60)) {
        const TIMERS: [Timer; 6] = [
            Timer::Retry, Timer::Connect, Timer::Ping, Timer::Pong, Timer::Settled, Timer::Hidden,
        ];
        let mut machine = Machine::default();
        let mut running: Vec<Timer> = Vec::new();
        for index in events {
            let event = match index {
                0 => Event::Start,
                1 => Event::Opened,
                2 => Event::Message,
                3 => Event::Closed,
                4 => Event::Online,
                5 => Event::Woke,
                6 => Event::Hidden,
                7 => Event::Visible,
                8 => Event::Retry,
                other => Event::Elapsed(TIMERS[other % 6]),
            };
            if let Event::Elapsed(timer) = event {
                if !running.contains(&timer) {
                    continue;
                }
                running.retain(|other| *other != timer);
            }
            for action in machine.on(event, 0.5) {
                match action {
                    Action::Start(timer, _) => {
                        running.retain(|other| *other != timer);
                        running.push(timer);
                    }
                    Action::Stop(timer) => running.retain(|other| *other != timer),
                    Action::Connect | Action::Close | Action::Ping => {}
                }
            }
            match machine.link() {
                Link::Waiting { .. } => proptest::prop_assert!(running.contains(&Timer::Retry)),
                Link::Connecting { .. } => proptest::prop_assert!(running.contains(&Timer::Connect)),
                Link::Open => proptest::prop_assert!(running.contains(&Timer::Ping)),
                Link::Idle | Link::Paused | Link::Disconnected => {
                    proptest::prop_assert!(running.iter().all(|timer| *timer == Timer::Hidden));
                }
            }
        }
    }
}

#[test]
fn a_connection_that_nobody_needs_is_closed_and_can_be_opened_again() {
    let mut machine = Machine::default();
    for event in [Event::Start, Event::Opened, Event::Message, Event::Hidden] {
        let _actions = machine.on(event, 0.0);
    }
    let actions = machine.on(Event::Stop, 0.0);
    assert!(actions.contains(&Action::Close), "{actions:?}");
    assert!(
        actions.contains(&Action::Stop(Timer::Hidden)),
        "{actions:?}"
    );
    assert_eq!(machine.link(), Link::Idle);
    // What the closed socket or a timer has still to say is not heard.
    for late in [Event::Closed, Event::Online, Event::Visible] {
        assert!(
            !machine.on(late, 0.0).contains(&Action::Connect),
            "{late:?}"
        );
    }
    assert!(machine.on(Event::Start, 0.0).contains(&Action::Connect));
}
