//! The page, made from the OpenAPI document.

use crate::problem::escape;
use serde_json::{Map, Value};
use std::fmt::{self, Write};

/// Writes the page.
pub(in crate::rest) fn render(openapi: &Value) -> String {
    let mut page = String::with_capacity(32 * 1024);
    // Writing into a string cannot fail.
    let _ = write_page(&mut page, openapi);
    page
}

fn write_page(page: &mut String, openapi: &Value) -> fmt::Result {
    let title = text(&openapi["info"]["title"]);
    let version = text(&openapi["info"]["version"]);
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} API</title><link rel=\"stylesheet\" href=\"/api/docs.css\"></head><body>\
         <header><h1>{title} API <span class=\"soft\">{version}</span></h1>\
         <p>{}</p><p><a href=\"/\">Back to the markets</a> · \
         <a href=\"/api/openapi.json\">OpenAPI document</a></p></header><main>",
        prose(openapi["info"]["description"].as_str().unwrap_or_default()),
    )?;
    page.push_str("<nav aria-label=\"Addresses\"><ul>");
    each_operation(openapi, |method, path, _| {
        let anchor = anchor(method, path);
        write!(
            page,
            "<li><a href=\"#{anchor}\"><span class=\"method\">{}</span> <code>{}</code></a></li>",
            method.to_uppercase(),
            escape(path)
        )
    })?;
    page.push_str("</ul></nav>");
    each_operation(openapi, |method, path, operation| {
        write_operation(page, openapi, method, path, operation)
    })?;
    write_headers(page, openapi)?;
    page.push_str("<section id=\"schemas\"><h2>Objects</h2>");
    for (name, schema) in object(&openapi["components"]["schemas"]) {
        write_schema(page, name, schema)?;
    }
    page.push_str("</section></main></body></html>\n");
    Ok(())
}

fn each_operation(
    openapi: &Value,
    mut write: impl FnMut(&str, &str, &Value) -> fmt::Result,
) -> fmt::Result {
    for (path, methods) in object(&openapi["paths"]) {
        for (method, operation) in object(methods) {
            write(method, path, operation)?;
        }
    }
    Ok(())
}

fn write_operation(
    page: &mut String,
    openapi: &Value,
    method: &str,
    path: &str,
    operation: &Value,
) -> fmt::Result {
    write!(
        page,
        "<section id=\"{}\"><h2>{}</h2><p class=\"path\"><span class=\"method\">{}</span> {}</p>",
        anchor(method, path),
        text(&operation["summary"]),
        method.to_uppercase(),
        escape(path)
    )?;
    if let Some(description) = operation["description"].as_str() {
        write!(page, "<p>{}</p>", prose(description))?;
    }
    for (speaker, messages) in object(&operation["x-websocket"]) {
        write!(
            page,
            "<p>Messages of the {}: {}</p>",
            escape(speaker),
            kind(messages)
        )?;
    }
    if let Some(parameters) = operation["parameters"].as_array() {
        write_parameters(page, parameters)?;
    }
    for (media, content) in object(&operation["requestBody"]["content"]) {
        let body = kind(&content["schema"]);
        write!(page, "<p>Body: {body} {}</p>", soft(media))?;
    }
    write_answers(page, openapi, &operation["responses"])?;
    page.push_str("</section>");
    Ok(())
}

fn write_parameters(page: &mut String, parameters: &[Value]) -> fmt::Result {
    page.push_str(
        "<table><thead><tr><th>Parameter</th><th>In</th><th>Type</th><th>Meaning</th></tr>\
         </thead><tbody>",
    );
    for parameter in parameters {
        write!(
            page,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            text(&parameter["name"]),
            text(&parameter["in"]),
            with_default(&parameter["schema"]),
            prose_of(parameter)
        )?;
    }
    page.push_str("</tbody></table>");
    Ok(())
}

fn write_answers(page: &mut String, openapi: &Value, answers: &Value) -> fmt::Result {
    page.push_str(
        "<h3>Answers</h3><table><thead><tr><th>Status</th><th>Meaning</th><th>Body</th></tr>\
         </thead><tbody>",
    );
    for (status, answer) in object(answers) {
        let answer = resolved(openapi, answer);
        let body = object(&answer["content"]).next();
        let body = body.map_or_else(String::new, |(media, content)| {
            format!("{} {}", kind(&content["schema"]), soft(media))
        });
        write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{body}</td></tr>",
            escape(status),
            prose_of(answer)
        )?;
    }
    page.push_str("</tbody></table>");
    Ok(())
}

/// Where a reference leads; anything else is itself.
fn resolved<'a>(openapi: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value["$ref"].as_str();
    let pointer = pointer.and_then(|reference| reference.strip_prefix('#'));
    let target = pointer.and_then(|pointer| openapi.pointer(pointer));
    target.unwrap_or(value)
}

fn write_headers(page: &mut String, openapi: &Value) -> fmt::Result {
    page.push_str(
        "<section id=\"headers\"><h2>Headers of answers</h2><table><thead><tr><th>Header</th>\
         <th>Type</th><th>Meaning</th></tr></thead><tbody>",
    );
    for (name, header) in object(&openapi["components"]["headers"]) {
        write!(
            page,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            escape(name),
            kind(&header["schema"]),
            prose_of(header)
        )?;
    }
    page.push_str("</tbody></table></section>");
    Ok(())
}

fn write_schema(page: &mut String, name: &str, schema: &Value) -> fmt::Result {
    let name = escape(name);
    write!(page, "<h3 id=\"schema-{name}\">{name}</h3>")?;
    if let Some(description) = schema["description"].as_str() {
        write!(page, "<p>{}</p>", prose(description))?;
    }
    let choices = schema["oneOf"].as_array().map_or(&[][..], Vec::as_slice);
    if choices
        .iter()
        .any(|choice| choice["properties"].is_object())
    {
        for choice in choices {
            write!(page, "<p>{}</p>", prose_of(choice))?;
            write_fields(page, choice)?;
        }
        return Ok(());
    }
    write_fields(page, schema)
}

fn write_fields(page: &mut String, schema: &Value) -> fmt::Result {
    let parts = schema["allOf"]
        .as_array()
        .map_or(std::slice::from_ref(schema), Vec::as_slice);
    if parts.iter().all(|part| part["properties"].is_null()) {
        return write!(page, "<p>{}</p>", kind(schema));
    }
    page.push_str(
        "<table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>",
    );
    for part in parts {
        if part["properties"].is_null() {
            write!(
                page,
                "<tr><td colspan=\"3\">All fields of {}</td></tr>",
                kind(part)
            )?;
        }
        for (field, schema) in object(&part["properties"]) {
            write!(
                page,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                escape(field),
                kind(schema),
                prose_of(schema)
            )?;
        }
    }
    page.push_str("</tbody></table>");
    Ok(())
}

/// A type in few words.
fn kind(schema: &Value) -> String {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = escape(reference.rsplit('/').next().unwrap_or_default());
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema[choice].as_array() {
            return joined(choices.iter().map(kind), " or ");
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return joined(values.iter().map(literal), ", ");
    }
    let of = |name: &str| match name {
        "array" => format!("list of {}", kind(&schema["items"])),
        "object" if schema["additionalProperties"].is_object() => {
            format!("map to {}", kind(&schema["additionalProperties"]))
        }
        name => escape(name),
    };
    match &schema["type"] {
        Value::String(name) => of(name),
        Value::Array(names) => joined(names.iter().filter_map(Value::as_str).map(of), " or "),
        _ => "any".to_owned(),
    }
}

/// A type and, if there is one, the value that counts when none is given.
fn with_default(schema: &Value) -> String {
    let kind = kind(schema);
    match schema.get("default") {
        Some(default) => format!("{kind}; default {}", literal(default)),
        None => kind,
    }
}

/// A value as it is written in a request.
fn literal(value: &Value) -> String {
    let written = match value {
        Value::String(text) => escape(text),
        other => escape(&other.to_string()),
    };
    format!("<code>{written}</code>")
}

fn soft(words: &str) -> String {
    format!("<span class=\"soft\">{}</span>", escape(words))
}

fn joined(parts: impl Iterator<Item = String>, by: &str) -> String {
    parts.collect::<Vec<_>>().join(by)
}

/// What a schema says about itself.
fn prose_of(schema: &Value) -> String {
    prose(schema["description"].as_str().unwrap_or_default())
}

/// Escaped text; `code` between backticks.
fn prose(source: &str) -> String {
    let mut html = String::with_capacity(source.len());
    for (index, part) in source.split('`').enumerate() {
        if index % 2 == 1 {
            html.push_str("<code>");
            html.push_str(&escape(part));
            html.push_str("</code>");
        } else {
            html.push_str(&escape(part));
        }
    }
    html
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

fn anchor(method: &str, path: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    format!("{method}{}", path.chars().map(plain).collect::<String>())
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
