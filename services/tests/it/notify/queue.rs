//! Many mails, and the end of the server.

use super::{
    Outcome,
    counted::Counted,
    desk::{RESTLESS, SOON, mail, with_smtp},
    smtp_server::{Manner, SmtpServer},
    wait::until,
};
use services::config::NotifyTimings;
use std::time::Duration;

const MAIL: &str = "cryptovault_mail_total";
/// Never comes within a test.
const NEVER: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_takes_again_later() -> Outcome {
    let counted = Counted::default();
    let _counting = metrics::set_default_local_recorder(&counted);
    let server = SmtpServer::start(&[]).await?;
    let timings = NotifyTimings {
        capacity: 2,
        ..RESTLESS
    };
    let desk = with_smtp(&server.url(), timings)?;
    // Nothing is awaited in between, so none of them can have left.
    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(desk.notifier.send_mail(mail("x")?));
    }
    assert_eq!(taken, [true, true, false]);
    assert_eq!(counted.of(MAIL, "overflow"), 1);
    desk.quiet().await?;
    assert!(desk.notifier.send_mail(mail("x")?));
    desk.quiet().await?;
    assert_eq!(server.taken().len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_mail_that_waits_for_its_next_try_holds_up_no_other() -> Outcome {
    let server = SmtpServer::start(&[Manner::Answer("450 later"); 8]).await?;
    let timings = NotifyTimings {
        backoff: NEVER,
        backoff_max: NEVER,
        ..RESTLESS
    };
    let desk = with_smtp(&server.url(), timings)?;
    for _ in 0..9 {
        assert!(desk.notifier.send_mail(mail("x")?));
    }
    until("the ninth mail is there", SOON, || async {
        !server.taken().is_empty()
    })
    .await?;
    // At shutdown those that wait get their last try.
    desk.shutdown.cancel();
    desk.quiet().await?;
    assert_eq!(server.taken().len(), 9);
    Ok(())
}

#[tokio::test]
async fn at_shutdown_what_can_be_sent_is_sent_and_nothing_is_waited_for_longer() -> Outcome {
    let counted = Counted::default();
    let _counting = metrics::set_default_local_recorder(&counted);
    let server = SmtpServer::start(&[Manner::Hang]).await?;
    let timings = NotifyTimings {
        delivery: NEVER,
        shutdown: Duration::from_millis(500),
        ..RESTLESS
    };
    let desk = with_smtp(&server.url(), timings)?;
    for _ in 0..20 {
        assert!(desk.notifier.send_mail(mail("x")?));
    }
    desk.shutdown.cancel();
    assert!(!desk.notifier.send_mail(mail("x")?), "nothing new");
    desk.quiet().await?;
    assert_eq!(server.taken().len(), 19);
    assert_eq!(counted.of(MAIL, "sent"), 19);
    assert_eq!(counted.of(MAIL, "abandoned"), 2);
    Ok(())
}
