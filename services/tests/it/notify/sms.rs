//! Text messages by Twilio's format.

use super::{
    Outcome,
    counted::Counted,
    desk::{Desk, RESTLESS, config, sms},
    twilio_server::{Answer, Seen, TwilioServer},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use services::config::NotifyTimings;
use std::{path::Path, time::Duration};

const SMS: &str = "cryptovault_sms_total";
const SID: &str = "AC0123456789abcdef0123456789abcdef";

fn with_twilio(server: &TwilioServer, timings: NotifyTimings) -> Outcome<Desk> {
    let url = server.url();
    let variables = [
        ("TWILIO_ACCOUNT_SID", SID),
        ("TWILIO_AUTH_TOKEN", "token"),
        ("TWILIO_FROM", "+1 555 000 6789"),
        ("TWILIO_URL", url.as_str()),
    ];
    Ok(Desk::start(
        &config(&variables, timings)?,
        Path::new("/nowhere"),
    )?)
}

#[tokio::test]
async fn a_message_is_posted_as_twilio_documents_it() -> Outcome {
    let server = TwilioServer::start(&[]).await?;
    let desk = with_twilio(&server, RESTLESS)?;
    assert!(desk.notifier.send_sms(sms("Kurs & Co. über 100 €\nGruß")?));
    desk.quiet().await?;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected = Seen {
        line: format!("POST /2010-04-01/Accounts/{SID}/Messages.json"),
        authorization: format!("Basic {}", STANDARD.encode(format!("{SID}:token"))),
        content_type: "application/x-www-form-urlencoded".to_owned(),
        form: vec![
            pair("To", "+4930123456"),
            pair("From", "+15550006789"),
            pair("Body", "Kurs & Co. über 100 €\nGruß"),
        ],
    };
    assert_eq!(server.seen(), [expected]);
    Ok(())
}

#[tokio::test]
async fn a_failure_that_passes_is_tried_again() -> Outcome {
    let busy = r#"{"code":20429,"message":"Too many requests","status":429}"#;
    for answer in [
        Answer::Status(429, busy),
        Answer::Status(503, "<html>"),
        Answer::Hang,
    ] {
        let counted = Counted::default();
        let _counting = metrics::set_default_local_recorder(&counted);
        let server = TwilioServer::start(&[answer]).await?;
        let timings = NotifyTimings {
            connect: Duration::from_millis(300),
            ..RESTLESS
        };
        let desk = with_twilio(&server, timings)?;
        assert!(desk.notifier.send_sms(sms("x")?));
        desk.quiet().await?;
        assert_eq!(server.seen().len(), 2, "{answer:?}");
        assert_eq!(counted.of(SMS, "sent"), 1, "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_twilio_refuses_is_not_sent_again() -> Outcome {
    let number = r#"{"code":21211,"message":"Invalid 'To' +4930123456","status":400}"#;
    let token = r#"{"code":20003,"message":"Authenticate","status":401}"#;
    for answer in [
        Answer::Status(400, number),
        Answer::Status(401, token),
        Answer::Status(404, ""),
        Answer::Redirect,
    ] {
        let counted = Counted::default();
        let _counting = metrics::set_default_local_recorder(&counted);
        let server = TwilioServer::start(&[answer]).await?;
        let desk = with_twilio(&server, RESTLESS)?;
        assert!(desk.notifier.send_sms(sms("x")?));
        desk.quiet().await?;
        assert_eq!(server.seen().len(), 1, "{answer:?}");
        assert_eq!(counted.of(SMS, "refused"), 1, "{answer:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_text_that_twilio_would_not_take_is_not_sent() -> Outcome {
    let server = TwilioServer::start(&[]).await?;
    let desk = with_twilio(&server, RESTLESS)?;
    assert!(desk.notifier.send_sms(sms(&"ä".repeat(1601))?));
    assert!(desk.notifier.send_sms(sms(&"ä".repeat(1600))?));
    desk.quiet().await?;
    assert_eq!(server.seen().len(), 1);
    Ok(())
}
