//! What handlers share.

use crate::{
    pages::shared::SharedPages,
    rest::{Readiness, encoded::EncodedLists},
    sentry::Reporter,
    ws::Hub,
};
use axum::extract::FromRef;
use bytes::Bytes;
use leptos::config::LeptosOptions;
use services::{Services, config::Config, market::Market};
use std::{ops::Deref, sync::Arc};

/// State of the router. A pointer, as every handler is given a copy of its own.
#[derive(Debug, Clone)]
pub struct AppState(Arc<Parts>);

/// What the state is made of.
#[derive(Debug)]
pub struct Parts {
    /// Every service.
    pub services: Services,
    /// What Leptos needs to know of the site.
    pub leptos: LeptosOptions,
    /// The price hub.
    pub hub: Hub,
    pub(crate) readiness: Readiness,
    pub(crate) lists: EncodedLists,
    pub(crate) pages: SharedPages,
    pub(crate) documents: Documents,
    pub(crate) reporter: Reporter,
}

impl From<Parts> for AppState {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Documents made once from the router.
#[derive(Debug)]
pub(crate) struct Documents {
    /// `/api/openapi.json`.
    pub(crate) openapi: Bytes,
    /// `/api/docs`.
    pub(crate) page: Bytes,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

impl FromRef<AppState> for Hub {
    fn from_ref(state: &AppState) -> Self {
        state.hub.clone()
    }
}

impl FromRef<AppState> for Market {
    fn from_ref(state: &AppState) -> Self {
        state.services.market.clone()
    }
}

impl FromRef<AppState> for Arc<Config> {
    fn from_ref(state: &AppState) -> Self {
        Arc::clone(&state.services.config)
    }
}
