//! A server that speaks Twilio's format for messages.

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use std::{
    collections::VecDeque,
    future::pending,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// What one request meets.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// 201, as for a message that is taken.
    Taken,
    /// This status and body.
    Status(u16, &'static str),
    /// 307 to the same address.
    Redirect,
    /// No answer.
    Hang,
}

/// A request that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Method and path.
    pub(crate) line: String,
    /// `Authorization`.
    pub(crate) authorization: String,
    /// `Content-Type`.
    pub(crate) content_type: String,
    /// The form.
    pub(crate) form: Vec<(String, String)>,
}

#[derive(Debug, Default)]
struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Seen>>,
}

/// The server. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct TwilioServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    _server: AbortOnDropHandle<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TwilioServer {
    /// Gives these answers, one after the other, and takes what comes later.
    pub(crate) async fn start(answers: &[Answer]) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        lock(&shared.answers).extend(answers);
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            // It ends with the test.
            let _ended = axum::serve(listener, router).await;
        });
        Ok(Self {
            address,
            shared,
            _server: AbortOnDropHandle::new(server),
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let header = |name| {
        let value = head.headers.get(name);
        let value = value.and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let mut seen = Seen {
        line: format!("{} {}", head.method, head.uri),
        authorization: header(header::AUTHORIZATION),
        content_type: header(header::CONTENT_TYPE),
        form: Vec::new(),
    };
    let body = axum::body::to_bytes(body, 100_000).await;
    let fields = url::form_urlencoded::parse(body.as_deref().unwrap_or_default());
    seen.form = fields.into_owned().collect();
    let target = seen.line.clone();
    lock(&shared.seen).push(seen);
    let answer = lock(&shared.answers).pop_front().unwrap_or(Answer::Taken);
    let json = [(header::CONTENT_TYPE, "application/json")];
    match answer {
        Answer::Taken => {
            let body = r#"{"sid":"SM00000000000000000000000000000000","status":"queued"}"#;
            (StatusCode::CREATED, json, body).into_response()
        }
        Answer::Status(status, body) => {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            (status, json, body).into_response()
        }
        Answer::Redirect => {
            let target = target.trim_start_matches("POST ").to_owned();
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target)]).into_response()
        }
        Answer::Hang => pending().await,
    }
}
