//! Settings as an operator meets them: through the program.

mod support;

use std::process::Output;
use support::{TestResult, program::program};

/// Runs a command of the program to its end.
async fn run(
    command: &str,
    dotenv: Option<&str>,
    variables: &[(&str, &str)],
) -> Result<(Output, String), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    if let Some(text) = dotenv {
        std::fs::write(folder.path().join(".env"), text)?;
    }
    let output = program(folder.path(), variables)
        .arg(command)
        .output()
        .await?;
    let all = [output.stdout.as_slice(), &output.stderr].concat();
    Ok((output, String::from_utf8(all)?))
}

#[tokio::test]
async fn every_mistake_is_told_at_once_with_exit_code_2() -> TestResult {
    let wrong = [
        ("APP_ENV", "staging"),
        ("HOST", "my host"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "https://vault.example/path"),
        ("CORS_ORIGINS", "https://a.example,*"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,10.0.0.0/33"),
        ("RATE_LIMIT_PER_MINUTE", "0"),
        ("PAGE_RATE_LIMIT_PER_MINUTE", "-5"),
        ("MAX_SOCKETS_PER_IP", "many"),
        ("FEEDS", "binance,mtgox"),
        ("BROADCAST_INTERVAL_MS", "5"),
        ("COINCAP_WS_URL", "https://wss.coincap.io"),
        ("BINANCE_WS_URL", "wss://"),
        ("BINANCE_REST_URL", "api.binance.com"),
        ("COINBASE_WS_URL", "wss://user:hunter2secret@host"),
        ("KRAKEN_WS_URL", "wss://ws.kraken.com/v2"),
        ("COINGECKO_URL", "ftp://api.coingecko.com"),
        ("COINCAP_API_KEY", "hunter2 secret"),
        ("COINGECKO_API_KEY", "hunter2\u{e9}secret"),
        ("CACHE_URL", "memcached://:hunter2secret@host"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
        ("METRICS_ADDR", "9464"),
        ("SENTRY_DSN", "hunter2secret@host"),
        ("JWT_SECRET", "hunter2secret"),
    ];
    for command in ["check-config", "serve"] {
        let (output, text) = run(command, None, &wrong).await?;
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(output.stdout.is_empty(), "{text}");
        for (variable, _) in wrong {
            assert!(
                text.contains(&format!("\n  {variable}: ")),
                "{variable} in {text}"
            );
        }
        assert_eq!(text.lines().count(), wrong.len() + 1, "{text}");
        assert!(
            text.contains(&format!("{} settings can't be used", wrong.len())),
            "{text}"
        );
        assert!(!text.contains("hunter2"), "a secret is shown: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_repeated_or_empty_list_entry_is_a_mistake() -> TestResult {
    for feeds in ["binance,binance", "binance,,kraken", ","] {
        let (output, text) = run("check-config", None, &[("FEEDS", feeds)]).await?;
        assert_eq!(output.status.code(), Some(2), "{feeds}: {text}");
        assert!(text.contains("FEEDS: entry "), "{feeds}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn production_needs_a_key_and_an_address() -> TestResult {
    let (output, text) = run("check-config", None, &[("APP_ENV", "production")]).await?;
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("\n  JWT_SECRET: is required in production"),
        "{text}"
    );
    assert!(
        text.contains("\n  PUBLIC_URL: is required in production"),
        "{text}"
    );

    let secret = "0123456789abcdef0123456789abcdef";
    let enough = [
        ("APP_ENV", "production"),
        ("JWT_SECRET", secret),
        ("PUBLIC_URL", "https://vault.example"),
    ];
    let (output, text) = run("check-config", None, &enough).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("JWT_SECRET=[redacted]"), "{text}");
    assert!(text.contains("LOG_FORMAT=json  # default"), "{text}");
    assert!(!text.contains(secret), "{text}");

    let short = [enough[0], ("JWT_SECRET", &secret[1..]), enough[2]];
    let (output, text) = run("check-config", None, &short).await?;
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("JWT_SECRET: must have at least 32 bytes"),
        "{text}"
    );
    Ok(())
}

#[tokio::test]
async fn the_settings_in_effect_are_printed_without_secrets() -> TestResult {
    let given = [
        ("PORT", "4000"),
        ("FEEDS", "kraken,simulated"),
        (
            "CACHE_URL",
            "redis://user:hunter2secret@cache.example:6380/2",
        ),
        ("COINCAP_API_KEY", "hunter2secret"),
        ("SENTRY_DSN", "https://hunter2secret@sentry.example/7"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,192.168.1.1"),
        ("METRICS_ADDR", "off"),
        ("LOG_LEVEL", ""),
    ];
    let (output, text) = run("check-config", None, &given).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    for line in [
        "PORT=4000",
        "PUBLIC_URL=http://127.0.0.1:4000  # default",
        "FEEDS=kraken,simulated",
        "CACHE_URL=redis://[redacted]@cache.example:6380/2",
        "COINCAP_API_KEY=[redacted]",
        "SENTRY_DSN=[redacted]",
        "TRUSTED_PROXIES=10.0.0.0/8,192.168.1.1/32",
        "METRICS_ADDR=off",
        "LOG_LEVEL=info  # default",
        "RATE_LIMIT_PER_MINUTE=60  # default",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line} in {text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
    Ok(())
}

#[tokio::test]
async fn the_environment_wins_over_the_file() -> TestResult {
    let file = "PORT=4001\nFEEDS=simulated # offline\n# LOG_LEVEL=debug\n";
    let (output, text) = run("check-config", Some(file), &[("PORT", "4002")]).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("PORT=4002\n"), "{text}");
    assert!(text.contains("FEEDS=simulated\n"), "{text}");
    assert!(text.contains("LOG_LEVEL=info  # default"), "{text}");

    let (output, text) = run("check-config", Some("hunter2 secret\n"), &[]).await?;
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("\n  .env: "), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    Ok(())
}

#[tokio::test]
async fn every_setting_is_documented_in_the_example() -> TestResult {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../.env.example");
    let example = std::fs::read_to_string(example)?;
    let (_, text) = run("check-config", None, &[]).await?;
    let settings = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name);
    let mut count = 0;
    for name in settings {
        let documented = example.lines().any(|line| {
            let line = line.trim_start_matches(['#', ' ']);
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('='))
        });
        assert!(documented, "{name} is not in .env.example");
        count += 1;
    }
    assert!(count >= 25, "{count} settings");
    // And the example works as it is.
    let (output, text) = run("check-config", Some(&example), &[]).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    Ok(())
}

#[test]
fn debug_output_holds_no_secret() {
    let variables = [
        ("JWT_SECRET", "hunter2secret-hunter2secret-hunter2secret"),
        ("CACHE_URL", "redis://:hunter2secret@cache.example"),
        ("SENTRY_DSN", "https://hunter2secret@sentry.example/7"),
        ("COINCAP_API_KEY", "hunter2secret"),
        ("COINGECKO_API_KEY", "hunter2secret"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = services::config::Config::from_vars(variables);
    let shown = format!("{config:?}");
    assert!(config.is_ok(), "{shown}");
    assert!(shown.contains("[redacted]"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn the_help_tells_what_the_program_is() -> TestResult {
    let (output, text) = run("--help", None, &[]).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.starts_with("A self-hosted crypto trading desk"),
        "{text}"
    );
    assert!(text.contains(".env.example"), "{text}");
    Ok(())
}
