//! The program's start and end, as a service manager sees them.

mod support;

use std::{
    process::ExitStatus,
    time::{Duration, Instant},
};
use support::{
    DEADLINE, TestResult,
    program::{program, terminate},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdout},
    time::timeout,
};

const OFFLINE: [(&str, &str); 4] = [
    ("FEEDS", "simulated"),
    ("PORT", "0"),
    ("METRICS_ADDR", "off"),
    ("LOG_FORMAT", "json"),
];

struct Program {
    child: Child,
    log: Lines<BufReader<ChildStdout>>,
    address: String,
    _folder: tempfile::TempDir,
}

impl Program {
    /// Starts the program and reads its address from the log.
    async fn start() -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let mut child = program(folder.path(), &OFFLINE).spawn()?;
        let stdout = child.stdout.take().ok_or("no output")?;
        let mut log = BufReader::new(stdout).lines();
        loop {
            let line = timeout(DEADLINE, log.next_line())
                .await??
                .ok_or("the program has ended")?;
            let line: serde_json::Value = serde_json::from_str(&line)?;
            if line["message"] == "listening" {
                let address = line["address"].as_str().ok_or("no address")?.to_owned();
                return Ok(Self {
                    child,
                    log,
                    address,
                    _folder: folder,
                });
            }
        }
    }

    async fn ended(&mut self) -> Result<ExitStatus, Box<dyn std::error::Error>> {
        Ok(timeout(DEADLINE, self.child.wait()).await??)
    }
}

#[tokio::test]
async fn sigterm_ends_the_program_in_order_within_ten_seconds() -> TestResult {
    let mut program = Program::start().await?;
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

    let mut last = String::new();
    while let Some(line) = program.log.next_line().await? {
        last = line;
    }
    assert!(last.contains("\"message\":\"stopped\""), "{last}");
    Ok(())
}

#[tokio::test]
async fn log_lines_of_a_request_carry_its_id_and_no_query() -> TestResult {
    let mut program = Program::start().await?;
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

    let mut lines = Vec::new();
    while let Some(line) = program.log.next_line().await? {
        lines.push(line);
    }
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

#[tokio::test]
async fn metrics_are_served_on_a_listener_of_their_own_only() -> TestResult {
    let reserved = TcpListener::bind("127.0.0.1:0").await?;
    let metrics = reserved.local_addr()?.to_string();
    drop(reserved);
    let folder = tempfile::tempdir()?;
    let variables = [
        OFFLINE[0],
        OFFLINE[1],
        ("METRICS_ADDR", &metrics),
        OFFLINE[3],
    ];
    let mut child = program(folder.path(), &variables).spawn()?;
    let stdout = child.stdout.take().ok_or("no output")?;
    let mut log = BufReader::new(stdout).lines();
    let listening = timeout(DEADLINE, log.next_line()).await??.ok_or("ended")?;
    let listening: serde_json::Value = serde_json::from_str(&listening)?;
    let address = listening["address"]
        .as_str()
        .ok_or("no address")?
        .to_owned();

    services::tls::install();
    let answer = reqwest::get(format!("http://{address}/api/prices")).await?;
    assert!(answer.status().is_success());
    let text = reqwest::get(format!("http://{metrics}/metrics"))
        .await?
        .text()
        .await?;
    assert!(
        text.contains("http_requests_total{area=\"api\",status=\"2xx\"}"),
        "{text}"
    );
    let public = reqwest::get(format!("http://{address}/metrics")).await?;
    assert_eq!(public.status(), 404);

    // A second server is told that the address is taken, and does not start without it.
    let output = timeout(DEADLINE, program(folder.path(), &variables).output()).await??;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr)?;
    assert!(text.contains("METRICS_ADDR"), "{text}");
    terminate(&child).await?;
    assert_eq!(timeout(DEADLINE, child.wait()).await??.code(), Some(0));
    Ok(())
}
