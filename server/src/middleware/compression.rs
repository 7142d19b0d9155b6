//! Answers made on the fly travel gzipped; files are compressed when the site is built.
//!
//! The fastest level takes a millisecond for the market page and leaves a seventh of it. No page
//! holds a secret that would need protection from BREACH: tokens live in cookies, and foreign pages
//! are told apart by their origin (`csrf`), not by a token in the form.

use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate,
        predicate::{NotForContentType, SizeAbove},
    },
};

/// Below this a packet is saved by nothing.
const LEAST: u16 = 1024;

/// Compresses what is long enough, for whoever accepts it.
pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    let worthwhile = SizeAbove::new(LEAST).and(NotForContentType::IMAGES);
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(worthwhile)
}
