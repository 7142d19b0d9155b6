//! Fields of spans as JSON, written straight away.
//!
//! Every request has a span. `tracing_subscriber` makes its fields a sorted map of JSON values
//! before it writes them, which costs more than anything else that happens to a request on its way.

use std::fmt::{self, Debug};
use tracing::field::{Field, Visit};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{FormatFields, format::Writer},
};

/// Writes one JSON object.
#[derive(Debug)]
pub(super) struct SpanFields;

impl<'writer> FormatFields<'writer> for SpanFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut object = Object {
            writer,
            written: 0,
            outcome: Ok(()),
        };
        fields.record(&mut object);
        object.outcome?;
        object
            .writer
            .write_str(if object.written == 0 { "{}" } else { "}" })
    }
}

struct Object<'writer> {
    writer: Writer<'writer>,
    written: usize,
    outcome: fmt::Result,
}

impl Object<'_> {
    fn field(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let separator = if self.written == 0 { '{' } else { ',' };
        self.written += 1;
        let write = || {
            self.writer.write_char(separator)?;
            string(&mut self.writer, field.name())?;
            self.writer.write_char(':')?;
            value(&mut self.writer)
        };
        self.outcome = self.outcome.and_then(|()| write());
    }
}

impl Visit for Object<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.field(field, |writer| string(writer, value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.field(field, |writer| write!(writer, "{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.field(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.field(field, |writer| write!(writer, "{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.field(field, |writer| string(writer, &format!("{value:?}")));
    }
}

/// A JSON string (RFC 8259 §7).
fn string(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    writer.write_char('"')?;
    let mut rest = text;
    while let Some(at) = rest
        .bytes()
        .position(|byte| byte < b' ' || matches!(byte, b'"' | b'\\'))
    {
        let (harmless, special) = rest.split_at(at);
        writer.write_str(harmless)?;
        let mut special = special.chars();
        if let Some(c) = special.next() {
            write!(writer, "\\u{:04x}", u32::from(c))?;
        }
        rest = special.as_str();
    }
    writer.write_str(rest)?;
    writer.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex, PoisonError};
    use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt};

    #[derive(Debug, Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            log.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Log {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn a_line_names_its_span_whatever_its_fields_hold() -> Result<(), Box<dyn std::error::Error>> {
        let log = Log::default();
        let registry = tracing_subscriber::registry().with(super::super::json(log.clone()));
        let path = "a \"quoted\" \\ path\nwith é and \u{1}";
        tracing::subscriber::with_default(registry, || {
            let span =
                tracing::error_span!("request", path, size = 5_u64, ok = true, id = ?Some(1));
            span.in_scope(|| tracing::error!(status = 500, "request failed"));
            tracing::error_span!("bare").in_scope(|| tracing::error!("nothing"));
        });
        let log = log.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = std::str::from_utf8(&log)?.lines();
        let lines: Vec<serde_json::Value> =
            lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
        let [line, bare] = lines.as_slice() else {
            return Err(format!("{lines:?}").into());
        };
        let expected = serde_json::json!({
            "name": "request", "path": path, "size": 5, "ok": true, "id": "Some(1)"
        });
        assert_eq!(line.get("span"), Some(&expected));
        assert_eq!(line.get("status"), Some(&500.into()));
        assert_eq!(bare.get("span"), Some(&serde_json::json!({"name": "bare"})));
        Ok(())
    }
}
