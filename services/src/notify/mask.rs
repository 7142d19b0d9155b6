//! Addresses as a log may show them: enough to find a person who complains, too little to make a
//! list of everybody.

use domain::account::{Email, PhoneNumber};

/// The first letter and the host.
pub(crate) fn email(address: &Email) -> String {
    let (local, host) = address.as_str().split_once('@').unwrap_or_default();
    let first = local.chars().next().unwrap_or('?');
    format!("{first}…@{host}")
}

/// The last two digits.
pub(crate) fn phone(number: &PhoneNumber) -> String {
    let digits = number.as_str();
    let end = digits.len().saturating_sub(2);
    format!("+…{}", digits.get(end..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use domain::account::{Email, PhoneNumber};

    #[test]
    fn little_of_an_address_is_left() {
        let address = Email::parse("ann.smith@example.com").map(|address| super::email(&address));
        assert_eq!(address.as_deref(), Ok("a…@example.com"));
        let number = PhoneNumber::parse("+4930123456").map(|number| super::phone(&number));
        assert_eq!(number.as_deref(), Ok("+…56"));
    }
}
