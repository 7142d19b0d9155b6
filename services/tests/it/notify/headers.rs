//! Whatever is put into a mail, its headers are those of this desk.

use super::{
    Outcome,
    desk::{RESTLESS, with_smtp},
    smtp_server::SmtpServer,
};
use domain::account::Email;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use services::notify::Mail;

/// The header names of a mail, in order; folded lines belong to the header before them.
fn names(data: &str) -> Vec<&str> {
    let headers = data
        .split_once("\r\n\r\n")
        .map_or(data, |(headers, _)| headers);
    let lines = headers
        .split("\r\n")
        .filter(|line| !line.starts_with([' ', '\t']));
    lines
        .map(|line| line.split(':').next().unwrap_or_default())
        .collect()
}

fn texts() -> impl Strategy<Value = String> {
    let attack = prop_oneof![
        Just("\r\nBcc: eve@example.com\r\n\r\n".to_owned()),
        Just("\nX: y".to_owned()),
        Just("\r.\r\n.\r\nMAIL FROM:<eve@example.com>\r\n".to_owned()),
        Just("\n.\nRCPT TO:<eve@example.com>".to_owned()),
        Just("\u{2028}\u{85}\0=?utf-8?q?=0D=0ABcc:?=".to_owned()),
        any::<String>(),
        "[ -~]{0,300}",
    ];
    proptest::collection::vec(attack, 0..4).prop_map(|parts| parts.concat())
}

#[tokio::test]
async fn no_text_adds_a_header_or_a_command() -> Outcome {
    let mut runner = TestRunner::new(Config::default());
    let server = SmtpServer::start(&[]).await?;
    let desk = with_smtp(&server.url(), RESTLESS)?;
    let to = Email::parse("ann@example.org")?;
    let mut expected: Option<Vec<String>> = None;
    for count in 1..=100 {
        let input = (texts(), texts()).new_tree(&mut runner);
        let (subject, text) = input.map_err(|reason| reason.to_string())?.current();
        let sent = Mail::new(to.clone(), &subject, text.clone());
        assert!(!sent.subject().contains(char::is_control), "{subject:?}");
        assert!(desk.notifier.send_mail(sent));
        desk.quiet().await?;
        let taken = server.taken();
        assert_eq!(taken.len(), count, "{subject:?} {text:?}");
        let mail = &taken[count - 1];
        assert_eq!(mail.to, ["ann@example.org"], "{subject:?} {text:?}");
        let found: Vec<String> = names(&mail.data).into_iter().map(str::to_owned).collect();
        let usual = expected.get_or_insert_with(|| found.clone());
        assert_eq!(&found, usual, "{subject:?} {text:?}");
    }
    let verbs = ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"];
    let known = |line: &String| verbs.iter().any(|verb| line.starts_with(verb));
    assert!(
        server.commands().iter().all(known),
        "{:?}",
        server.commands()
    );
    assert_eq!(server.commands().len(), 100 * verbs.len());
    Ok(())
}

proptest! {
    #[test]
    fn an_address_is_one_or_none(text in "[ -~\r\n]{0,40}@[ -~\r\n]{0,20}") {
        if let Ok(email) = Email::parse(&text) {
            let odd = |letter: char| letter.is_control() || " <>,;\"()".contains(letter);
            prop_assert!(!email.as_str().contains(odd));
        }
    }
}
