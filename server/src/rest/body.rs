//! JSON bodies: what is no JSON is told apart from JSON with a wrong field.

use domain::api::{ApiError, ErrorCode};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

/// Longest name of a field and longest reason in an answer, in characters: both repeat what was sent.
const MAX_FIELD: usize = 64;
const MAX_REASON: usize = 200;

/// Named where it is no single field that is wrong.
const WHOLE: &str = "body";

/// Reads a body.
///
/// # Errors
/// `bad_request` for what is no JSON, `validation_failed` naming the field for what does not fit.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(no_object(body));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        explain(&error.into_inner(), &path)
    })?;
    reader.end().map_err(|error| explain(&error, ""))?;
    Ok(value)
}

/// Serde would take a list for an object, field by field.
fn no_object(body: &[u8]) -> ApiError {
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => ApiError::field(WHOLE, "must be an object"),
        Err(error) => explain(&error, ""),
    }
}

fn explain(error: &serde_json::Error, path: &str) -> ApiError {
    match error.classify() {
        Category::Data => {
            let message = error.to_string();
            let (message, _) = message.rsplit_once(" at line ").unwrap_or((&message, ""));
            let field = shorten(field(message, path), MAX_FIELD);
            ApiError::field(field, shorten(message, MAX_REASON))
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
    let named = quoted.filter(|name| !name.is_empty());
    let at = if matches!(path, "" | ".") {
        WHOLE
    } else {
        path
    };
    named.unwrap_or(at)
}

fn shorten(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Sample {
        name: String,
        #[serde(default)]
        age: u8,
        #[serde(default)]
        children: Vec<Self>,
    }

    fn refused(body: &[u8]) -> Option<(ErrorCode, Option<String>)> {
        let error = parse::<Sample>(body).err()?;
        Some((error.code, error.errors.first().map(|e| e.field.clone())))
    }

    #[test]
    fn a_wrong_field_is_named() {
        let wrong = |field: &str| Some((ErrorCode::ValidationFailed, Some(field.to_owned())));
        for (body, named) in [
            (r#"{"name":"a","age":"old"}"#, "age"),
            (r#"{"name":"a","colour":1}"#, "colour"),
            ("{}", "name"),
            (r#"["a",1]"#, "body"),
            ("7", "body"),
            (r#"{"name":"a","":1}"#, "body"),
            (
                r#"{"name":"a","children":[{"name":7}]}"#,
                "children[0].name",
            ),
        ] {
            assert_eq!(refused(body.as_bytes()), wrong(named), "{body}");
        }
        assert_eq!(refused(br#"{"name":"a"}"#), None);
    }

    #[test]
    fn what_is_no_json_is_a_bad_request() {
        for body in [
            "",
            "{",
            "[1",
            "\u{c}{}",
            "{'name':1}",
            r#"{"name":"a"} x"#,
            "\u{0}",
        ] {
            let expected = Some((ErrorCode::BadRequest, None));
            assert_eq!(refused(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn an_answer_does_not_repeat_all_that_was_sent() {
        let long = "x".repeat(10_000);
        let body = format!(r#"{{"name":"a","{long}":1}}"#);
        let told = parse::<Sample>(body.as_bytes()).map_err(|error| error.errors);
        let told = told.err().and_then(|mut errors| errors.pop());
        let lengths = told.map(|error| (error.field.len(), error.message.len()));
        assert_eq!(lengths, Some((MAX_FIELD, MAX_REASON)));
    }

    /// A refusal says why, and of JSON it names the field.
    fn told(body: &[u8]) -> Result<(), TestCaseError> {
        let Err(error) = parse::<Sample>(body) else {
            let value = serde_json::from_slice::<Value>(body);
            prop_assert!(value.is_ok_and(|value| value.is_object()));
            return Ok(());
        };
        prop_assert!(!error.detail.is_empty());
        if error.code == ErrorCode::BadRequest {
            prop_assert!(error.errors.is_empty());
            prop_assert!(serde_json::from_slice::<Value>(body).is_err());
            return Ok(());
        }
        prop_assert_eq!(error.code, ErrorCode::ValidationFailed);
        prop_assert_eq!(error.errors.len(), 1);
        for named in error.errors {
            prop_assert!(!named.field.is_empty() && !named.message.is_empty());
        }
        Ok(())
    }

    /// JSON with the names of the sample's fields among others.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            let key = prop_oneof![
                Just("name".to_owned()),
                Just("age".to_owned()),
                Just("children".to_owned()),
                ".*",
            ];
            let object = prop::collection::vec((key, inner.clone()), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                object.prop_map(|fields| Value::from(Map::from_iter(fields))),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_with_a_reason(
            body in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            told(&body)?;
        }

        #[test]
        fn any_json_is_read_or_its_field_is_named(value in json()) {
            told(value.to_string().as_bytes())?;
        }

        #[test]
        fn json_that_breaks_off_is_refused_with_a_reason(value in json(), cut in 0_usize..200) {
            let body = value.to_string();
            told(body.as_bytes().get(..cut).unwrap_or(body.as_bytes()))?;
        }
    }
}
