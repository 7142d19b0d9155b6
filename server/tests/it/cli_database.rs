//! The operator's commands: an administrator, a backup, the audit log.

use crate::support::{
    DEADLINE, TestResult,
    program::{OFFLINE, Running, program, terminate},
};
use serde_json::{Value, json};
use std::{fs, path::Path, process::Stdio};
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const PASSWORD: &str = "correct horse battery staple";

/// Exit code, what was said, and what was complained about.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

async fn run(folder: &Path, arguments: &[&str], input: &str) -> Outcome<Ended> {
    let mut command: Command = program(folder, &OFFLINE);
    let mut child = command.args(arguments).stdin(Stdio::piped()).spawn()?;
    let mut stdin = child.stdin.take().ok_or("no input")?;
    // A program that does not read may have ended already.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = timeout(DEADLINE, child.wait_with_output()).await??;
    Ok(Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout)?,
        err: String::from_utf8(output.stderr)?,
    })
}

async fn login(server: &Running, email: &str) -> Outcome<(u16, Value)> {
    services::tls::install();
    let answer = reqwest::Client::new()
        .post(server.url("/api/auth/login"))
        .json(&json!({"email": email, "password": PASSWORD}))
        .send()
        .await?;
    Ok((answer.status().as_u16(), answer.json().await?))
}

async fn register(server: &Running, email: &str) -> Outcome<u16> {
    services::tls::install();
    let answer = reqwest::Client::new()
        .post(server.url("/api/auth/register"))
        .json(&json!({"email": email, "password": PASSWORD, "name": "Somebody"}))
        .send()
        .await?;
    Ok(answer.status().as_u16())
}

#[tokio::test]
async fn an_administrator_is_made_while_the_server_runs_and_can_sign_in() -> TestResult {
    let server = Running::start(|_| Ok(()), &[]).await?;
    let folder = server.folder.path();
    assert_eq!(register(&server, "first@example.com").await?, 201);
    let (_, first) = login(&server, "first@example.com").await?;
    assert_eq!(
        first["user"]["role"], "user",
        "being first makes nobody an administrator"
    );
    let arguments = [
        "admin",
        "create",
        "--email",
        "Root@example.com",
        "--password-stdin",
    ];
    let made = run(folder, &arguments, &format!("{PASSWORD}\n")).await?;
    assert_eq!(made.code, Some(0), "{}", made.err);
    assert!(
        made.out
            .contains("root@example.com is an administrator now"),
        "{}",
        made.out
    );
    let (status, answer) = login(&server, "root@example.com").await?;
    assert_eq!(
        (status, &answer["user"]["role"]),
        (200, &json!("admin")),
        "{answer}"
    );
    let promoted = run(
        folder,
        &["admin", "create", "--email", "first@example.com"],
        "",
    )
    .await?;
    assert_eq!(promoted.code, Some(0), "{}", promoted.err);
    assert!(
        promoted.out.contains("A link to set a password"),
        "{}",
        promoted.out
    );
    // Nobody has shown that the address is theirs: the password may be somebody else's.
    let (status, _) = login(&server, "first@example.com").await?;
    assert_eq!(status, 401);
    Ok(())
}

#[tokio::test]
async fn a_suspended_account_is_shut_out_at_once_and_starts_anew_when_reinstated() -> TestResult {
    let server = Running::start(|_| Ok(()), &[]).await?;
    let folder = server.folder.path();
    assert_eq!(register(&server, "ann@example.com").await?, 201);
    let client = reqwest::Client::new();
    let body = json!({"email": "ann@example.com", "password": PASSWORD});
    let login_url = server.url("/api/auth/login");
    let signed_in = client.post(login_url).json(&body).send().await?;
    let cookies = signed_in.headers().get_all("set-cookie").iter();
    let cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    let me = async || -> Outcome<u16> {
        let me = client.get(server.url("/api/auth/me"));
        let answer = me.header("cookie", &cookies).send().await?;
        Ok(answer.status().as_u16())
    };
    assert_eq!(me().await?, 200);
    let act = async |act: &str| {
        let arguments = ["admin", act, "--email", "ann@example.com"];
        run(folder, &arguments, "").await
    };
    let suspended = act("suspend").await?;
    assert_eq!(suspended.code, Some(0), "{}", suspended.err);
    assert_eq!(me().await?, 401);
    assert_eq!(login(&server, "ann@example.com").await?.0, 403);
    let twice = act("suspend").await?;
    assert_eq!(twice.code, Some(1));
    assert!(twice.err.contains("suspended already"), "{}", twice.err);
    let reinstated = act("reinstate").await?;
    assert_eq!(reinstated.code, Some(0), "{}", reinstated.err);
    // The sessions of before are over for good.
    assert_eq!(me().await?, 401);
    assert_eq!(login(&server, "ann@example.com").await?.0, 200);
    Ok(())
}

#[tokio::test]
async fn an_administrator_with_a_weak_password_or_a_wrong_address_is_refused() -> TestResult {
    let folder = tempfile::tempdir()?;
    let arguments = [
        "admin",
        "create",
        "--email",
        "root@example.com",
        "--password-stdin",
    ];
    let refused = run(folder.path(), &arguments, "password1234\n").await?;
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("the password is too easy to guess"),
        "{}",
        refused.err
    );
    assert!(!refused.err.contains("password1234"), "{}", refused.err);
    let refused = run(folder.path(), &["admin", "create", "--email", "root"], "").await?;
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("--email must be an e-mail address"),
        "{}",
        refused.err
    );
    Ok(())
}

#[tokio::test]
async fn without_a_password_a_link_to_set_one_is_sent() -> TestResult {
    let folder = tempfile::tempdir()?;
    let made = run(
        folder.path(),
        &["admin", "create", "--email", "root@example.com"],
        "",
    )
    .await?;
    assert_eq!(made.code, Some(0), "{}", made.err);
    let mails: Vec<_> = fs::read_dir(folder.path().join("data/mailbox"))?
        .flatten()
        .collect();
    let mails: Vec<String> = mails
        .iter()
        .filter_map(|mail| fs::read_to_string(mail.path()).ok())
        .collect();
    assert!(
        mails.iter().any(|mail| mail.contains("/auth/reset?token=")),
        "{mails:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_backup_of_a_running_server_can_be_restored_once_it_has_stopped() -> TestResult {
    let mut server = Running::start(|_| Ok(()), &[]).await?;
    let folder = server.folder.path().to_owned();
    assert_eq!(register(&server, "ann@example.com").await?, 201);
    let copied = run(&folder, &["backup", "copy.db"], "").await?;
    assert_eq!(copied.code, Some(0), "{}", copied.err);
    assert_eq!(register(&server, "late@example.com").await?, 201);
    let again = run(&folder, &["backup", "copy.db"], "").await?;
    assert_eq!(again.code, Some(1), "a copy is never overwritten");
    let running = run(&folder, &["restore", "copy.db", "--force"], "").await?;
    assert_eq!(running.code, Some(1), "{}", running.out);
    terminate(&server.child).await?;
    server.ended().await?;
    let careless = run(&folder, &["restore", "copy.db"], "").await?;
    assert_eq!(careless.code, Some(1), "{}", careless.out);
    let restored = run(&folder, &["restore", "copy.db", "--force"], "").await?;
    assert_eq!(restored.code, Some(0), "{}", restored.err);
    let command = program(&folder, &OFFLINE);
    let server = Running::spawn(command, tempfile::tempdir()?).await?;
    assert_eq!(login(&server, "ann@example.com").await?.0, 200);
    assert_eq!(
        login(&server, "late@example.com").await?.0,
        401,
        "made after the copy"
    );
    Ok(())
}

#[tokio::test]
async fn the_audit_log_is_verified_and_a_cut_tail_is_noticed() -> TestResult {
    let mut server = Running::start(|_| Ok(()), &[]).await?;
    let folder = server.folder.path().to_owned();
    assert_eq!(register(&server, "ann@example.com").await?, 201);
    let copied = run(&folder, &["backup", "copy.db"], "").await?;
    assert_eq!(copied.code, Some(0), "{}", copied.err);
    assert_eq!(login(&server, "ann@example.com").await?.0, 200);
    let whole = run(&folder, &["audit", "verify"], "").await?;
    assert_eq!(whole.code, Some(0), "{}", whole.err);
    assert!(
        whole.out.contains("The audit log is whole: 2 records"),
        "{}",
        whole.out
    );
    terminate(&server.child).await?;
    server.ended().await?;
    let restored = run(&folder, &["restore", "copy.db", "--force"], "").await?;
    assert_eq!(restored.code, Some(0), "{}", restored.err);
    let cut = run(&folder, &["audit", "verify"], "").await?;
    assert_eq!(cut.code, Some(1), "{}", cut.out);
    assert!(
        cut.err.contains("the log ended with record 2 once"),
        "{}",
        cut.err
    );
    let accepted = run(&folder, &["audit", "accept"], "").await?;
    assert_eq!(accepted.code, Some(0), "{}", accepted.err);
    let whole = run(&folder, &["audit", "verify"], "").await?;
    assert_eq!(whole.code, Some(0), "{}", whole.err);
    fs::remove_file(folder.join("data/audit.head"))?;
    let unkept = run(&folder, &["audit", "verify"], "").await?;
    assert_eq!(unkept.code, Some(1), "{}", unkept.out);
    assert!(unkept.err.contains("keeps no end"), "{}", unkept.err);
    Ok(())
}

#[tokio::test]
async fn a_server_of_mongodb_is_not_copied_by_us() -> TestResult {
    let folder = tempfile::tempdir()?;
    let variables = [
        OFFLINE.as_slice(),
        &[("DATABASE_URL", "mongodb://127.0.0.1:9/vault")],
    ]
    .concat();
    let output = program(folder.path(), &variables)
        .args(["backup", "x"])
        .output()
        .await?;
    let complaint = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1));
    assert!(complaint.contains("mongodump"), "{complaint}");
    Ok(())
}
