//! Requests for something that is no path.

use crate::support::{DEADLINE, TestResult, TestServer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

#[tokio::test]
async fn a_request_that_names_no_path_is_refused_in_words() -> TestResult {
    let server = TestServer::start().await?;
    for target in ["example.com", "*", "example.com:80"] {
        for method in ["GET", "OPTIONS"] {
            let mut stream = TcpStream::connect(server.address).await?;
            let request = format!(
                "{method} {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                server.address
            );
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            timeout(DEADLINE, stream.read_to_string(&mut answer)).await??;
            assert!(
                answer.starts_with("HTTP/1.1 400 "),
                "{method} {target}: {answer}"
            );
        }
    }
    server.stop().await
}

#[tokio::test]
async fn an_absolute_address_is_its_path() -> TestResult {
    let server = TestServer::start().await?;
    let mut stream = TcpStream::connect(server.address).await?;
    let request = format!(
        "GET http://{0}/health/live HTTP/1.1\r\nHost: {0}\r\nConnection: close\r\n\r\n",
        server.address
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    timeout(DEADLINE, stream.read_to_string(&mut answer)).await??;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    server.stop().await
}
