//! A certificate for `localhost` that only itself has signed.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Makes it, and its key, both in one file: `certificate.pem` of `folder`.
pub(crate) fn make(folder: &Path) -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
    let (file, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
        .args(["-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&file)
        .output()
        .map_err(|error| format!("these tests need openssl in PATH: {error}"))?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into_owned().into());
    }
    fs::write(&file, [fs::read(&file)?, fs::read(&key)?].concat())?;
    Ok(file)
}
