//! One mail and one server.

use super::{
    Outcome,
    counted::Counted,
    desk::{Desk, RESTLESS, config, mail, with_smtp},
    smtp_server::{Manner, SmtpServer},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use services::config::NotifyTimings;
use std::{path::Path, time::Duration};

const MAIL: &str = "cryptovault_mail_total";

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() -> Outcome {
    let server = SmtpServer::start(&[]).await?;
    let desk = with_smtp(&server.url(), RESTLESS)?;
    let text = "Guten Tag, Ännchen 🙂\n\n.a line that begins with a dot\n.\nEnde";
    assert!(desk.notifier.send_mail(mail(text)?));
    desk.quiet().await?;
    let taken = server.taken();
    let [mail] = taken.as_slice() else {
        return Err(format!("one mail was expected: {taken:?}").into());
    };
    assert_eq!(mail.from, "vault@example.com");
    assert_eq!(mail.to, ["ann@example.org"]);
    let (headers, body) = mail.data.split_once("\r\n\r\n").ok_or("no body")?;
    let has = |header: &str| headers.lines().any(|line| line == header);
    assert!(has("To: ann@example.org"), "{headers}");
    // RFC 2047: "Tresor Köln" and "Grüße vom Tresor".
    assert!(headers.contains("From: "), "{headers}");
    assert!(headers.contains("<vault@example.com>"), "{headers}");
    assert!(headers.contains("=?utf-8?b?"), "{headers}");
    assert!(headers.is_ascii(), "{headers}");
    assert!(has("Content-Type: text/plain; charset=utf-8"), "{headers}");
    assert!(has("MIME-Version: 1.0"), "{headers}");
    assert!(has("Auto-Submitted: auto-generated"), "{headers}");
    assert!(headers.contains("Date: "), "{headers}");
    let is_id = |line: &str| line.starts_with("Message-ID: <") && line.ends_with("@example.com>");
    assert!(headers.lines().any(is_id), "{headers}");
    assert_eq!(decoded(headers, body)?, text.replace('\n', "\r\n"));
    Ok(())
}

/// The body without its transfer encoding (RFC 2045 §6).
fn decoded(headers: &str, body: &str) -> Outcome<String> {
    let body = body.strip_suffix("\r\n").unwrap_or(body);
    if headers.contains("Content-Transfer-Encoding: base64") {
        return Ok(String::from_utf8(
            STANDARD.decode(body.replace("\r\n", ""))?,
        )?);
    }
    if !headers.contains("Content-Transfer-Encoding: quoted-printable") {
        return Ok(body.to_owned());
    }
    let body = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.as_str();
    while let Some((plain, coded)) = rest.split_once('=') {
        bytes.extend_from_slice(plain.as_bytes());
        let (hex, after) = coded.split_at_checked(2).ok_or("a cut code")?;
        bytes.push(u8::from_str_radix(hex, 16)?);
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(String::from_utf8(bytes)?)
}

#[tokio::test]
async fn a_server_that_fails_for_a_while_gets_the_same_mail_again() -> Outcome {
    for manner in [
        Manner::Answer("450 4.2.1 greylisted <ann@example.org>"),
        Manner::Greeting("421 busy"),
        Manner::Greeting("not SMTP"),
        Manner::Cut,
    ] {
        let counted = Counted::default();
        let _counting = metrics::set_default_local_recorder(&counted);
        let server = SmtpServer::start(&[manner, manner]).await?;
        let desk = with_smtp(&server.url(), RESTLESS)?;
        assert!(desk.notifier.send_mail(mail("x")?));
        desk.quiet().await?;
        assert_eq!(server.taken().len(), 1, "{manner:?}");
        assert_eq!(server.connections(), 3, "{manner:?}");
        assert_eq!(counted.of(MAIL, "retried"), 2, "{manner:?}");
        assert_eq!(counted.of(MAIL, "sent"), 1, "{manner:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mail_that_never_goes_through_is_given_up() -> Outcome {
    let counted = Counted::default();
    let _counting = metrics::set_default_local_recorder(&counted);
    let server = SmtpServer::start(&[Manner::Answer("451 later"); 9]).await?;
    let desk = with_smtp(&server.url(), RESTLESS)?;
    assert!(desk.notifier.send_mail(mail("x")?));
    desk.quiet().await?;
    assert_eq!(server.connections(), 3);
    assert_eq!(counted.of(MAIL, "failed"), 1);
    assert_eq!(counted.of(MAIL, "sent"), 0);
    Ok(())
}

#[tokio::test]
async fn what_a_server_refuses_is_not_sent_again() -> Outcome {
    for manner in [
        Manner::Answer("550 5.1.1 no such user"),
        Manner::AuthAnswer("535 5.7.8 wrong password"),
        Manner::Greeting("554 not you"),
    ] {
        let counted = Counted::default();
        let _counting = metrics::set_default_local_recorder(&counted);
        let server = SmtpServer::start(&[manner]).await?;
        let desk = with_smtp(&server.url_as("ann:secret"), RESTLESS)?;
        assert!(desk.notifier.send_mail(mail("x")?));
        desk.quiet().await?;
        assert_eq!(server.connections(), 1, "{manner:?}");
        assert_eq!(counted.of(MAIL, "refused"), 1, "{manner:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() -> Outcome {
    let server = SmtpServer::start(&[Manner::Hang]).await?;
    let timings = NotifyTimings {
        delivery: Duration::from_millis(300),
        ..RESTLESS
    };
    let desk = with_smtp(&server.url(), timings)?;
    assert!(desk.notifier.send_mail(mail("x")?));
    desk.quiet().await?;
    assert_eq!((server.connections(), server.taken().len()), (2, 1));
    Ok(())
}

#[tokio::test]
async fn a_server_that_does_not_say_goodbye_gets_the_mail_once() -> Outcome {
    let server = SmtpServer::start(&[Manner::NoGoodbye]).await?;
    let timings = NotifyTimings {
        delivery: Duration::from_millis(500),
        ..RESTLESS
    };
    let desk = with_smtp(&server.url(), timings)?;
    assert!(desk.notifier.send_mail(mail("x")?));
    desk.quiet().await?;
    assert_eq!((server.connections(), server.taken().len()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn credentials_are_decoded_and_sent_as_auth_plain() -> Outcome {
    let server = SmtpServer::start(&[]).await?;
    let url = server.url_as("ann%40example.com:p%C3%A4ss%2Fword");
    let desk = with_smtp(&url, RESTLESS)?;
    assert!(desk.notifier.send_mail(mail("x")?));
    desk.quiet().await?;
    let expected = STANDARD.encode("\0ann@example.com\0päss/word");
    let expected = format!("AUTH PLAIN {expected}");
    let commands = server.commands();
    assert!(commands.contains(&expected), "{commands:?}");
    assert_eq!(server.taken().len(), 1);
    Ok(())
}

#[tokio::test]
async fn without_the_tls_that_was_asked_for_nothing_is_told() -> Outcome {
    let server = SmtpServer::start(&[]).await?;
    let starttls = format!("{}?tls=required", server.url_as("ann:secret"));
    let implicit = server.url_as("ann:secret").replace("smtp:", "smtps:");
    for url in [starttls, implicit] {
        let desk = with_smtp(&url, RESTLESS)?;
        assert!(desk.notifier.send_mail(mail("x")?));
        desk.quiet().await?;
        let told = |line: &String| line.starts_with("AUTH") || line.starts_with("MAIL");
        assert!(
            !server.commands().iter().any(told),
            "{:?}",
            server.commands()
        );
    }
    assert_eq!(server.taken(), []);
    Ok(())
}

#[tokio::test]
async fn without_a_server_nothing_is_sent_and_it_is_counted() -> Outcome {
    let counted = Counted::default();
    let _counting = metrics::set_default_local_recorder(&counted);
    let mut config = config(&[], RESTLESS)?;
    config.to_mailbox = false;
    let desk = Desk::start(&config, Path::new("/nowhere"))?;
    assert!(!desk.notifier.has_mail() && !desk.notifier.has_sms());
    assert!(desk.notifier.send_mail(mail("x")?));
    desk.quiet().await?;
    assert_eq!(counted.of(MAIL, "refused"), 1);
    Ok(())
}

#[tokio::test]
async fn nothing_secret_is_in_debug_output() -> Outcome {
    let sid = format!("AC{}", "0".repeat(32));
    let variables = [
        ("SMTP_URL", "smtps://hunter2user:hunter2@mail.example"),
        ("MAIL_FROM", "vault@example.com"),
        ("TWILIO_ACCOUNT_SID", sid.as_str()),
        ("TWILIO_AUTH_TOKEN", "hunter2"),
        ("TWILIO_FROM", "+15550006789"),
    ];
    let config = config(&variables, RESTLESS)?;
    let desk = Desk::start(&config, Path::new("/nowhere"))?;
    let (mail, sms) = (mail("hunter2")?, super::desk::sms("hunter2")?);
    let shown = format!("{config:?} {:?} {mail:?} {sms:?}", desk.notifier);
    assert!(shown.contains("[redacted]@mail.example"), "{shown}");
    for secret in ["hunter2", "ann@example.org", "+4930123456"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    Ok(())
}
