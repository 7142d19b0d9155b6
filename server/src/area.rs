//! What kind of address a request is for: it decides limits, headers and how errors look.

use std::{collections::HashSet, fs, path::Path};

/// Kind of address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// The REST API.
    Api,
    /// Server functions.
    Function,
    /// WebSockets and health checks.
    Machine,
    /// A file of the site.
    Asset,
    /// Everything else is rendered for people.
    Page,
}

impl Area {
    /// Every area, in the order of declaration.
    pub(crate) const ALL: [Self; 5] = [
        Self::Api,
        Self::Function,
        Self::Machine,
        Self::Asset,
        Self::Page,
    ];

    /// The area of a path that can't be a page.
    pub(crate) fn reserved(path: &str) -> Option<Self> {
        let below = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if below("/api") {
            Some(Self::Api)
        } else if below("/_fn") {
            Some(Self::Function)
        } else if below("/ws") || below("/health") {
            Some(Self::Machine)
        } else if below("/pkg") {
            Some(Self::Asset)
        } else {
            None
        }
    }

    /// The name used in metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Function => "function",
            Self::Machine => "machine",
            Self::Asset => "asset",
            Self::Page => "page",
        }
    }
}

/// The files of the site, so that they can be told from pages without asking the disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct SiteFiles {
    paths: HashSet<String>,
}

impl SiteFiles {
    /// Lists the files below `root`. A missing directory has none.
    pub(crate) fn scan(root: &Path) -> Self {
        let mut paths = HashSet::new();
        let mut left = vec![root.to_owned()];
        while let Some(folder) = left.pop() {
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries.flatten() {
                let path = entry.path();
                if path.is_dir() {
                    left.push(path);
                } else if let Ok(below) = path.strip_prefix(root) {
                    paths.insert(format!("/{}", below.display()));
                }
            }
        }
        Self { paths }
    }

    /// The area a path belongs to.
    pub(crate) fn area(&self, path: &str) -> Area {
        match Area::reserved(path) {
            Some(area) => area,
            None if self.paths.contains(path) => Area::Asset,
            None => Area::Page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_counts_only_as_a_whole_segment() {
        let site = SiteFiles::default();
        assert_eq!(site.area("/api"), Area::Api);
        assert_eq!(site.area("/api/crypto"), Area::Api);
        assert_eq!(site.area("/apis"), Area::Page);
        assert_eq!(site.area("/ws/prices"), Area::Machine);
        assert_eq!(site.area("/_fn/list123"), Area::Function);
        assert_eq!(site.area("/pkg/cryptovault.js"), Area::Asset);
        assert_eq!(site.area("/"), Area::Page);
    }

    #[test]
    fn only_files_that_are_there_escape_the_page_limit() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("icons"))?;
        fs::write(folder.path().join("icons/icon.svg"), "<svg/>")?;
        let site = SiteFiles::scan(folder.path());
        assert_eq!(site.area("/icons/icon.svg"), Area::Asset);
        assert_eq!(site.area("/icons/other.svg"), Area::Page);
        assert_eq!(site.area("/coins/a.svg"), Area::Page);
        Ok(())
    }
}
