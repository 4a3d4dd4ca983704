//! What handlers share of HTTP: the page cache, errors and their responses, static files, middleware.

pub(crate) mod allowed_hosts;
pub(crate) mod current_request;
pub(crate) mod error;
pub(crate) mod error_text;
mod gzip;
pub(crate) mod media_type;
pub(crate) mod middleware;
pub(crate) mod page_cache;
pub(crate) mod rendered_page;
pub(crate) mod request_body;
mod single_flight;
pub(crate) mod static_files;
pub(crate) mod write_slots;
