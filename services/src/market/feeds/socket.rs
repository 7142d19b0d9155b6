//! A venue's WebSocket, reduced to what the adapters need.

use super::FeedError;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, Utf8Bytes, protocol::WebSocketConfig},
};

/// Largest message accepted. Binance's whole-market array is the largest known, at most 0.5 MiB.
const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// An open WebSocket. Answers pings while it is read.
#[derive(Debug)]
pub(super) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects to `url`, which may hold a key: it appears in no error.
    pub(super) async fn open(url: &str) -> Result<Self, FeedError> {
        crate::tls::install();
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        let disable_nagle = true;
        let connect = connect_async_with_config(url, Some(limits), disable_nagle);
        // Boxed: the handshake's future is large and lives only for a moment.
        let (socket, _response) = Box::pin(connect).await?;
        Ok(Self(socket))
    }

    /// Sends a text message.
    pub(super) async fn send(&mut self, text: String) -> Result<(), FeedError> {
        Ok(self.0.send(Message::text(text)).await?)
    }

    /// The next text message, or `None` for a binary one, which no venue of ours sends.
    pub(super) async fn next(&mut self) -> Result<Option<Utf8Bytes>, FeedError> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(Some(text)),
                Some(Ok(Message::Binary(_))) => return Ok(None),
                // Pings are answered by tungstenite on the next read.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(frame))) => {
                    return Err(FeedError::Closed(frame.map(|frame| frame.code.into())));
                }
                Some(Err(error)) => return Err(error.into()),
                None => return Err(FeedError::Closed(None)),
            }
        }
    }
}
