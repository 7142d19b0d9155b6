//! Answers made on the fly travel gzipped; files are compressed when the site is built.
//!
//! The fastest level takes a millisecond for the market page and leaves a seventh of it. No page
//! holds a secret that would need protection from BREACH: tokens live in cookies, and foreign pages
//! are told apart by their origin (`csrf`), not by a token in the form.

use tower_http::{
    CompressionLevel,
    compression::{
        Compression, Predicate,
        predicate::{And, NotForContentType, SizeAbove},
    },
};

/// A service whose answers are compressed.
pub(super) type Compressed<S> = Compression<S, And<SizeAbove, NotForContentType>>;

/// Below this a packet is saved by nothing.
const LEAST: u16 = 1024;

/// Compresses what is long enough, for whoever accepts it.
pub(super) fn of<S>(service: S) -> Compressed<S> {
    let worthwhile = SizeAbove::new(LEAST).and(NotForContentType::IMAGES);
    Compression::new(service)
        .quality(CompressionLevel::Fastest)
        .compress_when(worthwhile)
}
