//! The `.env` file: its variables, and what is wrong with its lines.

use std::{
    cell::Cell,
    collections::HashMap,
    env, fs,
    io::{self, Read},
    path::PathBuf,
    rc::Rc,
};

const FILE: &str = ".env";

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct DotEnv {
    pub(super) variables: Vec<(String, String)>,
    /// Each names its line and never quotes it: it may hold a secret.
    pub(super) mistakes: Vec<String>,
}

impl DotEnv {
    /// Reads the file of the working directory or the nearest parent; nothing without one.
    pub(super) fn read() -> Self {
        let Some(path) = find() else {
            return Self::default();
        };
        match fs::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => Self::parse(&text),
            Ok(Err(_)) => Self::unreadable("is not UTF-8 text".to_owned()),
            Err(error) => Self::unreadable(format!("can't be read: {error}")),
        }
    }

    fn unreadable(reason: String) -> Self {
        Self {
            mistakes: vec![reason],
            ..Self::default()
        }
    }

    fn parse(text: &str) -> Self {
        let mut parsed = Self::default();
        let mut first = HashMap::new();
        let given_out = Rc::new(Cell::new(0));
        let lines = Lines {
            // Some editors of Windows put a mark before the text.
            left: text.strip_prefix('\u{feff}').unwrap_or(text).as_bytes(),
            given_out: Rc::clone(&given_out),
        };
        for entry in dotenvy::Iter::new(lines) {
            let line = given_out.get();
            match entry {
                Ok((name, value)) => {
                    if let Some(before) = first.insert(name.clone(), line) {
                        let mistake =
                            format!("{name} is there twice, on lines {before} and {line}");
                        parsed.mistakes.push(mistake);
                    }
                    parsed.variables.push((name, value));
                }
                Err(dotenvy::Error::LineParse(entry, _)) => {
                    // A quote that is never closed swallows the lines behind it.
                    let began = (line + 1).saturating_sub(entry.lines().count());
                    parsed.mistakes.push(format!(
                        "line {began} is not NAME=value; values with spaces need quotes"
                    ));
                }
                Err(_) => {
                    parsed.mistakes.push(format!("line {line} can't be read"));
                    break;
                }
            }
        }
        parsed
    }
}

fn find() -> Option<PathBuf> {
    let folder = env::current_dir().ok()?;
    let mut places = folder.ancestors().map(|folder| folder.join(FILE));
    places.find(|place| place.is_file())
}

/// A text that is read line by line, so that whoever reads it can be asked how far it has come.
struct Lines<'a> {
    left: &'a [u8],
    given_out: Rc<Cell<usize>>,
}

impl Read for Lines<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let end = self.left.iter().position(|byte| *byte == b'\n');
        let line = end.map_or(self.left.len(), |end| end + 1);
        let length = line.min(into.len());
        let (now, later) = self.left.split_at(length);
        into[..length].copy_from_slice(now);
        self.left = later;
        if length == line && length > 0 {
            self.given_out.set(self.given_out.get() + 1);
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        DotEnv::parse(text).mistakes
    }

    #[test]
    fn values_are_read_through_comments_quotes_and_blank_lines() {
        let text = "\u{feff}# first\n\nexport A=1\nB='two words' # why\r\nC=\"x\ny\"\nD=";
        let parsed = DotEnv::parse(text);
        assert_eq!(parsed.mistakes, Vec::<String>::new());
        let pairs = [("A", "1"), ("B", "two words"), ("C", "x\ny"), ("D", "")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(parsed.variables, pairs);
    }

    #[test]
    fn every_bad_line_is_named_by_its_number_only() {
        let text = "A=1\n\n# x\nsecret\nB=2\nC=a secret\n";
        let told = mistakes(text);
        let [one, two] = told.as_slice() else {
            unreachable!("two lines are wrong: {told:?}");
        };
        assert!(one.starts_with("line 4 "), "{one}");
        assert!(two.starts_with("line 6 "), "{two}");
        assert!(!told.concat().contains("secret"), "{told:?}");
    }

    #[test]
    fn a_quote_that_is_never_closed_is_named_where_it_opens() {
        for text in ["A=1\nB=\"x\nC=2\nD=3\n", "A=1\nB=\"x\nC=2\nD=3"] {
            let told = mistakes(text);
            assert!(
                told.len() == 1 && told[0].starts_with("line 2 "),
                "{told:?}"
            );
        }
    }

    #[test]
    fn a_name_that_comes_twice_is_named_with_both_lines() {
        let told = mistakes("PORT=1\nHOST=::1\n\nPORT=2\n");
        assert_eq!(told, ["PORT is there twice, on lines 1 and 4"]);
    }

    #[test]
    fn long_lines_are_counted_once() {
        let text = format!("A={}\nbad\n", "x".repeat(100_000));
        assert!(mistakes(&text)[0].starts_with("line 2 "));
    }
}
