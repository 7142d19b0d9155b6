//! Clients' messages, and what is said about those that can't be read: in our words, naming the
//! field and the reason.

use domain::stream::ClientMessage;
use serde_json::{Map, Value};

/// Longest piece of a client's own text that is quoted back, in characters.
const QUOTED: usize = 100;
/// What this server takes.
const TYPES: &str = "\u{201c}ping\u{201d} or \u{201c}subscribe\u{201d}";
const SYMBOLS: &str = "a list of coin ids or tickers, such as [\"bitcoin\"]";

/// Reads a message.
///
/// # Errors
/// Why it can't be read.
pub(super) fn parse(text: &str) -> Result<ClientMessage, String> {
    serde_json::from_str(text).map_err(|_| explain(text))
}

/// A client's own text, cut to a bounded length.
pub(super) fn quoted(text: &str) -> String {
    let text: String = text.chars().take(QUOTED).collect();
    format!("\u{201c}{text}\u{201d}")
}

fn explain(text: &str) -> String {
    match serde_json::from_str(text) {
        Err(error) => format!(
            "This is not JSON (column {}). Send {{\"type\":\"ping\"}} or \
             {{\"type\":\"subscribe\",\"symbols\":[\"bitcoin\"]}}.",
            error.column()
        ),
        Ok(Value::Object(fields)) => wrong_field(&fields),
        Ok(_) => "A message must be a JSON object, such as \
                  {\"type\":\"subscribe\",\"symbols\":[\"bitcoin\"]}."
            .to_owned(),
    }
}

fn wrong_field(fields: &Map<String, Value>) -> String {
    let kind = match fields.get("type") {
        None => return format!("type: is missing; it must be {TYPES}."),
        Some(Value::String(kind)) => kind.as_str(),
        Some(_) => return format!("type: must be {TYPES}."),
    };
    let known: &[&str] = match kind {
        "ping" => &["type"],
        "subscribe" => &["type", "symbols"],
        other => return format!("type: must be {TYPES}, not {}.", quoted(other)),
    };
    if let Some(extra) = fields.keys().find(|name| !known.contains(&name.as_str())) {
        return format!("{}: a {kind} has no such field.", quoted(extra));
    }
    match fields.get("symbols") {
        None if kind == "subscribe" => format!("symbols: is missing; it must be {SYMBOLS}."),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => twice(),
        Some(_) => format!("symbols: must be {SYMBOLS}."),
        None => twice(),
    }
}

/// All that is left when every field is as it should be.
fn twice() -> String {
    "A field is there twice.".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_names_its_field_and_the_reason() {
        for (text, said) in [
            ("hello", "This is not JSON (column 1)."),
            ("", "This is not JSON"),
            ("[1]", "must be a JSON object"),
            ("{}", "type: is missing"),
            (r#"{"type":1}"#, "type: must be \u{201c}ping\u{201d} or"),
            (r#"{"type":"order"}"#, "not \u{201c}order\u{201d}"),
            (
                r#"{"type":"ping","extra":1}"#,
                "\u{201c}extra\u{201d}: a ping has no such field",
            ),
            (r#"{"type":"subscribe"}"#, "symbols: is missing"),
            (
                r#"{"type":"subscribe","symbols":"btc"}"#,
                "symbols: must be a list",
            ),
            (
                r#"{"type":"subscribe","symbols":[1]}"#,
                "symbols: must be a list",
            ),
            (r#"{"type":"ping","type":"ping"}"#, "twice"),
            (r#"{"type":"subscribe","symbols":[],"symbols":[]}"#, "twice"),
        ] {
            let told = parse(text).err().unwrap_or_default();
            assert!(told.contains(said), "{text}: {told}");
        }
    }

    #[test]
    fn no_more_than_a_piece_of_the_client_s_text_is_quoted() {
        let text = format!(r#"{{"type":"{}"}}"#, "é".repeat(3_000));
        let told = parse(&text).err().unwrap_or_default();
        assert!(told.matches('é').count() == QUOTED, "{told}");
    }
}
