//! Where webhooks may not lead: into the network of whoever runs the server.

use super::{Receiver, add, allow, hooked, last, receiver::Reply, tell, test};
use crate::auth_support::{Desk, Outcome, check};
use crate::mail_server::acceptor;
use crate::redis_server::certificate;
use crate::support::TestResult;
use async_trait::async_trait;
use http::StatusCode;
use serde_json::json;
use services::webhooks::{Lookup, Names};
use std::{
    collections::VecDeque,
    io,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{io::AsyncReadExt, net::TcpListener};

/// A name server that says something else each time; the last thing it goes on to say.
#[derive(Debug)]
struct Told(Mutex<VecDeque<Vec<IpAddr>>>);

#[async_trait]
impl Lookup for Told {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        assert!(["hook.example", "localhost"].contains(&host));
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = answers.front().cloned().unwrap_or_default();
        if answers.len() > 1 {
            answers.pop_front();
        }
        Ok(next)
    }
}

fn names(answers: &[&[&str]]) -> Names {
    let parsed = |answer: &&[&str]| answer.iter().filter_map(|one| one.parse().ok()).collect();
    Names::by(Told(Mutex::new(answers.iter().map(parsed).collect())))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_the_operators_network_is_refused_when_it_is_named() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    for url in [
        "http://127.0.0.1:9200/",
        "https://10.0.0.5/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/latest/meta-data",
        "https://[64:ff9b::7f00:1]/",
        "https://0x7f.1/",
        "https://100.64.0.1/",
    ] {
        let refused = add(&ann, url).await?.expect_field("url")?;
        let why = refused.json["errors"][0]["message"]
            .as_str()
            .unwrap_or_default();
        check(why.starts_with("leads to an address that "), why)?;
    }
    let production = Desk::start_with(|config| config.webhooks.plain_http = false).await?;
    let ann = production.signed_in("Ann").await?;
    let refused = add(&ann, "http://bot.example/")
        .await?
        .expect_field("url")?;
    assert_eq!(
        refused.json["errors"][0]["message"],
        "must begin with https://"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_into_the_operators_network_is_refused_when_something_is_sent()
-> TestResult {
    for (answer, why) in [
        (["127.0.0.1"].as_slice(), "belongs to this machine itself"),
        (&["::ffff:127.0.0.1"], "belongs to this machine itself"),
        (&["10.0.0.1", "127.0.0.1"], "belongs to this machine itself"),
        (&["64:ff9b::7f00:1"], "belongs to this machine itself"),
        (&["0.0.0.0"], "is reserved"),
    ] {
        let desk = Desk::start_with(|config| config.webhooks.names = names(&[answer])).await?;
        let ann = desk.signed_in("Ann").await?;
        let receiver = Receiver::start(&[]).await?;
        let url = format!("http://hook.example:{}/", receiver.port);
        let (id, _) = hooked(&ann, &url).await?;
        let came = test(&ann, &id).await?;
        assert_eq!(came["status"], "given_up");
        let expected = format!("its URL leads to an address that {why}");
        assert_eq!(came["error"], expected, "{answer:?}");
        assert_eq!(receiver.seen().len(), 0, "{answer:?}");
    }
    let desk = Desk::start_with(|config| config.webhooks.names = names(&[&[]])).await?;
    let ann = desk.signed_in("Ann").await?;
    let (id, _) = hooked(&ann, "http://hook.example/").await?;
    assert_eq!(test(&ann, &id).await?["error"], "its host can't be found");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_elsewhere_at_the_second_look_is_refused_then() -> TestResult {
    let desk = Desk::start_with(|config| {
        allow(config);
        // The receiver listens on both.
        config.webhooks.names = names(&[&["127.0.0.1"], &["127.0.0.2"]]);
    });
    let desk = desk.await?;
    let ann = desk.signed_in("Ann").await?;
    let receiver = Receiver::start(&[Reply::Status(500)]).await?;
    let url = format!("http://hook.example:{}/", receiver.port);
    let (id, _) = hooked(&ann, &url).await?;
    tell(&ann, 1).await?;
    receiver.got(1).await?;
    last(&ann, &id, |sent| sent["http_status"] == 500).await?;
    desk.clock.advance(Duration::from_secs(15));
    let refused = last(&ann, &id, |sent| {
        sent["tries"] == 2 && sent["http_status"].is_null()
    });
    let expected = "its URL leads to an address that belongs to this machine itself";
    assert_eq!(refused.await?["error"], expected);
    assert_eq!(receiver.seen().len(), 1, "nothing was sent there");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_leads_nowhere_else() -> TestResult {
    let desk = Desk::start_with(allow).await?;
    let ann = desk.signed_in("Ann").await?;
    let inside = Receiver::start(&[]).await?;
    let leading = [
        format!("http://127.0.0.2:{}/", inside.port),
        inside.url("/allowed"),
    ];
    let receiver = Receiver::start(&leading.map(Reply::Redirect)).await?;
    let (id, _) = hooked(&ann, &receiver.url("/")).await?;
    for _ in 0..2 {
        let came = test(&ann, &id).await?;
        assert_eq!(
            (&came["status"], &came["http_status"]),
            (&json!("given_up"), &json!(302))
        );
        assert_eq!(
            came["error"],
            "the receiver answered 302, and redirects are not followed"
        );
    }
    assert_eq!((receiver.seen().len(), inside.seen().len()), (2, 0));
    Ok(())
}

/// A receiver whose certificate nobody but itself has signed; what it could read.
async fn self_signed() -> Outcome<(u16, Arc<Mutex<usize>>)> {
    let folder = tempfile::tempdir()?;
    let made = certificate::make(folder.path());
    let pem = std::fs::read(made.map_err(|error| error.to_string())?)?;
    let acceptor = acceptor(&pem)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let read = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&read);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let mut bytes = [0; 1024];
                    let got = stream.read(&mut bytes).await.unwrap_or_default();
                    *seen.lock().unwrap_or_else(PoisonError::into_inner) += got;
                }
            });
        }
    });
    Ok((port, read))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_whose_certificate_nobody_vouches_for_gets_nothing() -> TestResult {
    let desk = Desk::start_with(|config| {
        allow(config);
        // The one it is for.
        config.webhooks.names = names(&[&["127.0.0.1"]]);
    });
    let desk = desk.await?;
    let ann = desk.signed_in("Ann").await?;
    let (port, read) = self_signed().await?;
    let made = add(&ann, &format!("https://localhost:{port}/")).await?;
    let made = made.expect_status(StatusCode::CREATED)?.json;
    let came = test(&ann, made["webhook"]["id"].as_str().unwrap_or_default()).await?;
    assert_eq!(
        came["error"],
        "the receiver's certificate is not valid for it"
    );
    let read = *read.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(read, 0);
    Ok(())
}
