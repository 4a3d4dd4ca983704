//! Style, script and icon: part of the program, served under names that change with their content and so cached for ever.

use std::fmt;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::AppState;
use crate::error::Failure;
use crate::hash::fnv1a;

/// A file that is part of the program. Its `Display` is the path it is served under.
pub(crate) struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    hash: u64,
}

impl Asset {
    const fn new(
        stem: &'static str,
        extension: &'static str,
        content_type: &'static str,
        bytes: &'static [u8],
    ) -> Self {
        Self { stem, extension, content_type, bytes, hash: fnv1a(bytes) }
    }

    fn file_name(&self) -> String {
        format!("{}-{:016x}.{}", self.stem, self.hash, self.extension)
    }

    fn is_version_of(&self, name: &str) -> bool {
        let hash = name.strip_prefix(self.stem).and_then(|rest| rest.strip_prefix('-'));
        hash.and_then(|rest| rest.strip_suffix(self.extension)).is_some_and(|rest| rest.ends_with('.'))
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/static/{}", self.file_name())
    }
}

/// The style of every page.
pub(crate) static STYLE: Asset =
    Asset::new("style", "css", "text/css; charset=utf-8", include_bytes!("../static/style.css"));
/// What the doctor's page needs beside it.
pub(crate) static DIAGNOSTICS_STYLE: Asset =
    Asset::new("diagnostics", "css", "text/css; charset=utf-8", include_bytes!("../static/diagnostics.css"));
/// Both, for a page that brings them along.
pub(crate) const STYLE_TEXT: &str =
    concat!(include_str!("../static/style.css"), include_str!("../static/diagnostics.css"));
/// What pages do better with JavaScript.
pub(crate) static SCRIPT: Asset =
    Asset::new("app", "js", "text/javascript; charset=utf-8", include_bytes!("../static/app.js"));
/// The shop's icon.
pub(crate) static ICON: Asset = Asset::new("favicon", "svg", "image/svg+xml", include_bytes!("../static/favicon.svg"));

static ALL: [&Asset; 4] = [&STYLE, &DIAGNOSTICS_STYLE, &SCRIPT, &ICON];

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/static/{file}", get(serve))
}

/// While a new release rolls out, a page of one replica may ask another for a version that it does not have: it answers with
/// its own, which is better than none, and which nobody is to keep.
async fn serve(Path(name): Path<String>) -> Result<Response, Failure> {
    let asset = ALL.into_iter().find(|asset| asset.is_version_of(&name)).ok_or(Failure::NOT_FOUND)?;
    let caching = if asset.file_name() == name { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(([(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, caching)], asset.bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_keep_their_size_limits() {
        assert!(STYLE.bytes.len() < 20_000, "style.css has {} bytes", STYLE.bytes.len());
        assert!(SCRIPT.bytes.len() < 10_000, "app.js has {} bytes", SCRIPT.bytes.len());
    }

    #[test]
    fn the_style_loads_nothing_from_elsewhere() {
        assert!(!STYLE_TEXT.contains("url(") && !STYLE_TEXT.contains("@import"));
    }

    #[tokio::test]
    async fn the_current_version_is_kept_for_ever_and_another_is_not_kept() {
        let caching =
            async |name: String| serve(Path(name)).await.map(|response| response.headers()[CACHE_CONTROL].clone()).ok();
        assert_eq!(caching(STYLE.file_name()).await.unwrap(), "public, max-age=31536000, immutable");
        assert_eq!(caching("style-0123456789abcdef.css".into()).await.unwrap(), "no-store");
        assert_eq!(caching("style.css".into()).await, None);
        assert_eq!(caching("../main.rs".into()).await, None);
    }
}
