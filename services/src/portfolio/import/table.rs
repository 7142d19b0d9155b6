//! Files as tables of texts: whatever their encoding, their separator and what stands above the head.

use super::{Format, MOST_BYTES, MOST_ROWS, read::has_decimal_comma};
use csv::{ReaderBuilder, StringRecord};
use std::borrow::Cow;

/// Lines above a head at most: some exchanges begin with a title and whose file it is.
const MOST_ABOVE: usize = 12;

/// Why a file can't be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    /// Too large.
    #[error("must have at most {} MiB", MOST_BYTES / 1024 / 1024)]
    TooLarge,
    /// Too many rows.
    #[error("must have at most {MOST_ROWS} rows: split it by year")]
    TooManyRows,
    /// No text.
    #[error("must be a text in UTF-8 or UTF-16, as CSV files are")]
    NoText,
    /// Nothing in it.
    #[error("is empty")]
    Empty,
    /// No head of a known kind.
    #[error(
        "has no head that is known: choose the exchange it is from, or give it the columns \
         date, type, asset, quantity, total"
    )]
    UnknownHead,
    /// Not the file that it is said to be.
    #[error("is not the file \"{0}\": its first line has other columns")]
    OtherFile(&'static str),
    /// Two columns of the same name: nobody can know which one counts.
    #[error("has two columns called {0}")]
    Twice(String),
}

/// The columns, by their names in small letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head(Vec<String>);

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) format: Format,
    pub(super) head: Head,
    /// Whether commas stand in numbers where others have points.
    decimal_comma: bool,
    records: Vec<(u64, StringRecord)>,
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    /// In the file, the first being 1.
    pub(super) line: u64,
    pub(super) decimal_comma: bool,
    head: &'a Head,
    record: &'a StringRecord,
}

impl Head {
    fn new(record: &StringRecord) -> Self {
        Self(
            record
                .iter()
                .map(|name| name.trim().to_lowercase())
                .collect(),
        )
    }

    /// A name that two columns have.
    fn twice(&self) -> Option<String> {
        let mut names: Vec<&String> = self.0.iter().filter(|name| !name.is_empty()).collect();
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair.first() == pair.last());
        twice.and_then(|pair| Some(pair.first()?.chars().take(40).collect()))
    }

    pub(super) fn has_all(&self, columns: &[&str]) -> bool {
        columns
            .iter()
            .all(|column| self.0.iter().any(|name| name == column))
    }
}

impl Row<'_> {
    /// Whether the file has these columns.
    pub(super) fn has_all(&self, columns: &[&str]) -> bool {
        self.head.has_all(columns)
    }

    /// The text of a column, trimmed; empty when the row is too short or there is no such column.
    pub(super) fn text(&self, column: &str) -> &str {
        let place = self.head.0.iter().position(|name| name == column);
        let text = place.and_then(|place| self.record.get(place));
        text.unwrap_or_default().trim()
    }

    /// The first of these columns that has a text.
    pub(super) fn first_of(&self, columns: &[&str]) -> &str {
        let texts = columns.iter().map(|column| self.text(column));
        texts
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    /// Whether it goes over several lines and has other columns than the head: somewhere in it a quote was
    /// not closed.
    pub(super) fn is_torn(&self) -> bool {
        self.record.len() != self.head.0.len() && self.record.iter().any(|text| text.contains('\n'))
    }

    /// Everything in it, to know it again by.
    pub(super) fn whole(&self) -> String {
        self.record
            .iter()
            .map(str::trim)
            .collect::<Vec<_>>()
            .join("\u{1f}")
    }
}

impl Table {
    /// Reads a file of a format, or of whichever knows its head.
    pub(super) fn read(bytes: &[u8], format: Option<Format>) -> Result<Self, Unreadable> {
        if bytes.len() > MOST_BYTES {
            return Err(Unreadable::TooLarge);
        }
        let text = decoded(bytes)?;
        if text.trim().is_empty() {
            return Err(Unreadable::Empty);
        }
        for separator in [b',', b';', b'\t'] {
            if let Some(table) = Self::separated(&text, separator, format)? {
                return Ok(table);
            }
        }
        let other = |format: Format| Unreadable::OtherFile(format.title());
        Err(format.map_or(Unreadable::UnknownHead, other))
    }

    fn separated(
        text: &str,
        separator: u8,
        format: Option<Format>,
    ) -> Result<Option<Self>, Unreadable> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(text.as_bytes());
        let mut found: Option<Self> = None;
        let mut above = 0;
        for record in reader.records() {
            // The text is UTF-8, and rows may be of any length: nothing is left that could fail.
            let Ok(record) = record else { continue };
            if record.iter().all(|text| text.trim().is_empty()) {
                continue;
            }
            let Some(table) = &mut found else {
                let head = Head::new(&record);
                let knowing = match format {
                    Some(format) => Some(format).filter(|format| format.knows(&head)),
                    None => Format::ALL.into_iter().find(|format| format.knows(&head)),
                };
                if let Some(name) = knowing.and_then(|_| head.twice()) {
                    return Err(Unreadable::Twice(name));
                }
                found = knowing.map(|format| Self {
                    format,
                    head,
                    decimal_comma: false,
                    records: Vec::new(),
                });
                above += 1;
                if found.is_none() && above > MOST_ABOVE {
                    return Ok(None);
                }
                continue;
            };
            if table.records.len() == MOST_ROWS {
                return Err(Unreadable::TooManyRows);
            }
            let line = record.position().map_or(0, csv::Position::line);
            // What separates is no decimal comma; where it might be one, the numbers tell.
            let has_comma = || record.iter().any(has_decimal_comma);
            table.decimal_comma |= separator != b',' && has_comma();
            table.records.push((line, record));
        }
        Ok(found)
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.records.iter().map(|(line, record)| Row {
            line: *line,
            decimal_comma: self.decimal_comma,
            head: &self.head,
            record,
        })
    }
}

/// The text of a file in UTF-8, or in UTF-16 with its mark, as spreadsheets write them.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| match pair {
            [a, b] => read([*a, *b]),
            _ => 0,
        });
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.map(Cow::Owned).map_err(|_| Unreadable::NoText)
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest)?,
        _ => utf8(bytes)?,
    };
    // A text has no zeros: what has some is something else.
    if text.contains('\0') {
        return Err(Unreadable::NoText);
    }
    // Lines are counted by the one that all ends of lines have become.
    Ok(if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        text
    })
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::NoText)?;
    Ok(Cow::Borrowed(text))
}
