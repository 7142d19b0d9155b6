//! One request with all of its answer: what has to be done before a measurement, and looked at after.

use crate::failure::Result;
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// What is to be sent back as `Cookie`.
    pub(crate) cookies: String,
    pub(crate) body: Value,
}

/// Sends `body` as JSON, or asks for something when it is nothing. Header lines end with CR LF.
pub(crate) async fn ask(
    address: SocketAddr,
    path: &str,
    headers: &str,
    body: Option<&Value>,
) -> Result<Answer> {
    let (method, body) = match body {
        Some(body) => ("POST", body.to_string()),
        None => ("GET", String::new()),
    };
    let kind = "application/json";
    send(address, (method, path), headers, (kind, &body)).await
}

/// Sends a body of some kind.
pub(crate) async fn send(
    address: SocketAddr,
    (method, path): (&str, &str),
    headers: &str,
    (kind, body): (&str, &str),
) -> Result<Answer> {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\
         Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let late = |_| format!("{method} {path} has no answer after {PATIENCE:?}");
    let answer = timeout(PATIENCE, exchange).await.map_err(late)??;
    let answer = String::from_utf8(answer)?;
    read(&answer).ok_or_else(|| format!("{method} {path}: {answer}").into())
}

fn read(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let (status, lines) = head.split_once("\r\n")?;
    let cookies = lines.split("\r\n").filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let is_cookie = name.eq_ignore_ascii_case("set-cookie");
        is_cookie.then(|| value.split(';').next().unwrap_or_default())
    });
    Some(Answer {
        status: status.split(' ').nth(1)?.parse().ok()?,
        cookies: cookies.collect::<Vec<_>>().join("; "),
        body: serde_json::from_str(body).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_what_comes_before_their_attributes() {
        let answer = "HTTP/1.1 201 Created\r\nSet-Cookie: a=1; Path=/\r\nset-cookie: b=2\r\n\
            Content-Length: 2\r\n\r\n{}";
        let answer = read(answer).map(|answer| (answer.status, answer.cookies));
        assert_eq!(answer, Some((201, "a=1; b=2".to_owned())));
        assert!(read("HTTP/1.1 200 OK\r\n").is_none());
    }
}
