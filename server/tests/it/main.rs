//! All that is tested through the server's public face, as one program: linked once.
//!
//! What needs a process of its own stands beside this folder.

mod accept;
mod account_closing;
mod account_end;
mod admin;
mod alerts;
mod alerts_kills;
mod alerts_prices;
mod auth_anew;
mod auth_api_keys;
mod auth_attacks;
mod auth_audit;
mod auth_audit_end;
mod auth_audit_refused;
mod auth_downloads;
mod auth_expired;
mod auth_mails;
mod auth_midflight;
mod auth_operator;
mod auth_outages;
mod auth_password;
mod auth_register;
mod auth_reuse;
mod auth_second_factor;
mod auth_sessions;
mod auth_signatures;
mod auth_step_up;
mod auth_support;
mod auth_takeover;
mod auth_throttle;
mod auth_two_servers;
mod auth_wallet;
mod cache_trouble;
mod cli_database;
mod compression;
mod config;
mod config_accounts;
mod csrf;
mod error_reports;
mod first_admin;
mod forms;
mod ledger_check;
mod limits;
mod mail_server;
mod middleware_errors;
mod middleware_headers;
mod middleware_order;
mod middleware_proxies;
mod middleware_rate_limit;
mod middleware_request_id;
#[path = "../../../services/tests/support/mongo.rs"]
#[expect(dead_code, reason = "its faults are the store's concern")]
mod mongo_server;
mod notifications;
mod openapi;
mod openapi_accounts;
mod openapi_answers;
mod operations;
mod pages;
mod pages_account;
mod pages_coin;
mod pages_errors;
mod pages_half_sign_in;
mod pages_money;
mod pages_refused;
mod pages_shared;
mod pages_step_up;
mod pages_trade;
mod pages_trade_review;
mod portfolio;
mod portfolio_import;
mod portfolio_rates;
mod portfolio_undo;
mod portfolio_upload;
#[path = "../../../services/tests/support/proxy.rs"]
#[expect(dead_code, reason = "other faults are the cache's concern")]
mod proxy;
#[path = "../../../services/tests/support/redis.rs"]
#[expect(dead_code, reason = "stalls are the cache's concern")]
mod redis_server;
mod request_target;
mod rest_market;
mod serve;
mod shutdown;
mod site;
mod sms;
#[path = "../../../services/tests/it/notify/smtp_server.rs"]
#[expect(dead_code, reason = "its failures are the notifier's concern")]
mod smtp_server;
mod static_files;
mod support;
mod trading;
mod trading_faults;
mod trading_forwarded;
mod trading_kills;
mod trading_preview;
mod trading_programs;
mod trading_withdrawals;
mod transactions;
#[path = "../../../services/tests/it/notify/twilio_server.rs"]
#[expect(dead_code, reason = "its other failures are the notifier's concern")]
mod twilio_server;
mod two_servers;
mod unsubscribe;
#[path = "../../../services/tests/support/upstream/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "its failures are the feeds' concern"
)]
mod upstream;
mod wallet_addresses;
mod webhooks;
mod ws_account;
mod ws_account_load;
mod ws_frames;
mod ws_limits;
mod ws_protocol;
mod ws_server;
mod ws_stream;
mod ws_support;
