//! What an operator reads when Redis can't be used: once, with where and why, without the password.

use crate::redis_server::RedisServer;
use crate::support::{
    DEADLINE, TestResult,
    program::{Running, terminate},
};
use serde_json::Value;
use std::{error::Error, time::Instant};

const PROBES: usize = 5;

/// Other suites hand their errors to other threads.
fn plain(error: Box<dyn Error + Send + Sync>) -> Box<dyn Error> {
    error
}

/// Asks for readiness until it is `wanted`, then a few times more.
async fn probe(program: &Running, wanted: u16) -> Result<Option<String>, Box<dyn Error>> {
    let deadline = Instant::now() + DEADLINE;
    let mut seen = 0;
    let mut cache = None;
    while seen < PROBES {
        let answer = reqwest::get(program.url("/health/ready")).await?;
        if answer.status() == wanted {
            seen += 1;
        } else if Instant::now() > deadline {
            return Err(format!("{} instead of {wanted}", answer.status()).into());
        }
        let answer: Value = answer.json().await?;
        cache = answer["parts"]["cache"].as_str().map(ToOwned::to_owned);
    }
    Ok(cache)
}

/// All it said from start to end, line by line.
async fn whole_log(mut program: Running) -> Result<Vec<Value>, Box<dyn Error>> {
    terminate(&program.child).await?;
    program.ended().await?;
    let mut lines = std::mem::take(&mut program.before);
    lines.extend(program.said().await?);
    let lines = lines.iter().map(|line| serde_json::from_str(line));
    Ok(lines.collect::<Result<_, _>>()?)
}

fn messages<'a>(log: &'a [Value], text: &str) -> Vec<&'a str> {
    let messages = log.iter().filter_map(|line| line["message"].as_str());
    messages.filter(|message| message.contains(text)).collect()
}

/// How often readiness said `text` of the cache. Before the first price it says things of the feed
/// too.
fn told_of_cache(log: &[Value], text: &str) -> usize {
    log.iter()
        .filter(|line| line["message"] == text && line["part"] == "cache")
        .count()
}

#[tokio::test]
async fn a_wrong_password_is_told_once_with_the_address_and_without_itself() -> TestResult {
    services::tls::install();
    let redis = RedisServer::start_with_password("right-horse")
        .await
        .map_err(plain)?;
    let url = redis.url().replace("right-horse", "wrong-horse");
    let program = Running::start(|_| Ok(()), &[("CACHE_URL", &url)]).await?;
    let cache = probe(&program, 503).await?;
    assert_eq!(cache.as_deref(), Some("turns us away"));

    let log = whole_log(program).await?;
    let text = format!("{log:?}");
    assert!(!text.contains("horse"), "{text}");
    let address = format!("127.0.0.1:{}", redis.port());
    let errors: Vec<&Value> = log.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    let told = errors[0]["message"].as_str().unwrap_or_default();
    assert!(
        told.contains(&address) && told.contains("password"),
        "{told}"
    );
    assert_eq!(told_of_cache(&log, "not ready"), 1, "{text}");
    Ok(())
}

#[tokio::test]
async fn losing_redis_and_getting_it_back_is_told_once_each() -> TestResult {
    services::tls::install();
    let mut redis = RedisServer::start().await.map_err(plain)?;
    let program = Running::start(|_| Ok(()), &[("CACHE_URL", &redis.url())]).await?;
    probe(&program, 200).await?;
    redis.kill().map_err(plain)?;
    let cache = probe(&program, 503).await?;
    assert_eq!(cache.as_deref(), Some("does not answer"));
    redis.restart().await.map_err(plain)?;
    probe(&program, 200).await?;

    let log = whole_log(program).await?;
    for told in ["the cache does not answer: ", "the cache answers again"] {
        assert_eq!(messages(&log, told).len(), 1, "{told}: {log:?}");
    }
    for told in ["not ready", "ready again"] {
        assert_eq!(told_of_cache(&log, told), 1, "{told}: {log:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_with_tls_is_used_if_its_certificate_is_trusted() -> TestResult {
    services::tls::install();
    let folder = tempfile::tempdir()?;
    let redis = RedisServer::start_with_tls(folder.path()).await;
    let redis = redis.map_err(plain)?;
    let url = redis.url();
    let trusted = folder.path().join("certificate.pem").display().to_string();
    let trusting = [("CACHE_URL", url.as_str()), ("SSL_CERT_FILE", &trusted)];
    let program = Running::start(|_| Ok(()), &trusting).await?;
    probe(&program, 200).await?;
    whole_log(program).await?;

    let program = Running::start(|_| Ok(()), &trusting[..1]).await?;
    probe(&program, 503).await?;
    let log = whole_log(program).await?;
    let told = messages(&log, "the cache does not answer: ");
    assert!(
        told.len() == 1 && told[0].contains("certificate"),
        "{told:?}"
    );
    Ok(())
}

/// How often the server has refused a command.
async fn refusals(redis: &RedisServer, command: &str) -> Result<usize, Box<dyn Error>> {
    let statistics = redis.tell("INFO commandstats").await.map_err(plain)?;
    let counted = format!("cmdstat_{command}:");
    let line = statistics.lines().find(|line| line.starts_with(&counted));
    let times = line.and_then(|line| line.split("rejected_calls=").nth(1));
    let times = times.and_then(|rest| rest.split(',').next());
    Ok(times.map_or(Ok(0), str::parse)?)
}

/// The program's log after a server that grants it `rights` only has refused `command` so often.
async fn log_of_a_user(
    rights: &str,
    command: &str,
    times: usize,
) -> Result<Vec<Value>, Box<dyn Error>> {
    services::tls::install();
    let redis = RedisServer::start().await.map_err(plain)?;
    let user = format!("ACL SETUSER desk on >right-horse +@all {rights}");
    redis.tell(&user).await.map_err(plain)?;
    let url = format!("redis://desk:right-horse@127.0.0.1:{}", redis.port());
    let program = Running::start(|_| Ok(()), &[("CACHE_URL", &url)]).await?;
    probe(&program, 200).await?;
    let deadline = Instant::now() + DEADLINE;
    while refusals(&redis, command).await? < times {
        if Instant::now() > deadline {
            return Err(format!("{command} was refused less than {times} times").into());
        }
        // What is told with every call is told of this one too.
        probe(&program, 200).await?;
    }
    let log = whole_log(program).await?;
    assert!(!format!("{log:?}").contains("horse"), "{log:?}");
    Ok(log)
}

/// The operations of which an error tells, in order of their names.
fn errors(log: &[Value]) -> Vec<&str> {
    let errors = log.iter().filter(|line| line["level"] == "ERROR");
    let mut operations: Vec<_> = errors
        .map(|line| line["operation"].as_str().unwrap_or("all"))
        .collect();
    operations.sort_unstable();
    operations
}

#[tokio::test]
async fn a_missing_right_to_publish_is_told_once_beside_all_that_works() -> TestResult {
    let log = log_of_a_user("~* resetchannels", "publish", 5).await?;
    assert_eq!(errors(&log), ["publish", "subscribe"], "{log:?}");
    assert_eq!(messages(&log, "can't be shared").len(), 1, "{log:?}");
    for never in ["again", "copies", "given up"] {
        assert_eq!(messages(&log, never), [""; 0], "{log:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_missing_right_to_store_prices_is_told_once_while_they_are_shared() -> TestResult {
    // Over 50 of them every second.
    let log = log_of_a_user("~lease:* ~ratelimit:* &*", "set", 160).await?;
    assert_eq!(errors(&log), ["set_many"], "{log:?}");
    assert_eq!(messages(&log, "copies").len(), 1, "{log:?}");
    for never in ["again", "shared"] {
        assert_eq!(messages(&log, never), [""; 0], "{log:?}");
    }
    Ok(())
}
