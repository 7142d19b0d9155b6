use super::*;
use crate::notify::Mail;
use domain::{
    account::{Email, InvalidEmail},
    wallet::{HOLD, InvalidAddress, Network, WithdrawalAddress},
};
use std::net::{IpAddr, Ipv6Addr};
use time::OffsetDateTime;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const DESK: &str = "https://vault.example";

fn ann() -> Result<Email, InvalidEmail> {
    Email::parse("ann@example.com")
}

fn somewhere() -> Result<WithdrawalAddress, InvalidAddress> {
    WithdrawalAddress::parse(Network::Solana, &"1".repeat(32))
}

fn allowed(address: &WithdrawalAddress) -> Allowed<'_> {
    let at = OffsetDateTime::UNIX_EPOCH;
    let usable_from = at + HOLD;
    Allowed {
        address,
        at,
        usable_from,
    }
}

fn sign_in(device: &str) -> Result<Mail, InvalidEmail> {
    let ip = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let at = OffsetDateTime::UNIX_EPOCH;
    Ok(new_sign_in(ann()?, DESK, &SignIn { at, ip, device }))
}

#[test]
fn links_lead_to_the_desk_with_their_token_on_a_line_of_their_own() -> Result<(), InvalidEmail> {
    let verify = verify_address(ann()?, DESK, "a/b+c=", true);
    let link = "https://vault.example/auth/verify?token=a%2Fb%2Bc%3D";
    assert!(
        verify.text().lines().any(|line| line == link),
        "{}",
        verify.text()
    );
    assert!(verify.text().contains("24 hours"));
    let reset = reset_password(ann()?, "http://localhost:3000", "x");
    let link = "http://localhost:3000/auth/reset?token=x";
    assert!(
        reset.text().lines().any(|line| line == link),
        "{}",
        reset.text()
    );
    assert!(reset.text().contains("30 minutes"));
    Ok(())
}

#[test]
fn every_mail_says_what_to_do_when_it_was_somebody_else() -> Outcome {
    let at = OffsetDateTime::UNIX_EPOCH;
    for mail in [
        verify_address(ann()?, DESK, "x", true),
        verify_address(ann()?, DESK, "x", false),
        address_in_use(ann()?, DESK),
        reset_password(ann()?, DESK, "x"),
        password_changed(ann()?, DESK, at),
        second_factor_enabled(ann()?, DESK, at),
        second_factor_disabled(ann()?, DESK, at),
        sign_in("Firefox on Linux")?,
        address_added(ann()?, DESK, &allowed(&somewhere()?)),
        address_enabled(ann()?, DESK, &allowed(&somewhere()?)),
        webhook_made(ann()?, DESK, "bot.example", at),
        webhook_enabled(ann()?, DESK, "bot.example", at),
    ] {
        let text = mail.text();
        let is_told = text.contains("If it was not you") || text.contains("If you did not");
        assert!(is_told && text.contains(DESK), "{text}");
        assert!(!text.contains("  ") || text.contains("Device:"), "{text}");
    }
    Ok(())
}

#[test]
fn an_allowed_address_is_told_with_its_network_and_when_money_can_go_there() -> Outcome {
    let place = somewhere()?;
    for mail in [
        address_added(ann()?, DESK, &allowed(&place)),
        address_enabled(ann()?, DESK, &allowed(&place)),
    ] {
        for line in [
            "Network: Solana",
            "Address: 11111111111111111111111111111111",
            "Time: 1 January 1970, 00:00 UTC",
        ] {
            assert!(mail.text().lines().any(|told| told == line), "{line}");
        }
        let from = "before 2 January 1970, 00:00 UTC";
        assert!(mail.text().contains(from), "{}", mail.text());
    }
    Ok(())
}

#[test]
fn a_browser_can_write_neither_lines_nor_links() -> Result<(), InvalidEmail> {
    let mail = sign_in("Firefox\r\n\r\nCall https://evil.example/ \u{202e}now")?;
    let device = "Device:  Firefox Call https //evil.example/ now";
    assert!(
        mail.text().lines().any(|line| line == device),
        "{}",
        mail.text()
    );
    assert!(sign_in(" \n ")?.text().contains("Device:  unknown\n"));
    assert!(
        sign_in(&"x".repeat(500))?
            .text()
            .lines()
            .all(|line| line.len() < 250)
    );
    assert!(
        sign_in("x")?
            .text()
            .contains("Time:    1 January 1970, 00:00 UTC\n")
    );
    Ok(())
}

#[test]
fn an_account_that_can_be_used_is_not_called_unusable() -> Result<(), InvalidEmail> {
    for is_required in [true, false] {
        let mail = verify_address(ann()?, DESK, "x", is_required);
        let says = mail.text().contains("the account can't be used");
        assert_eq!(says, is_required, "{}", mail.text());
    }
    Ok(())
}
