//! JSON bodies: what is no JSON is told apart from JSON with a wrong field.

use domain::api::{ApiError, ErrorCode};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// Reads a body.
///
/// # Errors
/// `bad_request` for what is no JSON, `validation_failed` naming the field for what does not fit.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        explain(&error.into_inner(), &path)
    })?;
    reader.end().map_err(|error| explain(&error, ""))?;
    Ok(value)
}

fn explain(error: &serde_json::Error, path: &str) -> ApiError {
    match error.classify() {
        Category::Data => {
            let message = error.to_string();
            let (message, _) = message.rsplit_once(" at line ").unwrap_or((&message, ""));
            ApiError::field(field(message, path), message)
        }
        Category::Syntax | Category::Eof | Category::Io => ApiError::new(
            ErrorCode::BadRequest,
            format!(
                "The body is not valid JSON (line {}, column {}).",
                error.line(),
                error.column()
            ),
        ),
    }
}

/// The path leads to a value of the wrong type; a missing or unknown field is named in the message
/// between backticks instead.
fn field<'a>(message: &'a str, path: &'a str) -> &'a str {
    let named = ["missing field", "unknown field", "duplicate field"]
        .iter()
        .any(|start| message.starts_with(start));
    let quoted = message.split('`').nth(1).filter(|_| named);
    quoted.unwrap_or(if path == "." { "body" } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Sample {
        name: String,
        #[serde(default)]
        age: u8,
    }

    fn refused(body: &str) -> Option<(ErrorCode, Option<String>)> {
        let error = parse::<Sample>(body.as_bytes()).err()?;
        Some((error.code, error.errors.first().map(|e| e.field.clone())))
    }

    #[test]
    fn a_wrong_field_is_named() {
        let wrong = |field: &str| Some((ErrorCode::ValidationFailed, Some(field.to_owned())));
        assert_eq!(refused(r#"{"name":"a","age":"old"}"#), wrong("age"));
        assert_eq!(refused(r#"{"name":"a","colour":1}"#), wrong("colour"));
        assert_eq!(refused("{}"), wrong("name"));
        assert_eq!(refused(r#"{"name":"a"}"#), None);
    }

    #[test]
    fn what_is_no_json_is_a_bad_request() {
        for body in ["", "{", "{'name':1}", r#"{"name":"a"} x"#, "\u{0}"] {
            assert_eq!(refused(body), Some((ErrorCode::BadRequest, None)), "{body}");
        }
    }
}
