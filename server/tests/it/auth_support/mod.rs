//! A browser with cookies, and accounts to try things with.

pub(crate) mod files;
pub(crate) mod peer;
pub(crate) mod program;
pub(crate) mod qr;
pub(crate) mod second_factor;
pub(crate) mod signer;
pub(crate) mod wallet;

use crate::support::{DEADLINE, TestResult, TestServer, unlimited};
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::{Value, json};
use services::{
    clock::Clock,
    config::{Config, DatabaseUrl},
};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A password nobody guesses.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A server whose clock the test moves.
pub(crate) struct Desk {
    pub(crate) server: TestServer,
    pub(crate) clock: Clock,
    pub(crate) data_dir: PathBuf,
    pub(crate) database: DatabaseUrl,
}

impl Desk {
    pub(crate) async fn start() -> Outcome<Self> {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Outcome<Self> {
        let mut config = unlimited();
        config.clock = Clock::manual();
        change(&mut config);
        let (clock, data_dir) = (config.clock.clone(), config.data_dir.clone());
        let database = config.database.url.clone();
        let server = TestServer::start_with(config).await?;
        Ok(Self {
            server,
            clock,
            data_dir,
            database,
        })
    }

    /// A browser that nobody has used yet.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            server: &self.server,
            cookies: Mutex::default(),
        }
    }

    /// A browser in which `name` has registered and is signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Outcome<Browser<'_>> {
        let browser = self.browser();
        let answer = browser.register(name).await?;
        answer.expect_status(StatusCode::CREATED)?;
        Ok(browser)
    }

    /// Confirms somebody's address by the link they got.
    pub(crate) async fn confirm(&self, name: &str, browser: &Browser<'_>) -> TestResult {
        let token = token_in(&self.mail(&email(name), "Confirm").await?)?;
        let verified = browser.post("/api/auth/verify-email", json!({ "token": token }));
        verified.await?.expect_status(StatusCode::OK).map(drop)
    }

    /// Waits for a message to this address in the development mailbox; its text.
    pub(crate) async fn mail(&self, to: &str, subject: &str) -> Outcome<String> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let mut mails = self.mails_to(to)?;
            mails.retain(|mail| mail.subject.contains(subject));
            if let Some(mail) = mails.pop() {
                return Ok(mail.text);
            }
            if Instant::now() > deadline {
                return Err(format!("no mail to {to} about {subject}").into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The token of the link in a mail.
pub(crate) fn token_in(mail: &str) -> Outcome<String> {
    let (_, rest) = mail.split_once("?token=").ok_or("no link in the mail")?;
    let token = rest.split_whitespace().next().ok_or("no token")?;
    let pair = format!("token={token}");
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    Ok(pairs.next().ok_or("no token")?.1.into_owned())
}

/// Keeps cookies and sends what browsers send with requests of our own pages.
pub(crate) struct Browser<'a> {
    server: &'a TestServer,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// An answer, read.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Outcome<Self> {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Self {
            status,
            headers,
            text,
            json,
        })
    }

    /// The answer itself, if it has this status.
    pub(crate) fn expect_status(self, status: StatusCode) -> Outcome<Self> {
        if self.status == status {
            return Ok(self);
        }
        Err(format!("{status} expected, but {}: {}", self.status, self.text).into())
    }

    /// Checks that this field, and no other, is refused.
    pub(crate) fn expect_field(self, field: &str) -> Outcome<Self> {
        let answer = self.expect_code(422, "validation_failed")?;
        let named = answer.json["errors"].as_array().is_some_and(|errors| {
            let [error] = errors.as_slice() else {
                return false;
            };
            error["field"] == field && error["message"].as_str().is_some_and(|why| !why.is_empty())
        });
        if named {
            return Ok(answer);
        }
        Err(format!("{field} expected to be named: {}", answer.text).into())
    }

    /// Whether any cookie of somebody signed in is set.
    pub(crate) fn signs_in(&self) -> bool {
        ["access_token", "refresh_token"].iter().any(|name| {
            self.set_cookie(name)
                .is_some_and(|line| !line.contains("Max-Age=0"))
        })
    }

    /// Checks status and code of a refusal.
    pub(crate) fn expect_code(self, status: u16, code: &str) -> Outcome<Self> {
        if self.status.as_u16() == status && self.json["code"] == code {
            return Ok(self);
        }
        Err(format!(
            "{status} {code} expected, but {}: {}",
            self.status, self.text
        )
        .into())
    }

    /// The `Set-Cookie` line of a cookie.
    pub(crate) fn set_cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        let mut lines = lines.filter_map(|line| line.to_str().ok());
        let line = lines.find(|line| line.split('=').next() == Some(name));
        line.map(ToOwned::to_owned)
    }
}

impl Browser<'_> {
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.jar().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.jar().insert(name.to_owned(), value.to_owned());
    }

    /// All cookies, as a browser sends them.
    pub(crate) fn cookie_header(&self) -> String {
        let jar = self.jar();
        let pairs: Vec<String> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// Another browser that has got hold of this one's tokens.
    pub(crate) fn copied(&self) -> Self {
        let copy = Self {
            server: self.server,
            cookies: Mutex::default(),
        };
        for name in ["access_token", "refresh_token"] {
            if let Some(value) = self.cookie(name) {
                copy.set_cookie(name, &value);
            }
        }
        copy
    }

    pub(crate) fn forget(&self, name: &str) {
        self.jar().remove(name);
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Outcome<Answer> {
        let request = self.request(method, path);
        self.finish(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    /// Sends a file.
    pub(crate) async fn upload(
        &self,
        path: &str,
        kind: &str,
        file: impl Into<reqwest::Body>,
    ) -> Outcome<Answer> {
        let request = self.request(Method::POST, path);
        let request = request.header(header::CONTENT_TYPE, kind).body(file);
        self.finish(request).await
    }

    /// Sends a form of a page as a script does.
    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Outcome<Answer> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let request = self
            .request(Method::POST, path)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.finish());
        self.finish(request).await
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self
            .server
            .client
            .request(method, self.server.url(path))
            .header("sec-fetch-site", "same-origin")
            .header(header::USER_AGENT, "Test browser");
        let cookies = self.cookie_header();
        if cookies.is_empty() {
            return request;
        }
        request.header(header::COOKIE, cookies)
    }

    async fn finish(&self, request: reqwest::RequestBuilder) -> Outcome<Answer> {
        let response = request.send().await?;
        self.keep(response.headers());
        Answer::read(response).await
    }

    fn keep(&self, headers: &HeaderMap) {
        let lines = headers.get_all(header::SET_COOKIE).iter();
        for line in lines.filter_map(|line| line.to_str().ok()) {
            let pair = line.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            if line.contains("Max-Age=0") {
                self.jar().remove(name);
            } else {
                self.jar().insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Outcome<Answer> {
        self.send(Method::GET, path, None).await
    }

    /// Follows a link, as a browser does without any script.
    pub(crate) async fn follow(&self, path: &str) -> Outcome<Answer> {
        let request = self.request(Method::GET, path);
        let kinds = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        self.finish(request.header(header::ACCEPT, kinds)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Outcome<Answer> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Posts without a body.
    pub(crate) async fn call(&self, path: &str) -> Outcome<Answer> {
        self.send(Method::POST, path, None).await
    }

    pub(crate) async fn register(&self, name: &str) -> Outcome<Answer> {
        let body = json!({"email": email(name), "password": PASSWORD, "name": name});
        self.post("/api/auth/register", body).await
    }

    pub(crate) async fn login(&self, name: &str, password: &str) -> Outcome<Answer> {
        let body = json!({"email": email(name), "password": password});
        self.post("/api/auth/login", body).await
    }

    /// Checks whether the browser is signed in.
    pub(crate) async fn is_signed_in(&self) -> Outcome<bool> {
        let answer = self.get("/api/auth/me").await?;
        match answer.status {
            StatusCode::OK => Ok(true),
            StatusCode::UNAUTHORIZED => Ok(false),
            other => Err(format!("{other}: {}", answer.text).into()),
        }
    }
}

pub(crate) fn email(name: &str) -> String {
    format!("{}@example.com", name.to_lowercase())
}

pub(crate) fn check(holds: bool, what: &str) -> TestResult {
    if holds { Ok(()) } else { Err(what.into()) }
}
