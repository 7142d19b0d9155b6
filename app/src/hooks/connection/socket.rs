//! One browser WebSocket with its handlers.

use super::{
    driver::{Line, dispatch},
    machine::Event,
};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{MessageEvent, WebSocket};

/// An open or opening socket. Dropping it takes the handlers off first, so that nothing it still
/// has to say is heard, and closes it.
pub(super) struct Socket {
    socket: WebSocket,
    _opened: Closure<dyn FnMut()>,
    _closed: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
}

impl Socket {
    /// Opens a line to this site. `None` when the browser refuses.
    pub(super) fn open(line: &'static Line) -> Option<Self> {
        let socket = WebSocket::new(&address(line.path)?).ok()?;
        let opened = Closure::new(move || dispatch(line, Event::Opened));
        let closed = Closure::new(move || dispatch(line, Event::Closed));
        let message = Closure::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                dispatch(line, Event::Message);
                (line.heard)(&text);
            }
        });
        socket.set_onopen(Some(
            AsRef::<wasm_bindgen::JsValue>::as_ref(&opened).unchecked_ref(),
        ));
        socket.set_onclose(Some(
            AsRef::<wasm_bindgen::JsValue>::as_ref(&closed).unchecked_ref(),
        ));
        socket.set_onmessage(Some(
            AsRef::<wasm_bindgen::JsValue>::as_ref(&message).unchecked_ref(),
        ));
        Some(Self {
            socket,
            _opened: opened,
            _closed: closed,
            _message: message,
        })
    }

    /// Sends text; a socket that cannot take it is found out by the missing answer.
    pub(super) fn send(&self, text: &str) {
        let _sent = self.socket.send_with_str(text);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onmessage(None);
        // Fails only when it is closed already.
        let _closed = self.socket.close();
    }
}

fn address(path: &str) -> Option<String> {
    let location = window().location();
    let scheme = if location.protocol().ok()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    Some(format!("{scheme}://{}{path}", location.host().ok()?))
}
