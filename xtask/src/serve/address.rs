//! Where the started server will answer.

use std::{
    env, fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    path::Path,
    time::Duration,
};

const HOST: &str = "127.0.0.1";
const PORT: &str = "3000";
const PATIENCE: Duration = Duration::from_millis(500);

/// Host and port from the environment or the `.env` file, as the server reads them.
pub(super) fn of_server(root: &Path) -> String {
    let file = fs::read_to_string(root.join(".env")).unwrap_or_default();
    let setting = |name: &str| env::var(name).ok().or_else(|| from_file(&file, name));
    join(
        setting("HOST").as_deref().unwrap_or(HOST),
        setting("PORT").as_deref().unwrap_or(PORT),
    )
}

/// Whether an HTTP server answers there.
pub(super) fn answers(address: &str) -> bool {
    let Some(address) = address
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
    else {
        return false;
    };
    ask(address).is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200"))
}

fn ask(address: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request =
        format!("GET /health/live HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = vec![0; 64];
    let length = stream.read(&mut answer)?;
    answer.truncate(length);
    Ok(answer)
}

fn join(host: &str, port: &str) -> String {
    // What listens everywhere is reached here.
    let host = match host {
        "0.0.0.0" | "::" => HOST,
        host => host,
    };
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

fn from_file(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| {
        line.trim()
            .strip_prefix(name)?
            .trim_start()
            .strip_prefix('=')
    })?;
    let value = bare(value.trim());
    (!value.is_empty()).then(|| value.to_owned())
}

/// The value without quotes and without the comment behind it; `a#b` is no comment.
fn bare(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            return quoted.split(quote).next().unwrap_or_default();
        }
    }
    let value = value.split_whitespace().next().unwrap_or_default();
    if value.starts_with('#') { "" } else { value }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader},
        net::TcpListener,
        thread,
    };

    use super::*;

    #[test]
    fn the_address_people_can_open_is_shown() {
        assert_eq!(join("127.0.0.1", "3000"), "127.0.0.1:3000");
        assert_eq!(join("0.0.0.0", "80"), "127.0.0.1:80");
        assert_eq!(join("::1", "80"), "[::1]:80");
    }

    #[test]
    fn settings_are_read_from_the_file() {
        let text = "# PORT=1\nHOST = \"localhost\"\nPORT=8080\n";
        assert_eq!(from_file(text, "PORT").as_deref(), Some("8080"));
        assert_eq!(from_file(text, "HOST").as_deref(), Some("localhost"));
        assert_eq!(from_file("PORT=\n", "PORT"), None);
    }

    #[test]
    fn a_comment_behind_a_value_is_not_part_of_it() {
        let text = "PORT=8080 # of the desk\nHOST='localhost' # here\nNAME=a#b\nEMPTY= # none\n";
        assert_eq!(from_file(text, "PORT").as_deref(), Some("8080"));
        assert_eq!(from_file(text, "HOST").as_deref(), Some("localhost"));
        assert_eq!(from_file(text, "NAME").as_deref(), Some("a#b"));
        assert_eq!(from_file(text, "EMPTY"), None);
    }

    #[test]
    fn only_a_good_answer_counts() -> Result<(), Box<dyn std::error::Error>> {
        for (answer, good) in [
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.1 503 No\r\n\r\n", false),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let address = listener.local_addr()?.to_string();
            let server = thread::spawn(move || -> std::io::Result<()> {
                let (mut stream, _) = listener.accept()?;
                BufReader::new(&stream).read_line(&mut String::new())?;
                stream.write_all(answer.as_bytes())
            });
            assert_eq!(answers(&address), good, "{answer}");
            server.join().map_err(|_| "the answering thread failed")??;
        }
        Ok(())
    }

    #[test]
    fn nobody_there_is_no_answer() -> Result<(), std::io::Error> {
        let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        assert!(!answers(&free));
        Ok(())
    }
}
