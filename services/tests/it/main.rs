//! All that is tested through the crate's public face, as one program: linked once.

mod cache_conformance;
mod cache_failover;
mod cache_faults;
mod coingecko_shared;
#[path = "../support/counted.rs"]
mod counted;
mod feeds;
mod market_coingecko;
mod market_real;
mod market_simulated;
#[path = "../support/mongo.rs"]
mod mongo_server;
mod notify;
#[path = "../support/proxy.rs"]
#[expect(dead_code, reason = "traps are for whole servers")]
mod proxy;
#[path = "../support/records.rs"]
mod records;
#[path = "../support/redis_cache.rs"]
mod redis_cache;
#[path = "../support/redis.rs"]
#[expect(dead_code, reason = "TLS is the whole server's concern")]
mod redis_server;
mod relay;
mod store_conformance;
mod store_mongo;
mod store_sqlite;
#[path = "../support/upstream/mod.rs"]
#[expect(dead_code, reason = "an example ticks at another pace")]
mod upstream;
#[path = "../support/wait.rs"]
mod wait;
