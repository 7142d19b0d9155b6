//! Where accounts, orders and everything else that must last is kept.

use super::reader::Reader;
use mongodb::options::ConnectionString;
use std::{fmt, path::Path};

const SQLITE: &str = "sqlite://";
const MONGODB: [&str; 2] = ["mongodb://", "mongodb+srv://"];

/// `DATABASE_URL`.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// `sqlite://path` for a file of this machine, `mongodb://…` or `mongodb+srv://…` for a server.
    pub url: DatabaseUrl,
}

/// The address of a database. May hold a password, which `Debug` leaves out.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Checks an address. What stands behind `sqlite://` is a path as the system writes it.
    ///
    /// # Errors
    /// What is expected, when the address is of no kind that can be used.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fits = match text.strip_prefix(SQLITE) {
            Some(path) => is_file_path(path),
            None => is_mongodb(text),
        };
        if fits {
            return Ok(Self(text.to_owned()));
        }
        Err(
            "must be sqlite://path/to/file, or mongodb://[user:password@]host[:port]/database or \
             mongodb+srv://…, with letters that stand for something in a URL percent-encoded"
                .to_owned(),
        )
    }

    /// The database file in the folder for files of the server's own.
    #[must_use]
    pub fn in_folder(data_dir: &Path) -> Self {
        Self(format!("{SQLITE}{}", data_dir.join("vault.db").display()))
    }

    /// The file of an embedded database; `None` for a server.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&Path> {
        self.0.strip_prefix(SQLITE).map(Path::new)
    }

    /// The whole address, with its password, for the adapter. Never log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Parameters and SQLite's names for databases that are no file would be taken for a file's name.
fn is_file_path(path: &str) -> bool {
    let path_is_plain = !path.contains(['?', '#', '\0']);
    path_is_plain
        && !path.starts_with(':')
        && Path::new(path).file_name().is_some()
        && !path.ends_with('/')
}

fn is_mongodb(text: &str) -> bool {
    let Some(rest) = MONGODB.iter().find_map(|scheme| text.strip_prefix(scheme)) else {
        return false;
    };
    // A password with a bare @ or / would end up in what is shown as host or database.
    rest.matches('@').count() <= 1 && hosts(rest).is_some() && ConnectionString::parse(text).is_ok()
}

/// The hosts, which stand between the credentials and the first slash or question mark.
fn hosts(rest: &str) -> Option<&str> {
    let hosts = rest.split_once('@').map_or(rest, |(_, hosts)| hosts);
    let end = hosts.find(['/', '?']).unwrap_or(hosts.len());
    let hosts = hosts.get(..end)?;
    (!hosts.is_empty()).then_some(hosts)
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.starts_with(SQLITE) {
            return f.write_str(&self.0);
        }
        let Some((scheme, rest)) = self.0.split_once("://") else {
            return f.write_str("[redacted]");
        };
        write!(f, "{scheme}://")?;
        if rest.contains('@') {
            f.write_str("[redacted]@")?;
        }
        let after = rest.split_once('@').map_or(rest, |(_, after)| after);
        // Options may hold a password, too.
        f.write_str(after.split('?').next().unwrap_or_default())
    }
}

impl DatabaseConfig {
    pub(super) fn read(reader: &mut Reader, data_dir: &Path) -> Self {
        let default = DatabaseUrl::in_folder(data_dir);
        let show = |url: &DatabaseUrl| format!("{url:?}");
        Self {
            url: reader.value("DATABASE_URL", default, DatabaseUrl::parse, show),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;
    use std::path::Path;

    #[test]
    fn a_file_is_named_by_its_path_as_it_is() {
        for path in ["vault.db", "data/vault.db", "/var/lib/my vault/v%20.db"] {
            let url = DatabaseUrl::parse(&format!("sqlite://{path}"));
            let url = url.as_ref().map(DatabaseUrl::sqlite_path);
            assert_eq!(url, Ok(Some(Path::new(path))));
        }
        let default = DatabaseUrl::in_folder(Path::new("data"));
        assert_eq!(default.expose(), "sqlite://data/vault.db");
    }

    #[test]
    fn what_is_shown_holds_no_password() {
        for (url, shown) in [
            ("mongodb://localhost", "mongodb://localhost"),
            (
                "mongodb://ann:hunter2@a:27017,b:27018/vault?authSource=admin",
                "mongodb://[redacted]@a:27017,b:27018/vault",
            ),
            (
                "mongodb+srv://ann:hunter2@cluster.example/vault",
                "mongodb+srv://[redacted]@cluster.example/vault",
            ),
        ] {
            let url = DatabaseUrl::parse(url).map(|url| format!("{url:?}"));
            assert_eq!(url.as_deref(), Ok(shown));
        }
    }

    #[test]
    fn what_no_adapter_could_open_is_refused_without_being_quoted() {
        for url in [
            "",
            "vault.db",
            "sqlite:vault.db",
            "sqlite::memory:",
            "sqlite://",
            "sqlite://data/",
            "sqlite://:memory:",
            "sqlite://vault.db?mode=ro",
            "postgres://ann:hunter2@host/vault",
            "mongodb://",
            "mongodb://ann:hunter2@",
            "mongodb://ann:hunter2@@host/vault",
            "mongodb://ann:hunter2/3@host/vault",
            "mongodb://host:port/vault",
            "mongodb://host/vault?hunter2=true&w=-1",
            "mongodb+srv://a,b/vault",
        ] {
            let reason = DatabaseUrl::parse(url).err();
            let reason = reason.unwrap_or_else(|| format!("{url} was taken"));
            assert!(reason.starts_with("must be sqlite://"), "{reason}");
            assert!(!reason.contains("hunter2"), "{reason}");
        }
    }
}
