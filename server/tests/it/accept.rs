//! A process that has run out of files.

use crate::support::{
    DEADLINE, TestResult,
    program::{OFFLINE, Running, terminate},
};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
    time::timeout,
};

/// As few files as the program itself and some sockets need.
const FILES: usize = 40;

async fn started() -> Result<Running, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("ulimit -n {FILES} && exec \"$0\""))
        .arg(env!("CARGO_BIN_EXE_cryptovault"))
        .current_dir(folder.path())
        .env_clear()
        .envs(OFFLINE)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true);
    Running::spawn(command, folder).await
}

async fn complaint(program: &mut Running) -> TestResult {
    loop {
        let line = timeout(DEADLINE, program.log.next_line()).await??;
        let line = line.ok_or("the program has ended")?;
        if line.contains("cannot accept connections") {
            return Ok(());
        }
    }
}

#[tokio::test]
async fn without_free_files_it_waits_instead_of_spinning_and_then_goes_on() -> TestResult {
    let mut program = started().await?;
    let mut open = Vec::new();
    for _ in 0..2 * FILES {
        open.push(TcpStream::connect(&program.address).await?);
    }
    complaint(&mut program).await?;
    let first = Instant::now();
    for _ in 0..10 {
        complaint(&mut program).await?;
    }
    // A slow machine takes longer; only a loop without a pause is faster.
    let took = first.elapsed();
    assert!(took > Duration::from_millis(500), "{took:?}");

    drop(open);
    let mut late = TcpStream::connect(&program.address).await?;
    late.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = String::new();
    timeout(DEADLINE, late.read_to_string(&mut answer)).await??;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    terminate(&program.child).await?;
    assert_eq!(program.ended().await?.code(), Some(0));
    Ok(())
}
