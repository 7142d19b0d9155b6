//! What is logged, and how.

use super::{AppEnv, reader::Reader};

/// `LOG_FORMAT LOG_LEVEL`.
#[derive(Debug, Clone, Copy)]
pub struct LogConfig {
    /// How a line looks.
    pub format: LogFormat,
    /// Least important level that is logged.
    pub level: LogLevel,
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object per line.
    Json,
}

/// Least important level that is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Only what needs somebody.
    Error,
    /// Also what may need somebody.
    Warn,
    /// Also what happens.
    Info,
    /// Also what helps to find a mistake.
    Debug,
}

impl LogFormat {
    /// The name used in the setting.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pretty => "pretty",
            Self::Json => "json",
        }
    }
}

impl LogLevel {
    /// The name used in the setting.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }
}

impl LogConfig {
    pub(super) const fn for_env(env: AppEnv) -> Self {
        let format = match env {
            AppEnv::Development => LogFormat::Pretty,
            AppEnv::Production => LogFormat::Json,
        };
        Self {
            format,
            level: LogLevel::Info,
        }
    }

    pub(super) fn read(reader: &mut Reader, env: AppEnv) -> Self {
        let default = Self::for_env(env);
        let format = |text: &str| match text {
            "json" => Ok(LogFormat::Json),
            "pretty" => Ok(LogFormat::Pretty),
            _ => Err("must be json or pretty".to_owned()),
        };
        let level = |text: &str| match text {
            "error" => Ok(LogLevel::Error),
            "warn" => Ok(LogLevel::Warn),
            "info" => Ok(LogLevel::Info),
            "debug" => Ok(LogLevel::Debug),
            _ => Err("must be error, warn, info or debug".to_owned()),
        };
        Self {
            format: reader.value("LOG_FORMAT", default.format, format, |f| {
                f.as_str().to_owned()
            }),
            level: reader.value("LOG_LEVEL", default.level, level, |l| l.as_str().to_owned()),
        }
    }
}
