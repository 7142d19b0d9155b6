//! What `/metrics` says about each metric.

use metrics::{describe_counter, describe_gauge, describe_histogram};

const COUNTERS: [(&str, &str); 20] = [
    (
        "cryptovault_http_requests_total",
        "Requests answered, by kind of address and class of status.",
    ),
    (
        "cryptovault_http_connections_refused_total",
        "Connections closed at once, because their address had all it may have.",
    ),
    (
        "cryptovault_rate_limit_unavailable_total",
        "Requests this process counted alone, because the cache could not be used.",
    ),
    (
        "cryptovault_browser_panics_total",
        "Panics of the WebAssembly client that browsers reported.",
    ),
    (
        "cryptovault_sentry_reports_dropped_total",
        "Error reports that were not sent, because too many were waiting.",
    ),
    (
        "cryptovault_websocket_broadcasts_total",
        "Price updates sent to all WebSockets.",
    ),
    (
        "cryptovault_websocket_broadcast_bytes_total",
        "Bytes of price updates handed to WebSockets.",
    ),
    (
        "cryptovault_websocket_disconnects_total",
        "WebSockets that ended, by reason.",
    ),
    (
        "cryptovault_cache_errors_total",
        "Operations that the cache did not do, by operation.",
    ),
    (
        "cryptovault_feed_reconnects_total",
        "Connections to price sources made anew, by source.",
    ),
    (
        "cryptovault_feed_ticks_total",
        "Valid prices taken from the source in use, by source.",
    ),
    (
        "cryptovault_feed_drops_total",
        "Prices that were not used, by source and reason.",
    ),
    (
        "cryptovault_feed_relay_malformed_total",
        "Messages of other processes that could not be read.",
    ),
    (
        "cryptovault_coingecko_requests_total",
        "Requests to CoinGecko, by outcome.",
    ),
    (
        "cryptovault_mail_total",
        "Mails, by outcome; `retried` counts tries that will be made again.",
    ),
    (
        "cryptovault_sms_total",
        "Text messages, by outcome; `retried` counts tries that will be made again.",
    ),
    (
        "cryptovault_alerts_fired_total",
        "Alerts that have come true and were written down.",
    ),
    (
        "cryptovault_deliveries_total",
        "Tries to send a notification, by channel and outcome; `retried` ones will be made again.",
    ),
    (
        "cryptovault_exchange_commits_total",
        "Groups of commands written to the journal, by outcome.",
    ),
    (
        "cryptovault_exchange_entries_total",
        "Entries of the journal that were kept.",
    ),
];

/// Describes every metric to the recorder of this process.
pub(crate) fn describe() {
    for (name, help) in COUNTERS {
        describe_counter!(name, help);
    }
    describe_gauge!(
        "cryptovault_websocket_connections",
        "WebSockets open at the moment."
    );
    describe_gauge!(
        "cryptovault_account_connections",
        "WebSockets of the account channel open at the moment."
    );
    describe_gauge!(
        "cryptovault_audit_kept_end",
        "The audit record whose number and hash DATA_DIR keeps; behind the log's last one the end is not kept any more."
    );
    describe_gauge!(
        "cryptovault_feed_leader",
        "1 where this process holds the connection to the price sources, else 0."
    );
    describe_gauge!(
        "cryptovault_alerts_watched",
        "Alerts this process looks after; 0 where another one does."
    );
    describe_gauge!(
        "cryptovault_deliveries_due",
        "Notifications that are due and no server has taken yet, by lane; the same on every server."
    );
    describe_gauge!(
        "cryptovault_deliveries_oldest_seconds",
        "For how long the first of them has been due, by lane."
    );
    describe_gauge!(
        "cryptovault_exchange_writer",
        "1 where this process writes the exchange's journal, else 0."
    );
    describe_histogram!(
        "cryptovault_exchange_commit_seconds",
        "Time a group of commands takes to be kept by the database."
    );
    describe_histogram!(
        "cryptovault_http_request_seconds",
        "Time from a request's arrival to its answer, by kind of address."
    );
}
