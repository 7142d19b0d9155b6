//! Where messages to webhooks may go.

use super::{AppEnv, reader::Reader, values};
use crate::webhooks::Names;
use ipnet::IpNet;
use std::time::Duration;

/// `WEBHOOK_ALLOWED_NETWORKS`.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// Networks that may be reached though they are not public.
    pub allowed_networks: Vec<IpNet>,
    /// Whether plain HTTP may leave them, too.
    pub plain_http: bool,
    /// One try is given up after this. Not read from the environment, so that tests can shorten it.
    pub time_limit: Duration,
    /// How hosts are looked up. Not read from the environment: tests have their own way.
    pub names: Names,
}

impl WebhookConfig {
    /// The public internet only; over TLS only, but in development.
    pub(super) fn for_env(env: AppEnv) -> Self {
        Self {
            allowed_networks: Vec::new(),
            plain_http: env == AppEnv::Development,
            time_limit: Duration::from_secs(10),
            names: Names::default(),
        }
    }

    pub(super) fn read(reader: &mut Reader, env: AppEnv) -> Self {
        let allowed_networks = reader.value(
            "WEBHOOK_ALLOWED_NETWORKS",
            Vec::new(),
            values::list(values::network),
            |networks| values::show_list(networks),
        );
        Self {
            allowed_networks,
            ..Self::for_env(env)
        }
    }
}
