//! The result of a suite as Markdown: printed, and kept in `bench/RESULTS.md`.

use crate::{failure::Result, goal::Goal, machine, progress::Failures};
use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::Path,
};
use time::OffsetDateTime;

const FILE: &str = "bench/RESULTS.md";
const HEADING: &str = "# Measurements\n\n\
    Each section is written by the command it names. Servers run on one core, the load on another; \
    all subjects are measured by turns in every round, and the figures are the median and the range \
    over the rounds. The ratios count, not the absolute figures, which depend on the machine.\n";

/// One suite's section.
#[derive(Debug)]
pub(crate) struct Report {
    suite: &'static str,
    text: String,
}

impl Report {
    /// Starts the section of a suite: how it was run, with which peers, on what.
    pub(crate) fn new(
        suite: &'static str,
        title: &str,
        options: &[String],
        peers: &[String],
    ) -> Self {
        let date = OffsetDateTime::now_utc().date();
        let (command, machine) = (command(suite, options), machine::describe());
        let peers = match peers {
            [] => String::new(),
            peers => format!(" Peers: {}.", peers.join(", ")),
        };
        Self {
            suite,
            text: format!("## {title}\n\n`{command}`, {date}. {machine}{peers}\n"),
        }
    }

    /// Adds a paragraph.
    pub(crate) fn paragraph(&mut self, text: &str) {
        self.add(&format!("\n{text}\n"));
    }

    /// Adds a table.
    pub(crate) fn table<const N: usize>(
        &mut self,
        head: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        self.add(&format!(
            "\n| {} |\n|{}\n",
            head.join(" | "),
            "---|".repeat(N)
        ));
        for row in rows {
            self.add(&format!("| {} |\n", row.join(" | ")));
        }
    }

    /// Adds what could not be measured.
    pub(crate) fn failures(&mut self, failures: &Failures) {
        for note in failures.notes() {
            self.paragraph(&format!("**Not measured:** {note}."));
        }
    }

    /// Adds the table of goals.
    pub(crate) fn goals(&mut self, goals: &[Goal]) {
        let head = ["goal", "bound", "measured", "outcome"];
        self.table(head, goals.iter().map(Goal::cells));
    }

    /// Prints the section and, if wanted, puts it in the place of the suite's former one.
    pub(crate) fn finish(self, keep: bool) -> Result<()> {
        writeln!(io::stdout(), "{}", self.text)?;
        if !keep {
            return Ok(());
        }
        let file = Path::new(FILE);
        let former = if file.exists() {
            fs::read_to_string(file)?
        } else {
            HEADING.to_owned()
        };
        fs::write(file, with_section(&former, self.suite, &self.text)?)?;
        Ok(())
    }

    fn add(&mut self, text: &str) {
        // Writing to a string can't fail.
        let _written = self.text.write_str(text);
    }
}

/// What gives this section again.
fn command(suite: &str, options: &[String]) -> String {
    let mut words = vec!["cargo xtask bench", suite];
    if !options.is_empty() {
        words.push("--");
        words.extend(options.iter().map(String::as_str));
    }
    words.join(" ")
}

/// Replaces what stands between the suite's markers, or appends it.
fn with_section(document: &str, suite: &str, section: &str) -> Result<String> {
    let (begin, end) = (
        format!("<!-- {suite}: begin -->"),
        format!("<!-- {suite}: end -->"),
    );
    let block = format!("{begin}\n{section}{end}");
    let Some((before, rest)) = document.split_once(&begin) else {
        return Ok(format!("{}\n\n{block}\n", document.trim_end()));
    };
    let (_, after) = rest
        .split_once(&end)
        .ok_or_else(|| format!("{FILE} has no line \"{end}\""))?;
    Ok(format!("{before}{block}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_replaces_its_own_former_text_only() -> Result<()> {
        let first = with_section("# All\n", "http", "one\n")?;
        let both = with_section(&first, "ssr", "two\n")?;
        let again = with_section(&both, "http", "three\n")?;
        assert_eq!(
            again,
            "# All\n\n<!-- http: begin -->\nthree\n<!-- http: end -->\n\n\
             <!-- ssr: begin -->\ntwo\n<!-- ssr: end -->\n"
        );
        Ok(())
    }

    #[test]
    fn the_command_names_the_options_it_was_run_with() {
        assert_eq!(command("ssr", &[]), "cargo xtask bench ssr");
        let options = ["--quick".to_owned(), "--rounds 2".to_owned()];
        assert_eq!(
            command("fanout", &options),
            "cargo xtask bench fanout -- --quick --rounds 2"
        );
    }

    #[test]
    fn a_lost_end_marker_is_an_error_instead_of_a_lost_document() {
        let outcome = with_section("<!-- http: begin -->\nmine", "http", "new");
        assert!(outcome.is_err_and(|error| error.to_string().contains("http: end")));
    }
}
