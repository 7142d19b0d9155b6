//! Descriptions are HTML written by strangers; only their text is kept.

/// Longest description kept, in characters.
const MAX_CHARS: usize = 4_000;
/// Longest fragment looked at, in bytes.
const MAX_INPUT: usize = 64 * 1024;

/// The text of an HTML fragment: tags and everything inside `<script>` and `<style>` removed,
/// common entities resolved, spaces joined, at most one empty line in a row. The result is text,
/// not HTML: it may contain `<` and must be escaped like any other text.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = &html[..html.floor_char_boundary(MAX_INPUT)];
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let tag = &rest[start + 1..];
        // A lone "<" is a character; a tag begins with a letter, "/" or "!".
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') {
            text.push('<');
            rest = tag;
            continue;
        }
        let Some(end) = tag.find('>') else {
            // An unfinished tag swallows the remainder, as in a browser.
            return tidy(&entities(&text));
        };
        let name = name(&tag[..end]);
        if matches!(
            name.as_str(),
            "p" | "br" | "div" | "li" | "h1" | "h2" | "h3"
        ) {
            text.push('\n');
        }
        rest = &tag[end + 1..];
        if name == "script" || name == "style" {
            rest = skip_past(rest, &format!("</{name}"));
        }
    }
    text.push_str(rest);
    tidy(&entities(&text))
}

/// The tag's name in lower case, without "/".
fn name(tag: &str) -> String {
    let letters = tag.trim_start_matches('/').chars();
    let letters = letters.take_while(char::is_ascii_alphanumeric);
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

fn skip_past<'a>(text: &'a str, closing: &str) -> &'a str {
    let found = text.to_ascii_lowercase().find(closing);
    let after = found.and_then(|at| text[at..].find('>').map(|end| &text[at + end + 1..]));
    after.unwrap_or_default()
}

fn entities(text: &str) -> String {
    let named = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        // Last, so that "&amp;lt;" stays "&lt;".
        ("&amp;", "&"),
    ];
    named
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| {
            text.replace(entity, character)
        })
}

fn tidy(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let line = words.join(" ");
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    let joined = lines.join("\n");
    let printable = joined.chars().filter(|c| *c == '\n' || !c.is_control());
    let text: String = printable.take(MAX_CHARS).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn only_text_is_left() {
        for (html, text) in [
            ("Test <a href=\"https://e.org\">HTML</a>.", "Test HTML."),
            ("<script>alert('x')</script>safe", "safe"),
            ("a<SCRIPT src=x>b</ScRiPt >c", "ac"),
            ("<img src=x onerror=alert(1)>x", "x"),
            ("a<br/>b<p>c</p>", "a\nb\nc"),
            ("1 < 2 &amp;&amp; 3 > 2", "1 < 2 && 3 > 2"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("open <a href='", "open"),
            ("a\r\n\r\n\r\n\r\nb\u{0}", "a\n\nb"),
            ("", ""),
        ] {
            assert_eq!(plain(html), text, "{html}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_or_grows(html in "(<|>|/|script|&amp;|\u{130}|[a-z ]){0,80}") {
            proptest::prop_assert!(plain(&html).len() <= html.len());
        }
    }
}
