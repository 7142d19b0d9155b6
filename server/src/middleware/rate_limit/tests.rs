//! A cache that is down must not lift the limit.

use super::*;
use crate::middleware::client_ip::ClientIp;
use async_trait::async_trait;
use bytes::Bytes;
use metrics_exporter_prometheus::PrometheusBuilder;
use services::cache::{CacheError, Subscription};
use std::future::pending;

/// A cache that fails, or that does not even do that.
#[derive(Debug)]
struct Broken {
    hangs: bool,
}

impl Broken {
    async fn fail<T>(&self) -> Result<T, CacheError> {
        if self.hangs {
            pending::<()>().await;
        }
        Err(CacheError::Unavailable("broken".to_owned()))
    }
}

#[async_trait]
impl Cache for Broken {
    async fn get(&self, _: &str) -> Result<Option<Bytes>, CacheError> {
        self.fail().await
    }
    async fn set(&self, _: &str, _: Bytes, _: Duration) -> Result<(), CacheError> {
        self.fail().await
    }
    async fn set_many(&self, _: Vec<(String, Bytes)>, _: Duration) -> Result<(), CacheError> {
        self.fail().await
    }
    async fn remove(&self, _: &str) -> Result<(), CacheError> {
        self.fail().await
    }
    async fn increment(&self, _: &str, _: Duration) -> Result<Counter, CacheError> {
        self.fail().await
    }
    async fn publish(&self, _: &str, _: Bytes) -> Result<(), CacheError> {
        self.fail().await
    }
    async fn subscribe(&self, _: &str) -> Result<Subscription, CacheError> {
        self.fail().await
    }
    async fn acquire_lease(&self, _: &str, _: &str, _: Duration) -> Result<bool, CacheError> {
        self.fail().await
    }
    async fn release_lease(&self, _: &str, _: &str) -> Result<(), CacheError> {
        self.fail().await
    }
    async fn ping(&self) -> Result<(), CacheError> {
        self.fail().await
    }
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn still_limits(cache: Broken) -> Outcome {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let limits = LimitsConfig {
        api_per_minute: 2,
        ..LimitsConfig::default()
    };
    let limit = RateLimit::new(Arc::new(cache), &limits);
    let network = |text: &str| text.parse().map(|ip| ClientIp(ip).network());
    let one = Caller::Address(network("192.0.2.1")?);
    let other = Caller::Address(network("192.0.2.2")?);
    for expected in [false, false, true] {
        let allowance = limit
            .count(Area::Api, &one, None)
            .await
            .ok_or("not counted")?;
        assert_eq!(allowance.exceeded().is_some(), expected);
    }
    let allowance = limit
        .count(Area::Api, &other, None)
        .await
        .ok_or("not counted")?;
    assert!(allowance.exceeded().is_none(), "callers are told apart");
    let text = metrics.render();
    assert!(
        text.contains("cryptovault_rate_limit_unavailable_total 4"),
        "{text}"
    );
    Ok(())
}

#[tokio::test]
async fn a_cache_that_fails_does_not_lift_the_limit() -> Outcome {
    still_limits(Broken { hangs: false }).await
}

#[tokio::test]
async fn a_cache_that_hangs_neither_lifts_the_limit_nor_holds_up_requests() -> Outcome {
    let limited = still_limits(Broken { hangs: true });
    timeout(40 * PATIENCE, limited).await?
}

#[test]
fn what_can_be_guessed_is_told_by_its_path() {
    for path in [
        "/api/auth/login",
        "/_fn/auth/login",
        "/api/auth/2fa/verify",
        "/api/auth/login/",
    ] {
        assert!(is_guessable(path), "{path}");
    }
    for path in [
        "/api/auth/me",
        "/api/auth/refresh",
        "/login",
        "/api/auth/logins",
        "/api/crypto",
    ] {
        assert!(!is_guessable(path), "{path}");
    }
}

/// A route that got another name would lose its limit unnoticed.
#[test]
fn what_can_be_guessed_is_there_as_a_route_and_as_a_form() {
    let (_, document) = crate::rest::routes();
    let forms: Vec<&str> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .collect();
    for path in GUESSABLE {
        let (route, form) = (format!("/api/auth{path}"), format!("/_fn/auth{path}"));
        assert!(document.paths.paths.contains_key(&route), "{route}");
        assert!(forms.contains(&form.as_str()), "{form} in {forms:?}");
    }
}
