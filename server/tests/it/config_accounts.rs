//! Settings of accounts, mails and the database, as an operator meets them.

use crate::support::{TestResult, program::run};

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
    let mails = text.lines().find(|line| line.starts_with("  SMTP_URL: "));
    assert!(
        mails.is_some_and(|line| line.contains("REQUIRE_EMAIL_VERIFICATION=false")),
        "{text}"
    );

    let secret = "0123456789abcdef0123456789abcdef";
    let enough = [
        ("APP_ENV", "production"),
        ("JWT_SECRET", secret),
        ("PUBLIC_URL", "https://vault.example"),
        ("REQUIRE_EMAIL_VERIFICATION", "false"),
    ];
    let (output, text) = run("check-config", None, &enough).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("JWT_SECRET=[redacted]"), "{text}");
    assert!(text.contains("LOG_FORMAT=json  # default"), "{text}");
    assert!(!text.contains(secret), "{text}");

    let short = [
        enough[0],
        ("JWT_SECRET", &secret[1..]),
        enough[2],
        enough[3],
    ];
    let (output, text) = run("check-config", None, &short).await?;
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("JWT_SECRET: must have at least 32 bytes"),
        "{text}"
    );
    Ok(())
}

#[tokio::test]
async fn addresses_are_verified_by_default_only_in_production() -> TestResult {
    let on = "REQUIRE_EMAIL_VERIFICATION=true";
    let production = [
        ("APP_ENV", "production"),
        ("JWT_SECRET", "0123456789abcdef0123456789abcdef"),
        ("PUBLIC_URL", "https://vault.example"),
        ("SMTP_URL", "smtps://ann:hunter2secret@mail.example"),
        ("MAIL_FROM", "Vault <vault@example.com>"),
    ];
    let (output, text) = run("check-config", None, &production).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(&format!("{on}  # default")), "{text}");
    assert!(
        text.contains("SMTP_URL=smtps://[redacted]@mail.example:465\n"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");

    let (_, text) = run("check-config", None, &[]).await?;
    let off = "REQUIRE_EMAIL_VERIFICATION=false  # default";
    assert!(text.contains(off), "{text}");
    // Mails go to files there, so it works without a server.
    let asked = [("REQUIRE_EMAIL_VERIFICATION", "true")];
    let (output, text) = run("check-config", None, &asked).await?;
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains(&format!("{on}\n")), "{text}");
    Ok(())
}

#[tokio::test]
async fn settings_that_need_each_other_are_told() -> TestResult {
    let secret = "0123456789abcdef0123456789abcdef";
    let given = [
        ("SMTP_URL", "smtps://mail.example"),
        ("TWILIO_AUTH_TOKEN", "hunter2"),
        ("JWT_SECRET", secret),
        ("JWT_SECRET_PREVIOUS", secret),
    ];
    let (output, text) = run("check-config", None, &given).await?;
    assert_eq!(output.status.code(), Some(2), "{text}");
    for line in [
        "\n  MAIL_FROM: is required with SMTP_URL",
        "\n  TWILIO_ACCOUNT_SID: is missing",
        "\n  TWILIO_FROM: is missing",
        "\n  JWT_SECRET_PREVIOUS: is the same as JWT_SECRET",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(
        !text.contains("hunter2") && !text.contains(secret),
        "{text}"
    );
    Ok(())
}

#[tokio::test]
async fn the_database_is_a_file_in_the_data_folder_by_default() -> TestResult {
    let folder = tempfile::tempdir()?;
    let folder = folder.path().display().to_string();
    let (_, text) = run("check-config", None, &[("DATA_DIR", &folder)]).await?;
    let line = format!("DATABASE_URL=sqlite://{folder}/vault.db  # default");
    assert!(text.lines().any(|shown| shown == line), "{line} in {text}");
    Ok(())
}
