//! Errors and browser panics reach a Sentry server, without anything private.

use crate::auth_support::Desk;
use crate::support::{
    DEADLINE, TestResult, TestServer,
    program::{Running, terminate},
    unlimited,
};
use axum::{Router, body::Bytes, extract::State, routing::post};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use services::config::{Config, Secret};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

/// What a Sentry server received: headers and the lines of the envelope.
type Report = (HeaderMap, Vec<Value>);

/// A server that takes envelopes, as Sentry does.
async fn sentry() -> Result<(SocketAddr, mpsc::Receiver<Report>), Box<dyn std::error::Error>> {
    async fn take(
        State(reports): State<mpsc::Sender<Report>>,
        headers: HeaderMap,
        body: Bytes,
    ) -> StatusCode {
        let lines = body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let lines: Result<Vec<Value>, _> = lines.map(serde_json::from_slice).collect();
        let Ok(lines) = lines else {
            return StatusCode::BAD_REQUEST;
        };
        match reports.send((headers, lines)).await {
            Ok(()) => StatusCode::OK,
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
    let (sender, receiver) = mpsc::channel(16);
    let router = Router::new()
        .route("/api/7/envelope/", post(take))
        .with_state(sender);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((address, receiver))
}

fn reporting_to(address: SocketAddr) -> Config {
    let mut config = unlimited();
    config.sentry.dsn = Some(Secret::new(format!("http://publickey@{address}/7")));
    config
}

fn panic_report() -> Value {
    json!({"message": "index out of bounds", "stack": "at app.rs:1", "path": "/coins/bitcoin"})
}

#[tokio::test]
async fn a_browser_panic_is_passed_on_with_the_request_id_only() -> TestResult {
    let (address, mut reports) = sentry().await?;
    let server = TestServer::start_with(reporting_to(address)).await?;
    let answer = server
        .client
        .post(server.url("/api/telemetry/panic"))
        .header("cookie", "session=hunter2")
        .header("sec-fetch-site", "same-origin")
        .header("x-request-id", "panic-1")
        .json(&panic_report())
        .send()
        .await?;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);

    let (headers, lines) = timeout(DEADLINE, reports.recv())
        .await?
        .ok_or("nothing came")?;
    assert!(
        headers["x-sentry-auth"]
            .to_str()?
            .contains("sentry_key=publickey")
    );
    assert_eq!(lines[1]["type"], "event");
    let event = &lines[2];
    assert_eq!(
        event["exception"]["values"][0]["value"],
        "index out of bounds"
    );
    assert_eq!(event["tags"]["request_id"], "panic-1");
    assert_eq!(event["transaction"], "/coins/bitcoin");
    assert_eq!(event["environment"], "development");
    let all = format!("{lines:?}");
    assert!(
        !all.contains("hunter2") && !all.contains("127.0.0.1"),
        "{all}"
    );
    server.stop().await
}

#[tokio::test]
async fn a_panicking_handler_is_reported_with_what_it_said() -> TestResult {
    async fn fails() -> StatusCode {
        let nothing: [u8; 0] = [];
        let index = std::hint::black_box(7);
        StatusCode::from_u16(nothing[index].into()).unwrap_or(StatusCode::OK)
    }
    let (address, mut reports) = sentry().await?;
    let router = Router::new().route("/api/fails", axum::routing::get(fails));
    let (server, _running) =
        crate::support::behind_middleware(router, reporting_to(address)).await?;
    let answer = reqwest::get(format!("http://{server}/api/fails?token=hunter2")).await?;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let id = answer.headers()["x-request-id"].to_str()?.to_owned();

    let (_, lines) = timeout(DEADLINE, reports.recv())
        .await?
        .ok_or("nothing came")?;
    let event = &lines[2];
    assert_eq!(event["exception"]["values"][0]["type"], "panic");
    let said = event["exception"]["values"][0]["value"]
        .as_str()
        .unwrap_or_default();
    assert!(said.contains("index out of bounds"), "{said}");
    assert_eq!(event["transaction"], "GET /api/fails");
    assert_eq!(event["tags"]["request_id"], id);
    assert!(!format!("{lines:?}").contains("hunter2"));
    Ok(())
}

/// Their id, and neither name nor address.
fn expect_user(event: &Value, id: &Value) {
    assert_eq!(event["user"], json!({"id": id}));
    let all = event.to_string();
    assert!(
        !all.contains("Ann") && !all.contains("example.com"),
        "{all}"
    );
}

#[tokio::test]
async fn a_browser_panic_tells_who_was_signed_in_by_their_id_alone() -> TestResult {
    let (address, mut reports) = sentry().await?;
    let desk = Desk::start_with(|config| config.sentry = reporting_to(address).sentry).await?;
    let (ann, nobody) = (desk.signed_in("Ann").await?, desk.browser());
    let me = ann.get("/api/auth/me").await?;
    for browser in [&nobody, &ann] {
        let answer = browser.post("/api/telemetry/panic", panic_report()).await?;
        answer.expect_status(StatusCode::NO_CONTENT)?;
    }
    let mut next = async || {
        timeout(DEADLINE, reports.recv())
            .await?
            .ok_or("nothing".into())
    };
    let report: Result<Report, Box<dyn std::error::Error>> = next().await;
    assert_eq!(report?.1[2].get("user"), None);
    expect_user(&next().await?.1[2], &me.json["user"]["id"]);
    Ok(())
}

#[tokio::test]
async fn an_error_of_the_server_tells_whose_request_it_was() -> TestResult {
    let (address, mut reports) = sentry().await?;
    let mut config = reporting_to(address);
    config.auth.jwt_secret = Some(Secret::new("one secret for both of the servers"));
    let secret = config.auth.jwt_secret.clone();
    let desk = Desk::start_with(|config| config.auth.jwt_secret = secret).await?;
    let ann = desk.signed_in("Ann").await?;
    let me = ann.get("/api/auth/me").await?;
    config.database.url = desk.database.clone();
    config.clock = desk.clock.clone();
    let fails = axum::routing::get(|| async { StatusCode::INTERNAL_SERVER_ERROR });
    let router = Router::new().route("/fails", fails);
    let (server, _running) = crate::support::behind_middleware(router, config).await?;
    let page = desk.server.client.get(format!("http://{server}/fails"));
    let answer = page.header("cookie", ann.cookie_header()).send().await?;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let report = timeout(DEADLINE, reports.recv()).await?;
    expect_user(&report.ok_or("nothing came")?.1[2], &me.json["user"]["id"]);
    Ok(())
}

#[tokio::test]
async fn reports_still_queued_are_sent_at_the_end() -> TestResult {
    let (address, mut reports) = sentry().await?;
    let server = TestServer::start_with(reporting_to(address)).await?;
    for _ in 0..5 {
        let url = server.url("/api/telemetry/panic");
        let answer = server.client.post(url).json(&panic_report()).send().await?;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    server.stop().await?;
    for _ in 0..5 {
        assert!(reports.try_recv().is_ok());
    }
    Ok(())
}

/// A request that is still under way when the server is asked to stop may fail, too.
#[tokio::test]
async fn what_goes_wrong_after_the_stop_was_asked_for_is_reported() -> TestResult {
    let (address, mut reports) = sentry().await?;
    let server = TestServer::start_with(reporting_to(address)).await?;
    let body = panic_report().to_string();
    let (first, rest) = body.split_at(10);
    let mut stream = TcpStream::connect(server.address).await?;
    let head = format!(
        "POST /api/telemetry/panic HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        server.address,
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    // The handler asks for the body: the request is under way.
    let mut go_on = [0; 25];
    timeout(DEADLINE, stream.read_exact(&mut go_on)).await??;
    stream.write_all(first.as_bytes()).await?;
    let address = server.address;
    let stopping = async {
        server.stop().await?;
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    let finishing = async {
        // The listener is gone once the stop has begun.
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        stream.write_all(rest.as_bytes()).await?;
        Ok::<_, Box<dyn std::error::Error>>(())
    };
    tokio::try_join!(stopping, finishing)?;
    assert!(reports.try_recv().is_ok());
    Ok(())
}

#[tokio::test]
async fn a_sentry_server_that_is_down_harms_nobody() -> TestResult {
    let gone = TcpListener::bind("127.0.0.1:0").await?;
    let address = gone.local_addr()?;
    drop(gone);
    let server = TestServer::start_with(reporting_to(address)).await?;
    for _ in 0..100 {
        let url = server.url("/api/telemetry/panic");
        let answer = server.client.post(url).json(&panic_report()).send().await?;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    server.stop().await
}

#[tokio::test]
async fn a_wrong_report_is_refused_and_the_field_named() -> TestResult {
    let mut config = unlimited();
    config.http.cors_origins = vec!["https://friend.example".to_owned()];
    let server = TestServer::start_with(config).await?;
    let url = server.url("/api/telemetry/panic");
    let refused = async |body: String| -> Result<(StatusCode, Value), Box<dyn std::error::Error>> {
        let request = server
            .client
            .post(&url)
            .header("content-type", "application/json");
        let answer = request.body(body).send().await?;
        Ok((answer.status(), answer.json().await?))
    };
    let (status, problem) = refused("{".to_owned()).await?;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::BAD_REQUEST, &json!("bad_request"))
    );
    for (body, field) in [
        (json!({"message": "m"}), "path"),
        (json!({"message": 5, "path": "/"}), "message"),
        (json!({"message": "", "path": "/"}), "message"),
        (json!({"message": "m", "path": "x"}), "path"),
        (json!({"message": "m", "path": "/?token=1"}), "path"),
        (json!({"message": "m", "path": "/", "user": "me"}), "user"),
        (json!({"message": "m".repeat(2001), "path": "/"}), "message"),
        (
            json!({"message": "m", "path": "/", "stack": "s".repeat(8001)}),
            "stack",
        ),
    ] {
        let (status, problem) = refused(body.to_string()).await?;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
    }
    let (status, _) =
        refused(json!({"message": "m".repeat(20_000), "path": "/"}).to_string()).await?;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);

    // Characters count, not bytes.
    let longest = json!({"message": "m", "path": "/", "stack": "ü".repeat(8000)});
    let longest = server.client.post(&url).json(&longest).send().await?;
    assert_eq!(longest.status(), StatusCode::NO_CONTENT);

    let plain = server.client.post(&url).body("{}").send().await?;
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    // Not even of an origin that may use the API.
    for origin in ["https://evil.example", "https://friend.example"] {
        let foreign = server.client.post(&url).header("origin", origin);
        let foreign = foreign.json(&panic_report()).send().await?;
        assert_eq!(foreign.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    let own = server
        .client
        .post(&url)
        .header("origin", format!("http://{}", server.address));
    assert_eq!(
        own.json(&panic_report()).send().await?.status(),
        StatusCode::NO_CONTENT
    );
    server.stop().await
}

/// Anybody can send a report: what it says must stay one line, whatever reads the log.
#[tokio::test]
async fn no_report_can_forge_log_lines() -> TestResult {
    services::tls::install();
    for format in ["pretty", "json"] {
        let mut program = Running::start(|_| Ok(()), &[("LOG_FORMAT", format)]).await?;
        let forged = "FORGED all is well\u{1b}[2J\r\u{85}\u{2028}\0";
        let text = format!("boom\n{forged}\n{forged}");
        let report = json!({"message": text, "stack": text, "path": format!("/\n{forged}")});
        let url = program.url("/api/telemetry/panic");
        let answer = reqwest::Client::new()
            .post(url)
            .json(&report)
            .send()
            .await?;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        terminate(&program.child).await?;
        program.ended().await?;
        let lines = program.said().await?;
        let told: Vec<_> = lines
            .iter()
            .filter(|line| line.contains("FORGED"))
            .collect();
        assert_eq!(told.len(), 1, "{format}: {lines:?}");
        let panicked = "the app panicked in a browser";
        assert!(told[0].contains(panicked), "{format}: {told:?}");
        assert!(!told[0].contains(char::is_control), "{format}: {told:?}");
    }
    Ok(())
}
