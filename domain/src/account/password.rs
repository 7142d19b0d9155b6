//! Passwords: the rule that both sides can check. Strength is judged on the server.

/// Fewest characters.
pub const MIN_PASSWORD_CHARS: usize = 12;
/// Most characters.
pub const MAX_PASSWORD_CHARS: usize = 128;

/// Whether a password has an acceptable length, counted in characters. Any characters will do and
/// no kind of them is asked for (NIST SP 800-63B §5.1.1.2).
///
/// # Errors
/// The sentence to show beside the field.
pub fn password_length(password: &str) -> Result<(), String> {
    match password.chars().count() {
        n if n < MIN_PASSWORD_CHARS => Err(format!(
            "must have at least {MIN_PASSWORD_CHARS} characters"
        )),
        n if n > MAX_PASSWORD_CHARS => {
            Err(format!("must have at most {MAX_PASSWORD_CHARS} characters"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters() {
        assert!(password_length(&"é".repeat(11)).is_err());
        assert!(password_length(&"é".repeat(12)).is_ok());
        assert!(password_length(&"é".repeat(128)).is_ok());
        assert!(password_length(&"é".repeat(129)).is_err());
    }
}
