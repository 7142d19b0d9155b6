//! Parts that pages share.

pub mod chart;
pub mod coin_icon;
pub mod data_table;
pub mod debug_api_status;
pub mod header;
pub mod icons;
pub mod nav;
pub mod notice;
pub(crate) mod panel;
pub mod price_cell;
pub mod price_origin;
pub mod price_stream_status;
pub mod route_focus;
pub mod skeleton;
pub mod sparkline;
pub mod theme;
pub mod ticker;
pub mod toasts;
pub mod user_menu;
