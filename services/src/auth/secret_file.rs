//! The signing key of an installation that was given none: made once and kept in `DATA_DIR`.

use crate::config::{MIN_JWT_SECRET_BYTES, Secret};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rand::RngCore;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

const FILE: &str = "jwt.secret";
const BYTES: usize = 48;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// The file can't be read or written.
    #[error("{file}: {error}", file = .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Its content is too short to be a key.
    #[error("{} holds no key; delete it to have a new one made, which signs everybody out", .0.display())]
    TooShort(PathBuf),
}

/// The key of `folder`; a new one the first time. Only its owner can read the file.
pub(super) fn read_or_make(folder: &Path) -> Result<Secret, SecretFileError> {
    let file = folder.join(FILE);
    let told = |error| SecretFileError::Io {
        file: file.clone(),
        error,
    };
    fs::create_dir_all(folder).map_err(told)?;
    match make(&file) {
        Ok(secret) => return Ok(secret),
        // Another process may have made it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(told(error)),
    }
    let text = fs::read_to_string(&file).map_err(told)?;
    let text = text.trim();
    if text.len() < MIN_JWT_SECRET_BYTES {
        return Err(SecretFileError::TooShort(file));
    }
    Ok(Secret::new(text))
}

/// Written under another name and then given its own, so that nobody ever reads half a key.
fn make(file: &Path) -> io::Result<Secret> {
    if file.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut bytes = [0; BYTES];
    rand::rng().fill_bytes(&mut bytes);
    let text = STANDARD_NO_PAD.encode(bytes);
    let draft = file.with_extension(format!("{}.new", std::process::id()));
    let mut out = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    linked?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_can_read_it() -> Outcome {
        let folder = tempfile::tempdir()?;
        let folder = folder.path().join("data");
        let first = read_or_make(&folder)?;
        assert_eq!(read_or_make(&folder)?, first);
        assert!(first.expose().len() >= MIN_JWT_SECRET_BYTES);
        assert_eq!(
            fs::metadata(folder.join(FILE))?.permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(fs::read_dir(&folder)?.count(), 1, "nothing is left over");
        Ok(())
    }

    #[test]
    fn a_damaged_key_is_told() -> Outcome {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join(FILE), "short")?;
        let error = read_or_make(folder.path()).err().ok_or("taken")?;
        assert!(error.to_string().contains("jwt.secret"), "{error}");
        Ok(())
    }
}
