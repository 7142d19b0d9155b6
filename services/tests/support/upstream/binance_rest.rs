//! Binance's REST host, as far as it is asked: `GET /api/v3/exchangeInfo`.

use super::lock;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use std::{
    future::pending,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// What it answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Pairs: symbol, base, quote, status.
    Pairs(Vec<(&'static str, &'static str, &'static str, &'static str)>),
    /// 451 with the documented body.
    Blocked,
    /// A Cloudflare page with status 403.
    Html,
    /// 503.
    Down,
    /// Nothing, ever.
    Hang,
}

/// The server. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct BinanceRest {
    address: SocketAddr,
    shared: Arc<Shared>,
    _server: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct Shared {
    answer: Mutex<Answer>,
    requests: AtomicUsize,
}

impl BinanceRest {
    pub(crate) async fn start(answer: Answer) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            answer: Mutex::new(answer),
            requests: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/api/v3/exchangeInfo", get(exchange_info))
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

    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }
}

async fn exchange_info(State(shared): State<Arc<Shared>>) -> Response {
    shared.requests.fetch_add(1, Ordering::SeqCst);
    let answer = lock(&shared.answer).clone();
    match answer {
        Answer::Pairs(pairs) => {
            let symbols = pairs.iter().map(|(symbol, base, quote, status)| {
                json!({
                    "symbol": symbol, "status": status, "baseAsset": base, "quoteAsset": quote,
                    "baseAssetPrecision": 8, "filters": [], "permissions": [],
                })
            });
            let symbols: Vec<_> = symbols.collect();
            axum::Json(json!({ "timezone": "UTC", "rateLimits": [], "symbols": symbols }))
                .into_response()
        }
        Answer::Blocked => (
            StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS,
            [(header::CONTENT_TYPE, "application/json")],
            r#"{"code":0,"msg":"Service unavailable from a restricted location"}"#,
        )
            .into_response(),
        Answer::Html => {
            (StatusCode::FORBIDDEN, Html("<html>Just a moment…</html>")).into_response()
        }
        Answer::Down => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Answer::Hang => pending().await,
    }
}
