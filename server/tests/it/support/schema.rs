//! Checks a JSON value against a schema of an OpenAPI 3.1 document: the part of JSON Schema that
//! the document uses. A keyword it does not know is an error, so that nothing is skipped silently.

use serde_json::{Map, Value};

/// Every operation of the document as method, path and description.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            all.push((method.clone(), path.clone(), operation.clone()));
        }
    }
    all
}

/// What a reference leads to; anything else is itself.
pub(crate) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str();
    let pointer = pointer.and_then(|text| text.strip_prefix('#'));
    let target = pointer.and_then(|pointer| document.pointer(pointer));
    target.unwrap_or(value)
}

/// Every way in which an answer is not as its operation is described: status, headers, media type
/// and body.
pub(crate) async fn mismatches(
    document: &Value,
    operation: &Value,
    answer: reqwest::Response,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer.bytes().await?;
    let described = resolved(document, &operation["responses"][status.as_str()]);
    if described.is_null() {
        return Ok(vec![format!("{status} is not described")]);
    }
    let mut found = header_mismatches(document, described, &headers)?;
    let Some(media) = headers.get("content-type") else {
        let empty = body.is_empty() && described["content"].is_null();
        found.extend((!empty).then(|| "there is no content type".to_owned()));
        return Ok(found);
    };
    let media = media.to_str()?.split(';').next().unwrap_or_default();
    match &described["content"][media]["schema"] {
        Value::Null => found.push(format!("{status} as {media} is not described")),
        schema if media.ends_with("json") => {
            let body: Value = serde_json::from_slice(&body)?;
            found.extend(violations(document, schema, &body));
            if media.contains("problem") && body["status"] != status.as_u16() {
                found.push(format!("the body of {status} speaks of {}", body["status"]));
            }
        }
        _ => {}
    }
    Ok(found)
}

/// Headers that are described but not sent, sent but not described, or of another form.
fn header_mismatches(
    document: &Value,
    answer: &Value,
    headers: &http::HeaderMap,
) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let described = answer["headers"].as_object().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for (name, header) in &described {
        let Some(value) = headers.get(name) else {
            found.push(format!("{name} is missing"));
            continue;
        };
        let value = value.to_str()?;
        let number = value.parse::<u64>().map(Value::from);
        let schema = &resolved(document, header)["schema"];
        let value = if schema["type"] == "integer" {
            number.unwrap_or_else(|_| value.into())
        } else {
            value.into()
        };
        found.extend(violations(document, schema, &value));
    }
    for name in headers.keys().map(http::HeaderName::as_str) {
        let ours = name.starts_with("x-r") || name == "retry-after";
        let known = described.keys().any(|key| key.eq_ignore_ascii_case(name));
        found.extend((ours && !known).then(|| format!("{name} is not described")));
    }
    Ok(found)
}

/// Every way in which `value` is not what `schema` says.
pub(crate) fn violations(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "$", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(schema) = schema.as_object() else {
        found.push(format!("{at}: the schema is no object"));
        return;
    };
    for (keyword, rule) in schema {
        match keyword.as_str() {
            "$ref" => reference(document, rule, value, at, found),
            "allOf" => {
                all_of(document, rule, value, at, found);
            }
            "oneOf" | "anyOf" => choice(document, keyword, rule, value, at, found),
            "type" if !has_type(rule, value) => found.push(format!("{at}: {value} is no {rule}")),
            "enum" if !rule.as_array().is_some_and(|all| all.contains(value)) => {
                found.push(format!("{at}: {value} is none of {rule}"));
            }
            "required" => required(rule, value, at, found),
            "properties" => properties(document, rule, value, at, found),
            "additionalProperties" => others(document, schema, rule, value, at, found),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(document, rule, item, &format!("{at}[{index}]"), found);
                }
            }
            "minimum" if value.is_number() && value.as_f64() < rule.as_f64() => {
                found.push(format!("{at}: {value} is below {rule}"));
            }
            "maximum" if value.is_number() && value.as_f64() > rule.as_f64() => {
                found.push(format!("{at}: {value} is above {rule}"));
            }
            "maxItems" if value.as_array().map(Vec::len) > length(rule) => {
                found.push(format!("{at}: there are more than {rule}"));
            }
            "minLength" if characters(value).is_some_and(|count| Some(count) < length(rule)) => {
                found.push(format!("{at}: {value} is shorter than {rule}"));
            }
            "maxLength" if characters(value) > length(rule) => {
                found.push(format!("{at}: {value} is longer than {rule}"));
            }
            "pattern" => pattern(rule, value, at, found),
            "format" if rule == "date-time" => date_time(value, at, found),
            "type" | "enum" | "minimum" | "maximum" | "maxItems" | "minLength" | "maxLength"
            | "format" | "description" | "example" | "examples" | "propertyNames" | "title"
            | "default" => {}
            unknown => found.push(format!("{at}: the check does not know {unknown}")),
        }
    }
    unexpected(schema, value, at, found);
}

/// The patterns in use, by hand.
fn pattern(rule: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(text) = value.as_str() else {
        return;
    };
    let only =
        |allowed: fn(u8) -> bool, max| (1..=max).contains(&text.len()) && text.bytes().all(allowed);
    let fits = match rule.as_str().unwrap_or_default() {
        "^[A-Za-z0-9._-]{1,64}$" => only(
            |byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte),
            64,
        ),
        "^/[^?]*$" => text.starts_with('/') && !text.contains('?'),
        unknown => {
            found.push(format!(
                "{at}: the check does not know the pattern {unknown}"
            ));
            return;
        }
    };
    found.extend((!fits).then(|| format!("{at}: {text} does not fit {rule}")));
}

fn length(rule: &Value) -> Option<usize> {
    rule.as_u64()
        .and_then(|length| usize::try_from(length).ok())
}

fn characters(value: &Value) -> Option<usize> {
    value.as_str().map(|text| text.chars().count())
}

fn reference(document: &Value, rule: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let pointer = rule.as_str().and_then(|text| text.strip_prefix('#'));
    match pointer.and_then(|pointer| document.pointer(pointer)) {
        Some(schema) => check(document, schema, value, at, found),
        None => found.push(format!("{at}: {rule} leads nowhere")),
    }
}

/// Each part must fit, and together they must describe every field.
fn all_of(document: &Value, rule: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let parts: Vec<&Value> = rule.as_array().into_iter().flatten().collect();
    let resolved = |part: &Value| -> Value {
        let pointer = part["$ref"]
            .as_str()
            .and_then(|text| text.strip_prefix('#'));
        let target = pointer.and_then(|pointer| document.pointer(pointer));
        target.unwrap_or(part).clone()
    };
    let mut properties = Map::new();
    let mut names = Vec::new();
    for part in parts.into_iter().map(resolved) {
        properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
        names.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    let merged = serde_json::json!({"type": "object", "properties": properties, "required": names});
    check(document, &merged, value, at, found);
}

fn choice(
    document: &Value,
    keyword: &str,
    rule: &Value,
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    let choices = rule.as_array().into_iter().flatten();
    let fitting = choices
        .filter(|choice| violations(document, choice, value).is_empty())
        .count();
    if fitting == 0 || (keyword == "oneOf" && fitting > 1) {
        found.push(format!("{at}: {value} fits {fitting} of {rule}"));
    }
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    match rule {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => false,
    }
}

fn required(rule: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(object) = value.as_object() else {
        return;
    };
    for name in rule
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        if !object.contains_key(name) {
            found.push(format!("{at}: {name} is missing"));
        }
    }
}

fn properties(document: &Value, rule: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    for (name, schema) in rule.as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            check(document, schema, value, &format!("{at}.{name}"), found);
        }
    }
}

fn others(
    document: &Value,
    schema: &Map<String, Value>,
    rule: &Value,
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let known = schema
            .get("properties")
            .is_some_and(|known| known.get(name).is_some());
        if known {
            continue;
        }
        if rule == &Value::Bool(false) {
            found.push(format!("{at}: {name} is not allowed"));
        } else {
            check(document, rule, value, &format!("{at}.{name}"), found);
        }
    }
}

/// Stricter than JSON Schema: an answer must not hold more than its description tells.
fn unexpected(schema: &Map<String, Value>, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(known) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    if schema.contains_key("additionalProperties") {
        return;
    }
    for name in value.as_object().into_iter().flat_map(Map::keys) {
        if !known.contains_key(name) {
            found.push(format!("{at}: {name} is not described"));
        }
    }
}

fn date_time(value: &Value, at: &str, found: &mut Vec<String>) {
    use time::{OffsetDateTime, format_description::well_known::Rfc3339};
    let Some(text) = value.as_str() else {
        return;
    };
    if OffsetDateTime::parse(text, &Rfc3339).is_err() {
        found.push(format!("{at}: {text} is no RFC 3339 time"));
    }
}
