//! Requests that a program signs: what a signature covers, when it counts, and how often.

use crate::auth_support::{
    Browser, Desk, Outcome, check,
    program::{Program, Signed},
};
use crate::support::TestResult;
use http::{Method, StatusCode};
use serde_json::json;
use std::time::Duration;

const ME: &str = "/api/auth/me";

async fn reader(browser: &Browser<'_>) -> Outcome<Program> {
    Program::with_key(browser, &["read"], json!({})).await
}

#[tokio::test]
async fn a_signed_request_is_its_owners() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let program = reader(&ann).await?;
    let me = program
        .get(&desk, ME, 0)
        .await?
        .expect_status(StatusCode::OK)?;
    assert_eq!(me.json, ann.get(ME).await?.json);
    // What anybody may see, with a query.
    let path = "/api/crypto?limit=2";
    program
        .get(&desk, path, 0)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn the_time_of_a_request_may_be_30_seconds_off_and_no_more() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let program = reader(&ann).await?;
    // To the whole second, so that nothing is rounded.
    let odd = desk.clock.now().nanosecond();
    desk.clock
        .advance(Duration::from_nanos(1_000_000_000 - u64::from(odd)));
    for (seconds, counts) in [
        (-30, true),
        (30, true),
        (-31, false),
        (31, false),
        (-3600, false),
    ] {
        let answer = program.get(&desk, ME, seconds).await?;
        assert_eq!(answer.status == StatusCode::OK, counts, "{seconds} s");
        if !counts {
            answer.expect_code(401, "unauthenticated")?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_signature_counts_once() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let program = reader(&ann).await?;
    let timestamp = desk.clock.now().unix_timestamp();
    let request = Signed {
        method: Method::GET,
        path: ME,
        body: "",
        timestamp,
    };
    let signature = program.sign(&request)?;
    let sends = (0..4).map(|_| program.send(&desk, &request, &signature));
    let answers = futures_util::future::try_join_all(sends).await?;
    let taken = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    assert_eq!(taken, 1, "{answers:?}");
    desk.clock.advance(Duration::from_secs(29));
    let replayed = program.send(&desk, &request, &signature).await?;
    replayed.expect_code(401, "unauthenticated")?;
    let upper = program
        .send(&desk, &request, &signature.to_uppercase())
        .await?;
    upper.expect_code(401, "unauthenticated")?;
    Ok(())
}

#[tokio::test]
async fn a_signature_covers_time_method_path_query_and_body() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let program = reader(&ann).await?;
    let timestamp = desk.clock.now().unix_timestamp();
    let path = "/api/crypto?limit=1";
    let right = Signed {
        method: Method::GET,
        path,
        body: "",
        timestamp,
    };
    for (what, sent) in [
        (
            "time",
            Signed {
                timestamp: timestamp + 1,
                ..right.clone()
            },
        ),
        (
            "method",
            Signed {
                method: Method::DELETE,
                ..right.clone()
            },
        ),
        (
            "path",
            Signed {
                path: "/api/prices?limit=1",
                ..right.clone()
            },
        ),
        (
            "query",
            Signed {
                path: "/api/crypto?limit=2",
                ..right.clone()
            },
        ),
        (
            "no query",
            Signed {
                path: "/api/crypto",
                ..right.clone()
            },
        ),
        (
            "body",
            Signed {
                body: "{}",
                ..right.clone()
            },
        ),
    ] {
        let answer = program.send(&desk, &sent, &program.sign(&right)?).await?;
        let refused = answer.expect_code(401, "unauthenticated");
        refused.map_err(|error| format!("{what}: {error}"))?;
    }
    let patch = Signed {
        method: Method::PATCH,
        path: ME,
        body: "{\"name\":\"Bob\"}",
        timestamp,
    };
    let signature = program.sign(&patch)?;
    let other = Signed {
        body: "{\"name\":\"Eve\"}",
        ..patch.clone()
    };
    let answer = program.send(&desk, &other, &signature).await?;
    answer.expect_code(401, "unauthenticated")?;
    // The right body has a right signature: it is refused for being a program's.
    let answer = program.send(&desk, &patch, &signature).await?;
    answer.expect_code(403, "forbidden")?;
    Ok(())
}

#[tokio::test]
async fn a_wrong_key_secret_or_header_is_nobodys() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let program = reader(&ann).await?;
    let other = reader(&ann).await?;
    for wrong in [
        Program {
            secret: other.secret.clone(),
            ..program.clone()
        },
        Program {
            key: other.key,
            ..program.clone()
        },
        Program {
            key: "nonsense".to_owned(),
            ..program.clone()
        },
        Program {
            key: uuid::Uuid::now_v7().to_string(),
            ..program.clone()
        },
    ] {
        let answer = wrong.get(&desk, ME, 0).await?;
        answer.expect_code(401, "unauthenticated")?;
    }
    // A key without a signature is no anonymous request, whoever's cookies come along.
    let cookies = format!("access_token={}", ann.cookie("access_token").ok_or("none")?);
    let request = desk
        .server
        .get(ME)
        .header("x-api-key", &program.key)
        .header("cookie", cookies);
    assert_eq!(request.send().await?.status(), StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn programs_are_counted_by_key_and_wrong_signatures_by_address() -> TestResult {
    let desk = Desk::start_with(|config| config.limits.api_per_minute = 6).await?;
    let ann = desk.signed_in("Ann").await?;
    let (one, other) = (reader(&ann).await?, reader(&ann).await?);
    let left = async |program: &Program, seconds: i64| -> Outcome<String> {
        let me = program.get(&desk, ME, seconds).await?;
        let left = me.headers.get("x-ratelimit-remaining").ok_or("no limit")?;
        Ok(left.to_str()?.to_owned())
    };
    assert_eq!(left(&one, 0).await?, "5");
    assert_eq!(left(&one, 1).await?, "4");
    assert_eq!(left(&other, 0).await?, "5");
    let forger = Program {
        secret: other.secret.clone(),
        ..one.clone()
    };
    for seconds in 0..6 {
        let wrong = forger.get(&desk, ME, seconds).await?;
        let wrong = wrong.expect_code(401, "unauthenticated")?;
        let left = wrong.headers.get("x-ratelimit-remaining");
        let expected = (5 - seconds).to_string();
        assert_eq!(left.map(|left| left.as_bytes()), Some(expected.as_bytes()));
    }
    let over = forger.get(&desk, ME, 7).await?;
    let over = over.expect_code(429, "rate_limited")?;
    for name in ["retry-after", "x-ratelimit-limit", "x-ratelimit-reset"] {
        check(over.headers.contains_key(name), name)?;
    }
    // Whoever else comes from this address with a key of their own is not held up by it.
    assert_eq!(left(&other, 1).await?, "4");
    Ok(())
}

#[tokio::test]
async fn wrong_signatures_for_many_keys_are_counted_together_more_patiently() -> TestResult {
    let desk = Desk::start_with(|config| config.limits.api_per_minute = 2).await?;
    let ann = desk.signed_in("Ann").await?;
    let program = reader(&ann).await?;
    for _ in 0..20 {
        let made_up = Program {
            key: uuid::Uuid::now_v7().to_string(),
            ..program.clone()
        };
        let wrong = made_up.get(&desk, ME, 0).await?;
        wrong.expect_code(401, "unauthenticated")?;
    }
    let over = program.get(&desk, ME, 0).await?;
    over.expect_code(429, "rate_limited")?;
    Ok(())
}

#[tokio::test]
async fn what_is_no_guess_does_not_shut_out_an_address_and_is_counted_all_the_same() -> TestResult {
    let desk = Desk::start_with(|config| config.limits.api_per_minute = 6).await?;
    let ann = desk.signed_in("Ann").await?;
    let program = reader(&ann).await?;
    // Registering was the address' first request.
    for left in (0..5).rev() {
        let late = program.get(&desk, ME, -31).await?;
        let late = late.expect_code(401, "unauthenticated")?;
        let remaining = late.headers.get("x-ratelimit-remaining");
        let left = left.to_string();
        assert_eq!(remaining.map(|r| r.as_bytes()), Some(left.as_bytes()));
    }
    let late = program.get(&desk, ME, -31).await?;
    late.expect_code(429, "rate_limited")?;
    program
        .get(&desk, ME, 0)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn a_program_is_told_what_is_wrong_with_its_request() -> TestResult {
    let desk = Desk::start().await?;
    let ann = desk.signed_in("Ann").await?;
    let program = reader(&ann).await?;
    let told = async |program: &Program, seconds: i64| -> Outcome<String> {
        let answer = program.get(&desk, ME, seconds).await?;
        let answer = answer.expect_code(401, "unauthenticated")?;
        Ok(answer.json["detail"]
            .as_str()
            .ok_or("no detail")?
            .to_owned())
    };
    let unknown = Program {
        key: uuid::Uuid::now_v7().to_string(),
        ..program.clone()
    };
    let forger = Program {
        secret: "another".to_owned(),
        ..program.clone()
    };
    let signature = told(&forger, 0).await?;
    check(signature.contains("signature is wrong"), &signature)?;
    assert_eq!(told(&unknown, 0).await?, signature);
    let time = told(&program, 31).await?;
    let now = desk.clock.now().unix_timestamp().to_string();
    check(time.contains("within 30 s") && time.contains(&now), &time)?;
    program
        .get(&desk, ME, 0)
        .await?
        .expect_status(StatusCode::OK)?;
    let replay = told(&program, 0).await?;
    check(
        replay.contains("used already") && replay.contains("next second"),
        &replay,
    )?;
    // As it says.
    program
        .get(&desk, ME, 1)
        .await?
        .expect_status(StatusCode::OK)?;
    Ok(())
}
