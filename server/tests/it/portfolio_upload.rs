//! Files that are sent from the dashboard: looked at first, and taken in when their owner has seen what
//! would come of them.

use crate::auth_support::{Browser, Desk, Outcome, check};
use crate::support::TestResult;
use crate::trading::on_both;
use http::StatusCode;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

on_both! {
    only_the_file_that_was_looked_at_last_is_taken_in: look;
}

const LOOK: &str = "/_fn/portfolio/import";
const TAKE: &str = "/_fn/portfolio/import/looked";
const DEADLINE: Duration = Duration::from_secs(20);

fn file(quantity: &str) -> String {
    format!("date,type,asset,quantity,total\n2024-01-31,buy,BTC,{quantity},100\n")
}

/// Sends a file as the page's form does, and gives the digest by which it can be taken in.
async fn look_at(browser: &Browser<'_>, file: &str) -> Outcome<String> {
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"trades.csv\"\r\n\
                Content-Type: text/csv\r\n\r\n";
    let body = [
        &*part("format", ""),
        &*part("act", "look"),
        head,
        file,
        "\r\n--x--\r\n",
    ]
    .concat();
    let looked = browser
        .upload(LOOK, "multipart/form-data; boundary=x", body)
        .await?;
    looked.expect_status(StatusCode::OK)?;
    let page = browser.follow("/dashboard?import").await?.text;
    let (_, rest) = page
        .split_once("name=\"digest\" value=\"")
        .ok_or("no digest")?;
    let (digest, _) = rest.split_once('"').ok_or("no end of it")?;
    Ok(digest.to_owned())
}

async fn bitcoins(browser: &Browser<'_>) -> Outcome<String> {
    let portfolio = browser.get("/api/portfolio").await?.json;
    let quantity = portfolio["holdings"][0]["quantity"].as_str();
    Ok(quantity.unwrap_or("0").to_owned())
}

async fn look(desk: Desk) -> TestResult {
    let (ann, bob) = (desk.signed_in("Ann").await?, desk.signed_in("Bob").await?);
    let first = look_at(&ann, &file("1")).await?;
    let second = look_at(&ann, &file("2")).await?;
    check(first != second, "each has a digest of its own")?;
    // What its owner saw last is another file, and Bob saw none.
    for (browser, digest) in [(&ann, &*first), (&ann, ""), (&bob, &*second)] {
        let refused = browser.form(TAKE, &[("digest", digest)]).await?;
        refused.expect_code(404, "not_found")?;
    }
    assert_eq!(bitcoins(&ann).await?, "0", "nothing went in");
    let taken = ann.form(TAKE, &[("digest", &second)]).await?;
    taken.expect_status(StatusCode::OK)?;
    assert_eq!(bitcoins(&ann).await?, "2");
    assert_eq!(bitcoins(&bob).await?, "0");
    let again = ann.form(TAKE, &[("digest", &second)]).await?;
    again.expect_code(404, "not_found")?;
    Ok(())
}

/// What reads the parts of a form takes for granted that it has some.
#[tokio::test]
async fn a_form_without_parts_is_refused() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    for kind in [
        "text/plain",
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/mixed; boundary=x",
        "multipart/form-data; boundary",
        "nonsense",
    ] {
        for browser in [&ann, &desk.browser()] {
            let refused = browser.upload(LOOK, kind, "a=b").await?;
            let refused = refused.expect_code(415, "unsupported_media_type");
            refused.map_err(|error| format!("{kind}: {error}"))?;
        }
    }
    Ok(())
}

/// Else anybody could have the server hold as many megabytes as they like.
#[tokio::test]
async fn of_somebody_who_is_not_signed_in_no_file_is_read() -> TestResult {
    let desk = Desk::start().await?;
    let address = desk.server.address;
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST {LOOK} HTTP/1.1\r\nHost: {address}\r\nSec-Fetch-Site: same-origin\r\n\
         Accept: application/json\r\nContent-Type: multipart/form-data; boundary=x\r\n\
         Content-Length: 1000000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    // Nothing of the file was sent, and yet there is an answer.
    let mut answer = [0; 12];
    timeout(DEADLINE, stream.read_exact(&mut answer)).await??;
    check(
        answer.starts_with(b"HTTP/1.1 401"),
        &String::from_utf8_lossy(&answer),
    )
}

/// Sends so many bytes behind a head as fast as they are taken; gives the answer, and how many were sent.
async fn send_all(desk: &Desk, head: &str, size: usize) -> Outcome<(String, usize)> {
    let address = desk.server.address;
    let head = format!(
        "POST {LOOK} HTTP/1.1\r\nHost: {address}\r\nSec-Fetch-Site: same-origin\r\n{head}\r\n"
    );
    let (mut answer, mut request) = TcpStream::connect(address).await?.into_split();
    request.write_all(head.as_bytes()).await?;
    let sender = tokio::spawn(async move {
        let (piece, mut sent) = (vec![b'x'; 64 * 1024], 0);
        while sent < size && request.write_all(&piece).await.is_ok() {
            sent += piece.len();
        }
        // Not closed: who closes wants no answer.
        (sent, request)
    });
    let mut text = [0; 12];
    let read = timeout(DEADLINE, answer.read_exact(&mut text)).await?;
    let (sent, _request) = timeout(DEADLINE, sender).await??;
    read.map(|_| (String::from_utf8_lossy(&text).into_owned(), sent))
        .map_err(Into::into)
}

/// A browser that is still sending reads no answer: it says that the connection was reset.
#[tokio::test]
async fn whoever_sends_too_large_a_file_reads_why_it_is_refused() -> TestResult {
    const SIZE: usize = 40 * 1024 * 1024;
    let desk = Desk::start().await?;
    let head = format!(
        "Accept: application/json\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {SIZE}\r\n"
    );
    let (answer, sent) = send_all(&desk, &head, SIZE).await?;
    check(answer.starts_with("HTTP/1.1 413"), &answer)?;
    check(sent == SIZE, &format!("{sent} bytes were taken"))
}

/// What is thrown away is bounded, in bytes and in time.
#[tokio::test]
async fn nobody_has_a_file_without_end_read() -> TestResult {
    const ANNOUNCED: usize = 4 * 1024 * 1024 * 1024;
    const MOST: usize = 128 * 1024 * 1024;
    let desk = Desk::start_with(|config| {
        config.limits.request_timeout = Duration::from_secs(5);
    })
    .await?;
    let head =
        format!("Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {ANNOUNCED}\r\n");
    let (_, sent) = send_all(&desk, &head, ANNOUNCED).await.unwrap_or_default();
    check(sent < MOST, &format!("{sent} bytes were taken"))?;
    // Whoever sends nothing of what was announced is answered as well.
    let (answer, _) = send_all(&desk, &format!("Accept: application/json\r\n{head}"), 0).await?;
    check(answer.starts_with("HTTP/1.1 413"), &answer)
}
