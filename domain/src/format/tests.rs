use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_default()
}

#[test]
fn prices_keep_the_digits_that_matter() {
    for (value, shown) in [
        ("84211.37", "84,211.37"),
        ("84211.375", "84,211.38"),
        ("1234567.891", "1,234,567.89"),
        ("100", "100.00"),
        ("2.05138", "2.0514"),
        ("1", "1.0000"),
        ("0.9998", "0.9998"),
        ("0.5", "0.5000"),
        ("0.123456789", "0.1235"),
        ("0.00000123", "0.000001230"),
        ("0.00000009447", "0.00000009447"),
        ("0.00001234567", "0.00001235"),
        ("0", "0.00"),
        ("9.99999", "10.0000"),
    ] {
        assert_eq!(price(decimal(value), Locale::Comma), shown, "{value}");
    }
    assert_eq!(usd(decimal("84211.37"), Locale::Comma), "$84,211.37");
    assert_eq!(usd(decimal("-12.5"), Locale::Comma), "\u{2212}$12.50");
}

#[test]
fn sums_of_money_end_at_the_cent_from_a_dollar_on() {
    for (value, shown) in [
        ("1", "$1.00"),
        ("9.999", "$10.00"),
        ("-2.055", "\u{2212}$2.06"),
        ("1234.5", "$1,234.50"),
        ("0.5", "$0.5000"),
        ("0.004312", "$0.004312"),
        ("0", "$0.00"),
    ] {
        assert_eq!(dollars(decimal(value), Locale::Comma), shown, "{value}");
    }
}

#[test]
fn every_locale_has_its_own_marks() {
    let value = decimal("12345678.9");
    for (locale, shown) in [
        (Locale::Comma, "12,345,678.90"),
        (Locale::Indian, "1,23,45,678.90"),
        (Locale::Dot, "12.345.678,90"),
        (Locale::Space, "12\u{a0}345\u{a0}678,90"),
        (Locale::Apostrophe, "12\u{2019}345\u{2019}678.90"),
    ] {
        assert_eq!(price(value, locale), shown);
    }
    assert_eq!(integer(999, Locale::Indian), "999");
    assert_eq!(integer(1_000, Locale::Dot), "1.000");
}

#[test]
fn large_figures_are_short() {
    for (value, shown) in [
        (1.682e12, "$1.68T"),
        (412.3e9, "$412B"),
        (9.006e6, "$9.01M"),
        (12_340.0, "$12.3K"),
        (517.0, "$517"),
        (999_600_000.0, "$1.00B"),
        (0.0, "$0.00"),
        (-2.5e9, "\u{2212}$2.50B"),
        (f64::NAN, UNKNOWN),
    ] {
        assert_eq!(compact_usd(value, Locale::Comma), shown, "{value}");
    }
    assert_eq!(compact(1.682e12, Locale::Dot), "1,68T");
}

#[test]
fn changes_carry_a_sign_and_an_arrow() {
    for (value, shown, arrow) in [
        (2.414, "+2.41%", "▲"),
        (-0.5, "\u{2212}0.50%", "▼"),
        (0.0, "0.00%", ""),
        (-0.001, "0.00%", ""),
        (1234.5, "+1,234.50%", "▲"),
        (f64::INFINITY, UNKNOWN, "▲"),
    ] {
        assert_eq!(percent(value, Locale::Comma), shown, "{value}");
        assert_eq!(direction(value).arrow(), arrow, "{value}");
    }
    assert_eq!(share(58.34, Locale::Space), "58,3%");
}

#[test]
fn amounts_lose_no_digit() {
    assert_eq!(amount(decimal("0.00000123"), Locale::Comma), "0.00000123");
    assert_eq!(amount(decimal("1234.5000"), Locale::Comma), "1,234.5");
    assert_eq!(amount(decimal("21000000"), Locale::Comma), "21,000,000");
}

#[test]
fn ages_read_as_words() {
    for (seconds, shown) in [
        (0, "now"),
        (2, "2 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (7_199, "1 h ago"),
        (200_000, "2 d ago"),
    ] {
        assert_eq!(age(seconds), shown);
    }
}

proptest::proptest! {
    #[test]
    fn a_positive_price_never_reads_as_zero(units in 1_i64..=i64::MAX, scale in 0_u32..=28) {
        let shown = price(Decimal::new(units, scale), Locale::Comma);
        proptest::prop_assert!(shown.bytes().any(|c| (b'1'..=b'9').contains(&c)), "{}", shown);
    }

    #[test]
    fn a_price_is_right_to_one_part_in_ten_thousand(units in 1_i64..=1_000_000_000_000, scale in 0_u32..=18) {
        let value = Decimal::new(units, scale);
        let shown: Decimal = price(value, Locale::Comma).replace(',', "").parse()?;
        proptest::prop_assert!((shown - value).abs() * Decimal::from(1_000) <= value);
    }
}
