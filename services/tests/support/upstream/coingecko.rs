//! CoinGecko's REST API v3, with its failures.

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    future::pending,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

/// What the server does with requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Answers.
    Normal,
    /// 429 with `retry-after` and a JSON body.
    TooManyRequests,
    /// 451.
    Blocked,
    /// A Cloudflare page, with status 200: JSON was expected.
    Html,
    /// The bare text `error code: 1015`, with status 429.
    ErrorCode,
    /// Answers in which everything that may be null is.
    Nulls,
    /// Empty arrays.
    Empty,
    /// Other figures than usual, and more than anybody should read.
    TooLarge,
    /// Takes the request and never answers.
    Hang,
}

/// One request that came in.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Path with query.
    pub(crate) target: String,
    /// The `x-cg-demo-api-key` header.
    pub(crate) demo_key: Option<String>,
}

/// The server. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct CoinGecko {
    address: SocketAddr,
    shared: Arc<Shared>,
    _server: AbortOnDropHandle<()>,
}

#[derive(Debug)]
struct Shared {
    mode: Mutex<Mode>,
    seen: Mutex<Vec<Seen>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CoinGecko {
    pub(crate) async fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared {
            mode: Mutex::new(Mode::Normal),
            seen: Mutex::default(),
        });
        let coins = Router::new()
            .route("/api/v3/coins/markets", get(markets))
            .route("/api/v3/coins/{id}", get(details))
            .route("/api/v3/coins/{id}/market_chart", get(market_chart))
            .route("/api/v3/coins/{id}/ohlc", get(ohlc))
            .route("/api/v3/global", get(global))
            .with_state(Arc::clone(&shared))
            .layer(middleware::from_fn_with_state(
                Arc::clone(&shared),
                misbehave,
            ));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(async move {
            // It ends with the test.
            let _ended = axum::serve(listener, coins).await;
        });
        Ok(Self {
            address,
            shared,
            _server: AbortOnDropHandle::new(server),
        })
    }

    /// The base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What happens to requests from now on.
    pub(crate) fn set(&self, mode: Mode) {
        *lock(&self.shared.mode) = mode;
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> usize {
        lock(&self.shared.seen).len()
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }
}

async fn misbehave(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let header = request.headers().get("x-cg-demo-api-key");
    let seen = Seen {
        target: request.uri().to_string(),
        demo_key: header
            .and_then(|key| key.to_str().ok())
            .map(ToOwned::to_owned),
    };
    lock(&shared.seen).push(seen);
    let mode = *lock(&shared.mode);
    let html = [(header::CONTENT_TYPE, "text/html; charset=UTF-8")];
    match mode {
        Mode::Normal | Mode::Nulls | Mode::Empty => next.run(request).await,
        Mode::TooManyRequests => {
            let body = json!({ "status": { "error_code": 429,
                "error_message": "You've exceeded the Rate Limit." } });
            let headers = [(header::RETRY_AFTER, "119")];
            (StatusCode::TOO_MANY_REQUESTS, headers, Json(body)).into_response()
        }
        Mode::Blocked => StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS.into_response(),
        Mode::Html => (html, "<!DOCTYPE html><title>Just a moment...</title>").into_response(),
        Mode::ErrorCode => (
            StatusCode::TOO_MANY_REQUESTS,
            Body::from("error code: 1015"),
        )
            .into_response(),
        Mode::TooLarge => too_large(next.run(request).await).await,
        Mode::Hang => pending().await,
    }
}

/// The same answer with every 8 turned into a 9 and 9 MB of white space behind it: valid JSON.
async fn too_large(answer: Response) -> Response {
    const PADDING: usize = 9 * 1024 * 1024;
    let (mut parts, body) = answer.into_parts();
    let Ok(body) = axum::body::to_bytes(body, PADDING).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut text = String::from_utf8_lossy(&body).replace('8', "9");
    text.push_str(&" ".repeat(PADDING));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(text))
}

fn mode(shared: &Shared) -> Mode {
    *lock(&shared.mode)
}

async fn markets(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if query.get("vs_currency").is_none_or(String::is_empty) {
        let error = json!({ "error": "Missing parameter vs_currency" });
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response();
    }
    let ids = query.get("ids").map_or("bitcoin,ethereum", String::as_str);
    let rows: Vec<Value> = match mode(&shared) {
        Mode::Empty => Vec::new(),
        Mode::Nulls => ids.split(',').map(null_market).collect(),
        _ => ids
            .split(',')
            .enumerate()
            .map(|(index, id)| market(id, index + 1))
            .collect(),
    };
    Json(rows).into_response()
}

/// Rank 1 has the sample's figures; later ranks are worth less.
fn market(id: &str, rank: usize) -> Value {
    let share = 1.0 / rank as f64;
    json!({
        "id": id, "symbol": id, "name": id,
        "image": format!("https://coin-images.coingecko.com/coins/images/1/large/{id}.png"),
        "current_price": 84211.0 * share, "market_cap": 1_681_483_000_000.0 * share,
        "market_cap_rank": rank, "fully_diluted_valuation": 1_768_438_770_000.0 * share,
        "total_volume": 18_233_441_200.0 * share, "high_24h": 85210.0 * share,
        "low_24h": 83901.0 * share, "price_change_24h": -618.64 * share,
        "price_change_percentage_24h": -0.72927, "market_cap_change_24h": -12_200_100_000.5,
        "market_cap_change_percentage_24h": -0.7203, "circulating_supply": 19_967_412.0,
        "total_supply": 19_967_412.0, "max_supply": 21_000_000.0, "ath": 126_080.0 * share,
        "ath_change_percentage": -33.20831, "ath_date": "2025-10-06T18:57:42.558Z",
        "atl": 67.81 * share, "atl_change_percentage": 124_086.65,
        "atl_date": "2013-07-06T00:00:00.000Z", "roi": null,
        "last_updated": "2026-01-01T00:00:05.120Z",
        "sparkline_in_7d": { "price": [84000.1 * share, 84105.22 * share, 84211.3 * share] },
        "price_change_percentage_1h_in_currency": 0.11,
        "price_change_percentage_24h_in_currency": -0.72927,
        "price_change_percentage_7d_in_currency": 1.9,
    })
}

fn null_market(id: &str) -> Value {
    let Value::Object(row) = market(id, 1) else {
        return Value::Null;
    };
    let keep = |key: &str| matches!(key, "id" | "symbol" | "name" | "image" | "last_updated");
    row.into_iter()
        .map(|(key, value)| {
            if keep(&key) {
                (key, value)
            } else {
                (key, Value::Null)
            }
        })
        .collect()
}

async fn details(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    if id == "no-such-coin" {
        let error = json!({ "error": "coin not found" });
        return (StatusCode::NOT_FOUND, Json(error)).into_response();
    }
    let usd = |value: f64| json!({ "usd": value, "eur": value * 0.85, "btc": 1.0 });
    let (market_data, text, rank) = match mode(&shared) {
        Mode::Nulls => (Value::Null, Value::Null, Value::Null),
        _ => {
            let data = json!({
                "current_price": usd(84211.0), "market_cap": usd(1_681_483_000_000.0),
                "total_volume": usd(18_233_441_200.0), "high_24h": usd(85210.0),
                "low_24h": usd(83901.0), "ath": usd(126_080.0), "ath_date": usd(0.0),
                "price_change_percentage_24h": -0.72927, "price_change_percentage_7d": 1.9,
                "circulating_supply": 19_967_412.0, "total_supply": 19_967_412.0,
                "max_supply": 21_000_000.0, "roi": null,
            });
            let text =
                "Test text with <a href=\"https://example.org\">HTML</a>.<script>alert(1)</script>";
            (data, json!(text), json!(1))
        }
    };
    Json(json!({
        "id": id, "symbol": "btc", "name": "Bitcoin", "web_slug": id, "asset_platform_id": null,
        "platforms": { "": "" }, "hashing_algorithm": "SHA-256", "categories": ["Layer 1 (L1)"],
        "description": { "en": text }, "genesis_date": "2009-01-03", "market_cap_rank": rank,
        "links": { "homepage": ["http://www.bitcoin.org", "", ""],
            "whitepaper": "https://bitcoin.org/bitcoin.pdf",
            "blockchain_site": ["https://mempool.space/"],
            "repos_url": { "github": ["https://github.com/bitcoin/bitcoin"], "bitbucket": [] } },
        "image": { "thumb": "https://assets.coingecko.com/t.png",
            "small": "https://assets.coingecko.com/s.png",
            "large": "https://assets.coingecko.com/l.png" },
        "last_updated": "2026-01-01T00:00:05.120Z", "market_data": market_data,
    }))
    .into_response()
}

async fn market_chart(State(shared): State<Arc<Shared>>) -> Json<Value> {
    const START: u64 = 1_767_221_999_041;
    let points = |value: f64| -> Vec<Value> {
        let at = |index: u64| START + index * 300_000;
        match mode(&shared) {
            Mode::Empty => Vec::new(),
            Mode::Nulls => (0..3).map(|index| json!([at(index), null])).collect(),
            // One point without a value, as seen in the wild.
            _ => vec![
                json!([at(0), value]),
                json!([at(1), null]),
                json!([at(2), value * 1.01]),
            ],
        }
    };
    Json(json!({
        "prices": points(84150.11), "market_caps": points(1_680_250_000_000.1),
        "total_volumes": points(18_200_000_000.1),
    }))
}

async fn ohlc(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(match mode(&shared) {
        Mode::Empty => json!([]),
        Mode::Nulls => json!([[1_767_220_200_000_u64, null, null, null, null]]),
        _ => json!([
            [1_767_220_200_000_u64, 84100.0, 84190.0, 84050.0, 84150.0],
            [1_767_222_000_000_u64, 84150.0, 84260.0, 84120.0, 84211.0]
        ]),
    })
}

async fn global(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let data = match mode(&shared) {
        Mode::Nulls | Mode::Empty => Value::Null,
        _ => json!({
            "active_cryptocurrencies": 17400, "markets": 1470,
            "total_market_cap": { "btc": 34_570_000.1, "usd": 2_900_000_000_000.5 },
            "total_volume": { "btc": 1_254_000.1, "usd": 95_133_000_000.3 },
            "market_cap_percentage": { "btc": 57.95, "eth": 12.98 },
            "market_cap_change_percentage_24h_usd": -0.61, "updated_at": 1_767_225_600,
        }),
    };
    Json(json!({ "data": data }))
}
