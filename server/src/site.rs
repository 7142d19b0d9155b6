//! What Leptos needs to know of the built site.

use leptos::config::{Env, LeptosOptions, get_configuration};
use services::config::{AppEnv, Config};
use std::path::Path;

const FILE: &str = "Leptos.toml";
const NAME: &str = "cryptovault";

/// `Leptos.toml` can't be used.
#[derive(Debug, thiserror::Error)]
#[error("Leptos.toml: {0}")]
pub struct InvalidSite(String);

/// The options: from `Leptos.toml` in the working directory under the variables that cargo-leptos
/// sets, or from those alone, else the defaults. `HOST`, `PORT` and `APP_ENV` win over what they say.
///
/// The file comes first because `LEPTOS_OUTPUT_NAME` proves nothing: every cargo command in the
/// checkout sets it.
///
/// # Errors
/// [`InvalidSite`] when `Leptos.toml` is there but wrong.
pub fn options(config: &Config) -> Result<LeptosOptions, InvalidSite> {
    let invalid = |error: leptos::config::errors::LeptosConfigError| InvalidSite(error.to_string());
    let mut options = if Path::new(FILE).exists() {
        get_configuration(Some(FILE))
            .map_err(invalid)?
            .leptos_options
    } else if std::env::var_os("LEPTOS_OUTPUT_NAME").is_some() {
        get_configuration(None).map_err(invalid)?.leptos_options
    } else {
        LeptosOptions::builder()
            .output_name(NAME)
            .site_root("target/site")
            .build()
    };
    options.site_addr = config.http.socket_addr();
    if config.app_env == AppEnv::Production {
        options.env = Env::PROD;
    }
    if options.hash_files && !hash_file(&options).is_some_and(|file| file.exists()) {
        tracing::warn!("the site is not built: pages are shown, but not interactive");
        options.hash_files = false;
    }
    Ok(options)
}

/// Leptos looks for the list of hashes beside the executable.
fn hash_file(options: &LeptosOptions) -> Option<std::path::PathBuf> {
    let executable = std::env::current_exe().ok()?;
    Some(executable.parent()?.join(options.hash_file.as_ref()))
}
