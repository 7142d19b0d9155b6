//! The mail server of an operator, whose certificate is of an authority of their own.

use crate::{
    redis_server::certificate,
    smtp_server::{Encryption, SmtpServer},
    support::{
        DEADLINE, TestResult,
        program::{Running, terminate},
    },
};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde_json::json;
use std::{fs, sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

pub(crate) fn acceptor(pem: &[u8]) -> Result<TlsAcceptor, Box<dyn std::error::Error>> {
    let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(pem)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[tokio::test]
async fn a_mail_server_is_used_if_its_certificate_is_trusted() -> TestResult {
    services::tls::install();
    let folder = tempfile::tempdir()?;
    let file = certificate::make(folder.path()).map_err(|error| error.to_string())?;
    let encryption = Encryption::Implicit(acceptor(&fs::read(&file)?)?);
    let server = SmtpServer::start_with(&[], encryption).await?;
    let url = format!("smtps://ann:secret@localhost:{}", server.port());
    let file = file.display().to_string();
    let variables = [
        ("SMTP_URL", url.as_str()),
        ("MAIL_FROM", "vault@example.com"),
        ("SSL_CERT_FILE", &file),
    ];
    for trusts in [true, false] {
        let count = if trusts { 3 } else { 2 };
        let mut program = Running::start(|_| Ok(()), &variables[..count]).await?;
        let body = json!({
            "email": "ann@example.com",
            "password": "correct horse battery staple",
            "name": "Ann",
        });
        let request = reqwest::Client::new().post(program.url("/api/auth/register"));
        let made = request.json(&body).send().await?;
        assert_eq!(made.status(), 201);
        let sent = async {
            while server.taken().is_empty() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        if trusts {
            timeout(DEADLINE, sent).await?;
            assert_eq!(server.taken()[0].to, ["ann@example.com"]);
        }
        terminate(&program.child).await?;
        program.ended().await?;
        let log = program.said().await?.join("\n");
        assert_eq!(log.contains("invalid peer certificate"), !trusts, "{log}");
    }
    assert_eq!(server.taken().len(), 1);
    Ok(())
}
