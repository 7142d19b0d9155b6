//! Who sends a request: cookies, API keys, and the extractors that let handlers say who may call
//! them.

pub(crate) mod api_key;
mod asker;
pub(crate) mod cookies;
mod guard;
pub(crate) mod resolve;
mod visitor;

pub(crate) use asker::Asker;
pub(crate) use guard::{Administrator, Caller, CallerFrom, Person, Reader};
pub(crate) use visitor::{From, visitor};
