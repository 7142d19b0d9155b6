//! TLS with a real server. Certificates of public authorities can't be had here, so the client is
//! made to trust the server's own.

#[path = "../../../tests/support/certificate.rs"]
mod certificate;
#[path = "../../../tests/it/notify/smtp_server.rs"]
#[expect(dead_code, reason = "other failures are another suite's concern")]
mod smtp_server;

use super::*;
use lettre::transport::smtp::client::Certificate;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use smtp_server::{Encryption, SmtpServer};
use std::{error::Error, fs, sync::Arc};
use tokio_rustls::TlsAcceptor;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// A server for each way of asking for TLS, with the address at which it is `host`.
struct Site {
    pem: Vec<u8>,
    servers: [(SmtpServer, &'static str, &'static str); 2],
}

impl Site {
    async fn open() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let pem = fs::read(certificate::make(folder.path())?)?;
        let acceptor = acceptor(&pem)?;
        let required = Encryption::StartTls(acceptor.clone());
        let implicit = Encryption::Implicit(acceptor);
        let servers = [
            (
                SmtpServer::start_with(&[], required).await?,
                "smtp",
                "?tls=required",
            ),
            (SmtpServer::start_with(&[], implicit).await?, "smtps", ""),
        ];
        Ok(Self { pem, servers })
    }

    /// Each server, and a client for it that calls it `host`.
    fn clients(&self, host: &str, trusts: bool) -> Outcome<Vec<(&SmtpServer, SmtpClient)>> {
        let mut clients = Vec::new();
        for (server, scheme, query) in &self.servers {
            let url = format!("{scheme}://ann:secret@{host}:{}{query}", server.port());
            let from = MailFrom::parse("vault@example.com")?;
            let url = SmtpUrl::parse(&url)?;
            let config = SmtpConfig { url, from };
            let mut client = SmtpClient::new(&config, &NotifyTimings::default())?;
            if trusts {
                let trusted = Certificate::from_pem(&self.pem)?;
                let tls = TlsParameters::builder(host.to_owned());
                client.tls = tls.add_root_certificate(trusted).build()?;
            }
            clients.push((server, client));
        }
        Ok(clients)
    }
}

fn acceptor(pem: &[u8]) -> Outcome<TlsAcceptor> {
    let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(pem)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn send(client: &SmtpClient) -> Outcome<Result<(), SendError>> {
    let mail = Mail::new(Email::parse("ann@example.org")?, "Hello", "a link");
    Ok(client
        .send(&client.write(&mail)?, Duration::from_secs(20))
        .await)
}

#[tokio::test]
async fn a_mail_goes_through_starttls_and_through_tls_from_the_first_byte() -> Outcome {
    let site = Site::open().await?;
    for (server, client) in site.clients("localhost", true)? {
        send(&client).await??;
        assert_eq!(server.taken().len(), 1);
        let commands = server.commands();
        let place = |name: &str| commands.iter().position(|line| line.starts_with(name));
        assert!(place("STARTTLS") < place("AUTH"), "{commands:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_whose_certificate_is_not_trusted_or_names_another_is_told_nothing() -> Outcome {
    let site = Site::open().await?;
    for (host, trusts) in [("localhost", false), ("127.0.0.1", true)] {
        for (server, client) in site.clients(host, trusts)? {
            let refused = send(&client).await?;
            let Err(SendError::Unreachable(why)) = refused else {
                return Err(format!("{host}: {refused:?}").into());
            };
            assert!(why.contains("certificate"), "{host}: {why}");
            let told = |line: &String| !line.starts_with("EHLO") && line != "STARTTLS";
            let commands = server.commands();
            assert!(!commands.iter().any(told), "{host}: {commands:?}");
        }
    }
    Ok(())
}
