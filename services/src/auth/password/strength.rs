//! Which passwords are refused for being easy to guess.

use domain::{
    account::{Email, Name, password_length},
    api::FieldError,
};
use zxcvbn::Score;

/// Checks a new password: its length, its strength (zxcvbn score of at least 3: more than 10^8
/// guesses), and that it isn't the address or the name.
///
/// # Errors
/// What to show beside `field`.
pub(crate) fn check_strength(
    field: &str,
    password: &str,
    email: Option<&Email>,
    name: &Name,
) -> Result<(), FieldError> {
    let refuse = |message: String| FieldError {
        field: field.to_owned(),
        message,
    };
    password_length(password).map_err(refuse)?;
    let email = email.map_or("", Email::as_str);
    if password.to_lowercase() == email {
        return Err(refuse("must not be your e-mail address".to_owned()));
    }
    let known = words(email, name.as_str());
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let estimate = zxcvbn::zxcvbn(password, &known);
    if estimate.score() >= Score::Three {
        return Ok(());
    }
    let warning = estimate.feedback().and_then(|feedback| feedback.warning());
    let why = warning.map_or_else(String::new, |warning| format!(" ({warning})"));
    Err(refuse(format!(
        "is too easy to guess{why} Try a few unrelated words."
    )))
}

/// What anybody who knows address and name tries first: each of their words, and all together.
fn words(email: &str, name: &str) -> Vec<String> {
    let mut words = vec!["cryptovault".to_owned(), email.to_owned()];
    let local = email.split('@').next().unwrap_or_default();
    for text in [local, name, email] {
        let parts: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        words.push(parts.concat().to_lowercase());
        words.extend(parts.iter().map(|part| part.to_lowercase()));
    }
    words.retain(|word| word.chars().count() > 2);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn a_password_that_is_easy_to_guess_is_refused() -> Outcome {
        let email = Email::parse("ann.lindqvist@example.com")?;
        let name = Name::parse("Ann Lindqvist")?;
        let fails = |password: &str| {
            check_strength("password", password, Some(&email), &name)
                .err()
                .map(|e| e.message)
        };
        for password in [
            "short",
            "passwordpassword",
            "123456789012",
            "Ann.Lindqvist@example.com",
            "annlindqvist1",
            "cryptovault123",
            "aaaaaaaaaaaaaaaa",
        ] {
            assert!(fails(password).is_some(), "{password}");
        }
        for password in [
            "correct horse battery staple",
            "vY7$kq2-Lm0x",
            "ein Löffel voll Schnee",
        ] {
            assert_eq!(fails(password), None, "{password}");
        }
        Ok(())
    }
}
