//! Parts that pages share.

pub mod debug_api_status;
pub mod header;
pub mod icons;
pub mod nav;
pub mod price_stream_status;
pub mod theme;
pub mod ticker;
pub mod toasts;
