//! Where the built site is, and what Leptos needs to know of it.

use leptos::config::{Env, LeptosOptions, errors::LeptosConfigError, get_config_from_str};
use services::config::{AppEnv, Config};
use std::{
    env,
    ffi::OsStr,
    fs, io,
    path::{self, Path, PathBuf},
};

const FILE: &str = "Leptos.toml";
/// The description this program was built with, for when no file lies around.
const BUILT_IN: &str = include_str!("../../Leptos.toml");
/// Wins over the folder that the description names.
const SITE_ROOT: &str = "LEPTOS_SITE_ROOT";
/// What a page loads to come alive.
const CLIENT_FILES: [&str; 3] = ["js", "wasm", "css"];

/// The description of the site can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {reason}")]
pub struct InvalidSite {
    origin: String,
    reason: String,
}

/// The built site.
#[derive(Debug)]
pub struct Site {
    /// What Leptos needs to know.
    pub options: LeptosOptions,
    /// Why its pages will not come alive, and what to do about it.
    pub warning: Option<String>,
}

impl Site {
    /// Looks for the site: the variables `LEPTOS_*` win over `Leptos.toml` in the working directory,
    /// beside the program or in the checkout it was built in, else over the values this program was
    /// built with. `HOST`, `PORT` and `APP_ENV` win over what they all say.
    ///
    /// # Errors
    /// [`InvalidSite`] when `Leptos.toml` or a variable is there but wrong.
    pub fn find(config: &Config) -> Result<Self, InvalidSite> {
        let program = env::current_exe().unwrap_or_default();
        let description = Description::find(&program)?;
        let mut options = description.options()?;
        options.site_addr = config.http.socket_addr();
        if config.app_env == AppEnv::Production {
            options.env = Env::PROD;
        }
        let warning = settle_names(&mut options, &program);
        Ok(Self { options, warning })
    }
}

/// A text in the format of `Leptos.toml`.
struct Description {
    origin: String,
    text: String,
    /// Where a relative site folder begins.
    folder: PathBuf,
}

impl Description {
    fn find(program: &Path) -> Result<Self, InvalidSite> {
        let working = Some(Path::new(""));
        for folder in [working, program.parent(), checkout(program)] {
            let Some(folder) = folder.map(Path::to_owned) else {
                continue;
            };
            let origin = folder.join(FILE).display().to_string();
            match fs::read_to_string(folder.join(FILE)) {
                Ok(text) => {
                    return Ok(Self {
                        origin,
                        text,
                        folder,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    let reason = format!("can't be read: {error}");
                    return Err(InvalidSite { origin, reason });
                }
            }
        }
        Ok(Self {
            origin: "LEPTOS_* in the environment".to_owned(),
            text: BUILT_IN.to_owned(),
            folder: PathBuf::new(),
        })
    }

    fn options(self) -> Result<LeptosOptions, InvalidSite> {
        let invalid = |reason| InvalidSite {
            origin: self.origin.clone(),
            reason,
        };
        let mut options = get_config_from_str(&self.text).map_err(|error| {
            invalid(match error {
                LeptosConfigError::ConfigSectionNotFound => {
                    "has no section [[workspace.metadata.leptos]]".to_owned()
                }
                LeptosConfigError::ConfigError(reason) => reason,
                error => error.to_string(),
            })
        })?;
        if env::var_os(SITE_ROOT).is_none() {
            let root = self.folder.join(&*options.site_root);
            let root = root.to_str();
            let root =
                root.ok_or_else(|| invalid("lies in a folder whose name is no UTF-8".into()))?;
            options.site_root = root.into();
        }
        Ok(options)
    }
}

/// The checkout whose `target` folder holds the program.
fn checkout(program: &Path) -> Option<&Path> {
    let is_target = |folder: &&Path| folder.file_name() == Some(OsStr::new("target"));
    program.ancestors().find(is_target)?.parent()
}

/// Takes the hashed names when the build has left its list of them, else the plain ones. Says
/// which of the client's files is missing.
fn settle_names(options: &mut LeptosOptions, program: &Path) -> Option<String> {
    let list = options.hash_files.then(|| HashList::find(options, program));
    let list = list.flatten();
    let package = Path::new(&*options.site_root).join(&*options.site_pkg_dir);
    let mut names = CLIENT_FILES.map(|kind| {
        let digest = list.as_ref().and_then(|list| list.digest(kind));
        let digest = digest.map_or_else(String::new, |digest| format!(".{digest}"));
        format!("{}{digest}.{kind}", options.output_name)
    });
    let missing = names.iter_mut().find(|name| !package.join(name).is_file());
    let warning = missing.map(|name| {
        let package = path::absolute(&package).unwrap_or(package.clone());
        format!(
            "{name} is not in {}: pages are shown, but do not come alive. Build the site with \
             `cargo xtask serve` or `cargo leptos build`, or set {SITE_ROOT} to the folder that \
             holds {}; {} of the same build belongs beside the program",
            package.display(),
            options.site_pkg_dir,
            options.hash_file,
        )
    });
    // Without the list Leptos would complain at every page.
    options.hash_files = list.is_some();
    if let Some(path) = list.as_ref().and_then(|list| list.path.to_str()) {
        options.hash_file = path.into();
    }
    warning
}

/// The list of digests that the build leaves: `js: …`, `wasm: …`, `css: …`.
struct HashList {
    path: PathBuf,
    text: String,
}

impl HashList {
    /// Beside the program, where builds put it, or in the site's folder.
    fn find(options: &LeptosOptions, program: &Path) -> Option<Self> {
        let site = path::absolute(&*options.site_root).ok();
        let folders = [program.parent().map(Path::to_owned), site];
        folders.into_iter().flatten().find_map(|folder| {
            let path = folder.join(&*options.hash_file);
            let text = fs::read_to_string(&path).ok()?;
            Some(Self { path, text })
        })
    }

    fn digest(&self, kind: &str) -> Option<&str> {
        let mut lines = self.text.lines();
        lines.find_map(|line| Some(line.trim().strip_prefix(kind)?.strip_prefix(':')?.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_build_s_folder_leads_to_a_checkout() {
        let checkout = |program| checkout(Path::new(program)).and_then(Path::to_str);
        assert_eq!(checkout("/code/target/debug/cryptovault"), Some("/code"));
        let cross = "/code/target/x86_64-unknown-linux-musl/release/cryptovault";
        assert_eq!(checkout(cross), Some("/code"));
        assert_eq!(checkout("/opt/cryptovault/cryptovault"), None);
        assert_eq!(checkout("/tmp/debug/cryptovault"), None);
    }
}
