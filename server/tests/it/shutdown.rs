//! The program's start and end, as a service manager sees them.

use crate::support::{
    DEADLINE, TestResult,
    program::{OFFLINE, Running, program, terminate},
};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::Command,
    time::timeout,
};

#[tokio::test]
async fn sigterm_ends_the_program_in_order_within_ten_seconds() -> TestResult {
    let mut program = Running::start(|_| Ok(()), &[]).await?;
    let url = format!("http://{}/health/live", program.address);
    services::tls::install();
    assert!(reqwest::get(&url).await?.status().is_success());
    // An open, idle connection must not hold the end up.
    let mut idle = TcpStream::connect(&program.address).await?;
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        .await?;
    let mut first = [0; 12];
    idle.read_exact(&mut first).await?;
    assert_eq!(&first, b"HTTP/1.1 200");

    let asked = Instant::now();
    terminate(&program.child).await?;
    let status = program.ended().await?;
    assert_eq!(status.code(), Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    assert!(TcpStream::connect(&program.address).await.is_err());

    let said = program.said().await?;
    let last = said.last().ok_or("nothing was said")?;
    assert!(last.contains("\"message\":\"stopped\""), "{last}");
    Ok(())
}

/// What a client that never says anything again was told last.
async fn last_words(stream: &mut TcpStream) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut all = Vec::new();
    let read = timeout(DEADLINE, stream.read_to_end(&mut all)).await?;
    // A client that is cut off may see a reset behind the last bytes.
    if all.is_empty() {
        read?;
    }
    Ok(all)
}

/// Nobody can be made to answer: not a client that ignores the close, not one that has stopped
/// reading, not a request that hangs in a system call.
#[tokio::test]
async fn whoever_does_not_answer_cannot_hold_the_end_up() -> TestResult {
    let folder = tempfile::tempdir()?;
    let pipe = folder.path().join("target/site/pkg/pipe.js");
    std::fs::create_dir_all(pipe.parent().ok_or("no folder")?)?;
    // Opening a pipe that nobody writes to never returns.
    let made = Command::new("mkfifo").arg(&pipe).status().await?;
    assert!(made.success());
    let command = program(folder.path(), &OFFLINE);
    let mut program = Running::spawn(command, folder).await?;

    let mut sockets = Vec::new();
    for path in ["/ws/prices", "/ws/prices", "/ws/prices/btc"] {
        let mut socket = TcpStream::connect(&program.address).await?;
        let handshake = format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        socket.write_all(handshake.as_bytes()).await?;
        let mut first = [0; 12];
        timeout(DEADLINE, socket.read_exact(&mut first)).await??;
        assert_eq!(&first, b"HTTP/1.1 101");
        sockets.push(socket);
    }
    let mut hanging = TcpStream::connect(&program.address).await?;
    hanging
        .write_all(b"GET /pkg/pipe.js HTTP/1.1\r\nHost: x\r\n\r\n")
        .await?;
    // Connections are accepted in their order: once this is answered, the one before is served.
    services::tls::install();
    let alive = reqwest::get(program.url("/health/live")).await?;
    assert!(alive.status().is_success());

    let asked = Instant::now();
    terminate(&program.child).await?;
    let status = program.ended().await?;
    let took = asked.elapsed();
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(10), "{took:?}");
    for mut socket in sockets {
        let told = last_words(&mut socket).await?;
        // A close frame with code 1001 and nothing behind it.
        let close = told
            .windows(4)
            .rposition(|at| at[0] == 0x88 && at[2..] == [0x03, 0xE9]);
        let close = close.ok_or("no close frame with 1001")?;
        assert_eq!(told.len(), close + 2 + usize::from(told[close + 1]));
    }
    assert_eq!(last_words(&mut hanging).await?, b"");
    Ok(())
}

#[tokio::test]
async fn log_lines_of_a_request_carry_its_id_and_no_query() -> TestResult {
    let mut program = Running::start(|_| Ok(()), &[]).await?;
    services::tls::install();
    let url = format!("http://{}/api/crypto?hunter2=secret", program.address);
    let client = reqwest::Client::new();
    let answer = client
        .get(url)
        .header("x-request-id", "find-me")
        .header("cookie", "session=hunter2")
        .send()
        .await?;
    assert_eq!(answer.status(), 422);
    terminate(&program.child).await?;
    program.ended().await?;

    let lines = program.said().await?;
    let found = lines
        .iter()
        .find(|line| line.contains("find-me"))
        .ok_or("not logged")?;
    let found: serde_json::Value = serde_json::from_str(found)?;
    assert_eq!(found["span"]["request_id"], "find-me");
    assert_eq!(found["span"]["path"], "/api/crypto");
    assert_eq!(found["status"], 422);
    assert!(!lines.concat().contains("hunter2"), "{lines:?}");
    Ok(())
}

#[tokio::test]
async fn a_taken_port_is_one_clear_line_and_exit_code_1() -> TestResult {
    let taken = TcpListener::bind("127.0.0.1:0").await?;
    let port = taken.local_addr()?.port().to_string();
    let folder = tempfile::tempdir()?;
    let variables = [
        ("FEEDS", "simulated"),
        ("PORT", &port),
        ("METRICS_ADDR", "off"),
    ];
    let output = timeout(DEADLINE, program(folder.path(), &variables).output()).await??;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr)?;
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.contains(&format!("port {port} of 127.0.0.1 is taken")),
        "{text}"
    );
    assert!(text.contains("set PORT"), "{text}");
    Ok(())
}

/// An address nobody listens on at the moment.
async fn free_address() -> std::io::Result<String> {
    let reserved = TcpListener::bind("127.0.0.1:0").await?;
    Ok(reserved.local_addr()?.to_string())
}

#[tokio::test]
async fn metrics_are_served_on_a_listener_of_their_own_only() -> TestResult {
    let metrics = free_address().await?;
    let mut program = Running::start(|_| Ok(()), &[("METRICS_ADDR", &metrics)]).await?;

    services::tls::install();
    let answer = reqwest::get(program.url("/api/prices")).await?;
    assert!(answer.status().is_success());
    let text = reqwest::get(format!("http://{metrics}/metrics"))
        .await?
        .text()
        .await?;
    assert!(
        text.contains("cryptovault_http_requests_total{area=\"api\",status=\"2xx\"}"),
        "{text}"
    );
    // Beside other programs' metrics ours are found by their prefix, and each says what it counts.
    let names = |mark: &str| -> std::collections::BTreeSet<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(mark));
        let names = lines.filter_map(|line| line.split_whitespace().next());
        names.map(ToOwned::to_owned).collect()
    };
    let (typed, described) = (names("# TYPE "), names("# HELP "));
    assert!(typed.len() >= 4, "{text}");
    assert_eq!(typed, described);
    let ours = |name: &String| name.starts_with("cryptovault_");
    assert!(typed.iter().all(ours), "{typed:?}");
    let public = reqwest::get(program.url("/metrics")).await?;
    assert_eq!(public.status(), 404);
    terminate(&program.child).await?;
    assert_eq!(program.ended().await?.code(), Some(0));
    Ok(())
}

/// Whoever sees "listening" may rely on it.
#[tokio::test]
async fn a_taken_metrics_address_is_one_clear_line_before_anything_listens() -> TestResult {
    let taken = TcpListener::bind("127.0.0.1:0").await?;
    let metrics = taken.local_addr()?.to_string();
    let folder = tempfile::tempdir()?;
    let variables = [OFFLINE.as_slice(), &[("METRICS_ADDR", &metrics)]].concat();
    let output = timeout(DEADLINE, program(folder.path(), &variables).output()).await??;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout)?;
    assert!(!said.contains("listening"), "{said}");
    let text = String::from_utf8(output.stderr)?;
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.contains(&format!("METRICS_ADDR: can't listen on {metrics}")),
        "{text}"
    );
    Ok(())
}
