//! Settings as an operator meets them: through the program.

use crate::support::{
    TestResult,
    program::{Running, program, run, terminate},
};
use std::os::unix::ffi::OsStrExt;

#[tokio::test]
async fn every_mistake_is_told_at_once_with_exit_code_2() -> TestResult {
    let wrong = [
        ("APP_ENV", "staging"),
        ("HOST", "my host"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "https://vault.example/path"),
        ("CORS_ORIGINS", "https://a.example,*"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,10.0.0.0/33"),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.0/8,bot.example"),
        ("RATE_LIMIT_PER_MINUTE", "0"),
        ("AUTH_RATE_LIMIT_PER_MINUTE", "1.5"),
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
        ("CACHE_URL", "redis://:hunter2secret@host/0?protocol=resp9"),
        ("DATABASE_URL", "postgres://ann:hunter2secret@host/vault"),
        ("SMTP_URL", "smtp://ann:hunter2secret@mail.example"),
        ("MAIL_FROM", "nobody"),
        ("REQUIRE_EMAIL_VERIFICATION", "maybe"),
        ("TWILIO_ACCOUNT_SID", "AChunter2"),
        ("TWILIO_AUTH_TOKEN", "hunter2 secret"),
        ("TWILIO_FROM", "030123456"),
        ("TWILIO_URL", "http://api.twilio.com"),
        ("ADMIN_EMAIL", "root"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
        ("METRICS_ADDR", "9464"),
        ("SENTRY_DSN", "hunter2secret@host"),
        ("JWT_SECRET", "hunter2secret"),
        ("JWT_SECRET_PREVIOUS", "hunter2secret"),
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
async fn a_value_that_is_no_text_is_a_mistake() -> TestResult {
    let folder = tempfile::tempdir()?;
    let mut command = program(folder.path(), &[]);
    let garbled = std::ffi::OsStr::from_bytes(b"sqlite\xff");
    let command = command.env("APP_ENV", garbled).env("OF_ANOTHER", garbled);
    let output = command.arg("check-config").output().await?;
    let text = String::from_utf8([output.stdout, output.stderr].concat())?;
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("APP_ENV: is not valid UTF-8"), "{text}");
    assert!(!text.contains("OF_ANOTHER"), "{text}");
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
async fn the_settings_in_effect_are_printed_without_secrets() -> TestResult {
    let given = [
        ("PORT", "4000"),
        ("FEEDS", "kraken,simulated"),
        (
            "CACHE_URL",
            "redis://user:hunter2secret@cache.example:6380/2",
        ),
        ("COINCAP_API_KEY", "hunter2secret"),
        (
            "DATABASE_URL",
            "mongodb://ann:hunter2secret@db.example/vault?appName=x",
        ),
        ("ADMIN_EMAIL", "Ann@example.com"),
        ("SENTRY_DSN", "https://hunter2secret@sentry.example/7"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,192.168.1.1"),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.20.0.0/16, ::1"),
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
        "DATABASE_URL=mongodb://[redacted]@db.example/vault",
        "ADMIN_EMAIL=ann@example.com",
        "AUTH_RATE_LIMIT_PER_MINUTE=10  # default",
        "TWILIO_URL=https://api.twilio.com  # default",
        "SENTRY_DSN=[redacted]",
        "TRUSTED_PROXIES=10.0.0.0/8,192.168.1.1/32",
        "WEBHOOK_ALLOWED_NETWORKS=10.20.0.0/16,::1/128",
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
async fn an_address_nobody_can_open_is_not_offered() -> TestResult {
    for (host, url) in [
        ("0.0.0.0", "http://localhost:4000"),
        ("::", "http://localhost:4000"),
        ("::1", "http://[::1]:4000"),
        ("192.0.2.7", "http://192.0.2.7:4000"),
    ] {
        let (_, text) = run("check-config", None, &[("HOST", host), ("PORT", "4000")]).await?;
        let line = format!("PUBLIC_URL={url}  # default");
        assert!(text.lines().any(|shown| shown == line), "{line} in {text}");
    }
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
async fn mistakes_in_the_file_are_told_with_their_lines() -> TestResult {
    let file = "PORT=4001\n\nhunter2 secret\nLOG_LEVEL=info\nPORT=4002\nHOST='::1\n";
    for command in ["check-config", "serve"] {
        let (output, text) = run(command, Some(file), &[]).await?;
        assert_eq!(output.status.code(), Some(2), "{text}");
        for line in [
            "\n  .env: line 3 is not NAME=value",
            "\n  .env: PORT is there twice, on lines 1 and 5",
            "\n  .env: line 6 is not NAME=value",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn a_misspelt_setting_in_the_file_is_pointed_out() -> TestResult {
    let file = "CACHE_URI=redis://:hunter2@cache\nPOSTGRES_USER=x\nLEPTOS_SITE_ROOT=site\n";
    let (output, text) = run("check-config", Some(file), &[]).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains(
            "warning: CACHE_URI: is no setting and has no effect; did you mean CACHE_URL?"
        ),
        "{text}"
    );
    assert!(
        text.contains("warning: LEPTOS_SITE_ROOT: is read from"),
        "{text}"
    );
    assert!(!text.contains("POSTGRES_USER"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");

    let write = |folder: &std::path::Path| std::fs::write(folder.join(".env"), file);
    let program = Running::start(write, &[]).await?;
    let warned = program.before.iter();
    let warned = warned.filter(|line| line.contains("did you mean CACHE_URL?"));
    assert_eq!(warned.count(), 1, "{:?}", program.before);
    terminate(&program.child).await?;
    Ok(())
}

#[tokio::test]
async fn a_data_folder_that_takes_no_files_is_a_mistake() -> TestResult {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    std::fs::write(&file, "")?;
    let file = file.display().to_string();
    let below = format!("{file}/data");
    for (path, reason) in [
        (file.as_str(), "is a file, not a folder"),
        (&below, "is a file, not a folder"),
        // Not even root may write there.
        ("/proc/self", "is not writable"),
    ] {
        let (output, text) = run("check-config", None, &[("DATA_DIR", path)]).await?;
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(
            text.contains("\n  DATA_DIR: ") && text.contains(reason),
            "{text}"
        );
    }
    let new = folder.path().join("new/data").display().to_string();
    let (output, text) = run("check-config", None, &[("DATA_DIR", &new)]).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    let left = std::fs::read_dir(folder.path())?.count();
    assert_eq!(left, 1, "only the file of this test");
    Ok(())
}

#[tokio::test]
async fn a_desk_without_any_source_is_pointed_out() -> TestResult {
    let alone = [("FEEDS", "coincap")];
    let (output, text) = run("check-config", None, &alone).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("warning: FEEDS: coincap needs COINCAP_API_KEY"),
        "{text}"
    );
    for enough in [
        [("FEEDS", "coincap"), ("COINCAP_API_KEY", "key")],
        [("FEEDS", "coincap,kraken"), ("COINCAP_API_KEY", "")],
    ] {
        let (_, text) = run("check-config", None, &enough).await?;
        assert!(!text.contains("warning: FEEDS"), "{text}");
    }
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
    assert!(count >= 37, "{count} settings");
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
        (
            "JWT_SECRET_PREVIOUS",
            "hunter2secret-hunter2secret-hunter2before",
        ),
        ("DATABASE_URL", "mongodb://ann:hunter2secret@db.example"),
        ("SMTP_URL", "smtps://ann:hunter2secret@mail.example"),
        ("MAIL_FROM", "vault@example.com"),
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
