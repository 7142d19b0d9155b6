//! Behind proxies, limits are for the client, and nobody can pass for another.

use crate::support::{TestResult, TestServer, unlimited};
use http::{HeaderMap, HeaderValue, StatusCode};
use ipnet::IpNet;
use server::middleware::client_ip::ClientIp;
use std::net::IpAddr;

type Failed = Box<dyn std::error::Error>;

/// Our two proxies: one on this machine, one in front of it.
const PROXIES: [&str; 2] = ["127.0.0.2/32", "10.0.0.0/8"];

fn proxies() -> Result<Vec<IpNet>, ipnet::AddrParseError> {
    PROXIES.iter().map(|network| network.parse()).collect()
}

/// A server that lets each client ask once.
async fn once_each() -> Result<TestServer, Failed> {
    let mut config = unlimited();
    config.limits.api_per_minute = 1;
    config.http.trusted_proxies = proxies()?;
    TestServer::start_with(config).await
}

/// Asks from `peer`, with these lines of `X-Forwarded-For`.
async fn ask(server: &TestServer, peer: [u8; 4], lines: &[&str]) -> Result<StatusCode, Failed> {
    let client = reqwest::Client::builder()
        .local_address(IpAddr::from(peer))
        .timeout(crate::support::DEADLINE)
        .build()?;
    let mut request = client.get(server.url("/api/prices"));
    for line in lines {
        request = request.header("x-forwarded-for", *line);
    }
    Ok(request.send().await?.status())
}

const PROXY: [u8; 4] = [127, 0, 0, 2];
const NO_PROXY: [u8; 4] = [127, 0, 0, 1];

#[tokio::test]
async fn through_two_proxies_the_last_stranger_on_the_way_is_the_client() -> TestResult {
    let server = once_each().await?;
    let first = "198.51.100.1, 203.0.113.1, 10.0.0.7";
    assert_eq!(ask(&server, PROXY, &[first]).await?, StatusCode::OK);
    // What the client puts in front changes nothing, nor does the way through the proxies.
    for same in [
        "203.0.113.1",
        "198.51.100.2, 203.0.113.1, 10.0.0.8",
        "10.0.0.9, 203.0.113.1, 10.0.0.7",
        "\u{fc}, 203.0.113.1, 10.0.0.7",
    ] {
        let status = ask(&server, PROXY, &[same]).await?;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{same}");
    }
    let other = "203.0.113.1, 203.0.113.2, 10.0.0.7";
    assert_eq!(ask(&server, PROXY, &[other]).await?, StatusCode::OK);
    server.stop().await
}

#[tokio::test]
async fn who_is_no_listed_proxy_is_not_believed() -> TestResult {
    let server = once_each().await?;
    let (one, other) = (["203.0.113.1"], ["203.0.113.2"]);
    assert_eq!(ask(&server, NO_PROXY, &one).await?, StatusCode::OK);
    let again = ask(&server, NO_PROXY, &other).await?;
    assert_eq!(again, StatusCode::TOO_MANY_REQUESTS);
    // The one it named has not been counted.
    assert_eq!(ask(&server, PROXY, &one).await?, StatusCode::OK);
    server.stop().await
}

#[tokio::test]
async fn several_header_lines_are_one_list() -> TestResult {
    let server = once_each().await?;
    let lines = ["198.51.100.1", "203.0.113.1, 10.0.0.8", "10.0.0.7"];
    assert_eq!(ask(&server, PROXY, &lines).await?, StatusCode::OK);
    let one_line = ["203.0.113.1"];
    let again = ask(&server, PROXY, &one_line).await?;
    assert_eq!(again, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        ask(&server, PROXY, &["198.51.100.1"]).await?,
        StatusCode::OK
    );
    server.stop().await
}

#[tokio::test]
async fn an_ipv4_address_in_ipv6_clothes_is_the_same_client() -> TestResult {
    let server = once_each().await?;
    let dressed = ["::ffff:203.0.113.1"];
    assert_eq!(ask(&server, PROXY, &dressed).await?, StatusCode::OK);
    let plain = ask(&server, PROXY, &["203.0.113.1"]).await?;
    assert_eq!(plain, StatusCode::TOO_MANY_REQUESTS);
    // All such addresses lie in one IPv6 network, and yet are many clients.
    let neighbour = ["::ffff:203.0.113.2, ::ffff:10.0.0.7"];
    assert_eq!(ask(&server, PROXY, &neighbour).await?, StatusCode::OK);
    server.stop().await
}

#[test]
fn the_client_is_found_whatever_the_proxies_write() -> TestResult {
    let trusted = proxies()?;
    let cases: [(&str, &[&str], &str); 11] = [
        ("127.0.0.2", &[], "127.0.0.2"),
        ("127.0.0.2", &["203.0.113.1"], "203.0.113.1"),
        ("127.0.0.2", &["203.0.113.1:4711"], "203.0.113.1"),
        ("127.0.0.2", &["[2001:db8::1]:443"], "2001:db8::1"),
        ("127.0.0.2", &["[2001:db8::1], 10.1.2.3:80"], "2001:db8::1"),
        // A server that listens on IPv6 sees its IPv4 peers so.
        ("::ffff:127.0.0.2", &["203.0.113.1"], "203.0.113.1"),
        ("::ffff:192.0.2.1", &["203.0.113.1"], "192.0.2.1"),
        // Only proxies all the way, and what no proxy writes: the last one that is known.
        ("127.0.0.2", &["10.0.0.8, 10.0.0.7"], "10.0.0.8"),
        ("127.0.0.2", &["203.0.113.1, unknown"], "127.0.0.2"),
        ("127.0.0.2", &["203.0.113.1, 10.0.0.7", ""], "127.0.0.2"),
        ("192.0.2.1", &["127.0.0.2", "203.0.113.1"], "192.0.2.1"),
    ];
    for (peer, lines, expected) in cases {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_str(line)?);
        }
        let client = ClientIp::resolve(peer.parse()?, &headers, &trusted);
        assert_eq!(client, ClientIp(expected.parse()?), "{peer} {lines:?}");
    }
    Ok(())
}
