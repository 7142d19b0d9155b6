//! A program that is told: it answers as the test wants it to, and remembers what it got.

use crate::auth_support::Outcome;
use crate::support::DEADLINE;
use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use std::{
    collections::VecDeque,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{net::TcpListener, time::Instant};

/// How it answers.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Status(u16),
    Redirect(String),
    /// Not at all.
    Hang,
}

/// A request it got.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

#[derive(Debug, Default)]
struct Memory {
    seen: Vec<Seen>,
    /// What comes next; after that, 200.
    script: VecDeque<Reply>,
}

/// The program. It listens on every address of this machine.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) port: u16,
    memory: Arc<Mutex<Memory>>,
}

fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Receiver {
    /// One that answers so, and then 200.
    pub(crate) async fn start(script: &[Reply]) -> Outcome<Self> {
        let listener = TcpListener::bind("0.0.0.0:0").await?;
        let port = listener.local_addr()?.port();
        let memory = Arc::new(Mutex::new(Memory {
            seen: Vec::new(),
            script: script.iter().cloned().collect(),
        }));
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&memory));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { port, memory })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What it got so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        lock(&self.memory).seen.clone()
    }

    /// Waits until it got so much.
    pub(crate) async fn got(&self, count: usize) -> Outcome<Vec<Seen>> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let seen = self.seen();
            if seen.len() >= count {
                return Ok(seen);
            }
            if Instant::now() > deadline {
                return Err(format!("got {} of {count}", seen.len()).into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn answer(State(memory): State<Arc<Mutex<Memory>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap_or_default();
    let reply = {
        let mut memory = lock(&memory);
        memory.seen.push(Seen {
            path: parts.uri.path().to_owned(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        });
        let told = memory.script.pop_front();
        // Whatever the script says, some never answer.
        match parts.uri.path().contains("hang") {
            true => Reply::Hang,
            false => told.unwrap_or(Reply::Status(200)),
        }
    };
    match reply {
        Reply::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            (status, "a text that nobody shows").into_response()
        }
        Reply::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Reply::Hang => pending().await,
    }
}
