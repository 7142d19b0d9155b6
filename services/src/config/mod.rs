//! Settings, read from the environment (and a `.env` file) and validated together at start.
//!
//! One struct per concern; each reads its own variables. `.env.example` documents all of them.

mod auth;
mod cache;
mod coingecko;
mod data_dir;
mod database;
mod dotenv;
mod http;
mod limits;
mod log;
mod mail_from;
mod market;
mod names;
mod notify;
mod observe;
mod reader;
mod secret;
mod smtp;
mod twilio;
mod values;
mod webhooks;

pub use auth::{AuthConfig, MIN_JWT_SECRET_BYTES};
pub use cache::{CacheConfig, CacheUrl};
pub use coingecko::CoinGeckoTimings;
pub use database::{DatabaseConfig, DatabaseUrl};
pub use http::{HttpConfig, default_public_url};
pub use limits::LimitsConfig;
pub use log::{LogConfig, LogFormat, LogLevel};
pub use mail_from::MailFrom;
pub use market::{FeedTimings, MarketConfig};
pub use notify::{NotifyConfig, NotifyTimings, SmtpConfig};
pub use observe::{MetricsConfig, SentryConfig};
pub use reader::{ConfigError, Mistake, Setting};
pub use secret::Secret;
pub use smtp::{SmtpCredentials, SmtpTls, SmtpUrl};
pub use twilio::TwilioConfig;
pub use webhooks::WebhookConfig;

use crate::clock::Clock;
use data_dir::DEFAULT as DATA_DIR;
use domain::Source;
use dotenv::DotEnv;
use reader::Reader;
use std::path::PathBuf;
use uuid::Uuid;

/// What the installation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppEnv {
    /// Convenient defaults.
    Development,
    /// Nothing secret has a default.
    Production,
}

impl AppEnv {
    /// The name used in the setting.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }
}

/// Every setting. `Debug` redacts what is secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// `APP_ENV`.
    pub app_env: AppEnv,
    /// `DATA_DIR`: where the server keeps files of its own.
    pub data_dir: PathBuf,
    /// Listening address, public address, origins, proxies.
    pub http: HttpConfig,
    /// Limits per caller and request.
    pub limits: LimitsConfig,
    /// Price feeds and statistics.
    pub market: MarketConfig,
    /// Cache.
    pub cache: CacheConfig,
    /// Log.
    pub log: LogConfig,
    /// Metrics.
    pub metrics: MetricsConfig,
    /// Error reports.
    pub sentry: SentryConfig,
    /// Keys of accounts, and who may have one.
    pub auth: AuthConfig,
    /// Database.
    pub database: DatabaseConfig,
    /// Mails and text messages.
    pub notify: NotifyConfig,
    /// Where messages to webhooks may go.
    pub webhooks: WebhookConfig,
    /// Tells the time; tests move it.
    pub clock: Clock,
    /// Every setting in effect, secrets redacted: to be shown.
    pub shown: Vec<Setting>,
}

/// A valid configuration and how it came about.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Every setting in effect, secrets redacted.
    pub settings: Vec<Setting>,
    /// What is allowed but hardly meant.
    pub warnings: Vec<Mistake>,
}

impl Config {
    /// Reads the process environment and, for variables it lacks, the `.env` file of the working
    /// directory or the nearest parent.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake found.
    pub fn from_env() -> Result<Self, ConfigError> {
        load_env().map(|loaded| loaded.config)
    }

    /// Reads the given variables only.
    ///
    /// # Errors
    /// [`ConfigError`] with every mistake found.
    pub fn from_vars(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        load(Reader::new(variables)).map(|loaded| loaded.config)
    }

    /// Settings for tests: simulated prices, cache in memory, a database in a folder of its own, any
    /// free port, no metrics listener, no address outside this machine.
    #[must_use]
    pub fn for_test() -> Self {
        let nowhere = |scheme: &str| format!("{scheme}://127.0.0.1:9");
        let folder = format!("cryptovault-test-{}", Uuid::now_v7().simple());
        let data_dir = std::env::temp_dir().join(folder);
        let database = DatabaseConfig {
            url: DatabaseUrl::in_folder(&data_dir),
        };
        Self {
            app_env: AppEnv::Development,
            data_dir,
            http: HttpConfig {
                port: 0,
                public_url: "http://127.0.0.1".to_owned(),
                ..HttpConfig::default()
            },
            limits: LimitsConfig::default(),
            market: MarketConfig {
                feeds: vec![Source::Simulated],
                coincap_ws_url: nowhere("ws"),
                binance_ws_url: nowhere("ws"),
                binance_rest_url: nowhere("http"),
                coinbase_ws_url: nowhere("ws"),
                kraken_ws_url: nowhere("ws"),
                coingecko_url: nowhere("http"),
                ..MarketConfig::default()
            },
            cache: CacheConfig::default(),
            log: LogConfig::for_env(AppEnv::Development),
            metrics: MetricsConfig { addr: None },
            sentry: SentryConfig::default(),
            auth: AuthConfig::default(),
            database,
            notify: NotifyConfig::for_env(AppEnv::Development),
            webhooks: WebhookConfig::for_env(AppEnv::Development),
            clock: Clock::default(),
            shown: Vec::new(),
        }
    }
}

/// Reads the process environment and `.env`, and keeps what is in effect for printing.
///
/// # Errors
/// [`ConfigError`] with every mistake found.
pub fn load_env() -> Result<Loaded, ConfigError> {
    let file = DotEnv::read();
    let names: Vec<String> = file
        .variables
        .iter()
        .map(|(name, _)| name.clone())
        .collect();
    // Later entries win: the process environment overrides the file.
    let (environment, unreadable): (Vec<_>, Vec<_>) = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string())))
        .partition(|(_, value)| value.is_ok());
    let environment = environment
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.ok()?)));
    let mut reader = Reader::new(file.variables.into_iter().chain(environment));
    for (name, _) in unreadable {
        reader.unreadable(name);
    }
    for reason in file.mistakes {
        reader.mistake(".env", reason);
    }
    if let Some(reason) = data_dir::refused(reader.raw("DATA_DIR")) {
        reader.mistake("DATA_DIR", reason);
    }
    let mut loaded = load(reader)?;
    let known: Vec<&str> = loaded
        .settings
        .iter()
        .map(|setting| setting.variable)
        .collect();
    for variable in names {
        if let Some(reason) = names::remark(&variable, &known) {
            loaded.warnings.push(Mistake { variable, reason });
        }
    }
    Ok(loaded)
}

fn load(mut reader: Reader) -> Result<Loaded, ConfigError> {
    let env = |text: &str| match text {
        "development" => Ok(AppEnv::Development),
        "production" => Ok(AppEnv::Production),
        _ => Err("must be development or production".to_owned()),
    };
    let app_env = reader.value("APP_ENV", AppEnv::Development, env, |env| {
        env.as_str().to_owned()
    });
    let data_dir = reader.value(
        "DATA_DIR",
        PathBuf::from(DATA_DIR),
        |text| Ok(PathBuf::from(text)),
        |path| path.display().to_string(),
    );
    let config = Config {
        app_env,
        database: DatabaseConfig::read(&mut reader, &data_dir),
        data_dir,
        http: HttpConfig::read(&mut reader, app_env),
        limits: LimitsConfig::read(&mut reader),
        market: MarketConfig::read(&mut reader),
        cache: CacheConfig::read(&mut reader),
        log: LogConfig::read(&mut reader, app_env),
        metrics: MetricsConfig::read(&mut reader),
        sentry: SentryConfig::read(&mut reader),
        auth: AuthConfig::read(&mut reader, app_env),
        notify: NotifyConfig::read(&mut reader, app_env),
        webhooks: WebhookConfig::read(&mut reader, app_env),
        clock: Clock::default(),
        shown: reader.settings.clone(),
    };
    if reader.mistakes.is_empty() {
        Ok(Loaded {
            config,
            settings: reader.settings,
            warnings: reader.warnings,
        })
    } else {
        Err(ConfigError {
            mistakes: reader.mistakes,
        })
    }
}
