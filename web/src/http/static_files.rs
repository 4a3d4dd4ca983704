//! Static files: style, script and icon. They are part of the executable and served under names that contain a hash of
//! their content, so browsers may keep them for ever.

use std::fmt;
use std::hash::Hasher;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use fnv::FnvHasher;

use super::error::HandlerError;

/// A static file. Its `Display` is its path.
pub(crate) struct StaticFile {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    content: &'static str,
    file_name: LazyLock<String>,
}

macro_rules! static_file {
    ($stem:literal, $extension:literal, $content_type:literal) => {{
        const CONTENT: &str = include_str!(concat!("../../static/", $stem, ".", $extension));
        StaticFile {
            stem: $stem,
            extension: $extension,
            content_type: $content_type,
            content: CONTENT,
            file_name: LazyLock::new(|| format!(concat!($stem, "-{:016x}.", $extension), content_hash(CONTENT))),
        }
    }};
}

/// The style of every page.
pub(crate) static STYLE: StaticFile = static_file!("style", "css", "text/css; charset=utf-8");
/// The style of the list, a book and its forms, beside [`STYLE`].
pub(crate) static BOOKS_STYLE: StaticFile = static_file!("books", "css", "text/css; charset=utf-8");
/// The style of the comparison, beside [`STYLE`].
pub(crate) static COMPARE_STYLE: StaticFile = static_file!("compare", "css", "text/css; charset=utf-8");
/// The style of the front page, beside [`STYLE`].
pub(crate) static HOME_STYLE: StaticFile = static_file!("home", "css", "text/css; charset=utf-8");
/// The style of the API's page, beside [`STYLE`].
pub(crate) static API_STYLE: StaticFile = static_file!("api", "css", "text/css; charset=utf-8");
/// The style of the doctor's report, beside [`STYLE`].
pub(crate) static DIAGNOSTICS_STYLE: StaticFile = static_file!("diagnostics", "css", "text/css; charset=utf-8");
/// The text of both styles, for a page without links.
pub(crate) const STYLE_TEXT: &str =
    concat!(include_str!("../../static/style.css"), include_str!("../../static/diagnostics.css"));
/// The script of every page, which works without it.
pub(crate) static SCRIPT: StaticFile = static_file!("app", "js", "text/javascript; charset=utf-8");
/// The script that keeps open pages up to date.
pub(crate) static LIVE_SCRIPT: StaticFile = static_file!("live", "js", "text/javascript; charset=utf-8");
/// The shop's icon.
pub(crate) static ICON: StaticFile = static_file!("favicon", "svg", "image/svg+xml");

static ALL: [&StaticFile; 9] =
    [&STYLE, &BOOKS_STYLE, &COMPARE_STYLE, &HOME_STYLE, &API_STYLE, &DIAGNOSTICS_STYLE, &SCRIPT, &LIVE_SCRIPT, &ICON];

fn content_hash(content: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(content.as_bytes());
    hasher.finish()
}

impl StaticFile {
    /// Whether the name is that of some version of this file.
    fn is_version(&self, name: &str) -> bool {
        let hash = name.strip_prefix(self.stem).and_then(|rest| rest.strip_prefix('-'));
        hash.and_then(|rest| rest.strip_suffix(self.extension)).is_some_and(|rest| rest.ends_with('.'))
    }
}

impl fmt::Display for StaticFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/static/{}", *self.file_name)
    }
}

/// Serves a file. During a rollout, a page of one replica may request another version from a second replica. That one
/// responds with its own version, which is better than none and must not be kept.
pub(crate) async fn serve(Path(name): Path<String>) -> Result<Response, HandlerError> {
    let file = ALL.into_iter().find(|file| file.is_version(&name)).ok_or(HandlerError::NOT_FOUND)?;
    let caching = if *file.file_name == name { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(([(CONTENT_TYPE, file.content_type), (CACHE_CONTROL, caching)], file.content).into_response())
}

/// `/favicon.ico`, which browsers request for pages without a link to an icon.
pub(crate) async fn favicon() -> Response {
    ([(CONTENT_TYPE, "image/x-icon"), (CACHE_CONTROL, "public, max-age=86400")], FAVICON).into_response()
}

const FAVICON: &[u8] = include_bytes!("../../static/favicon.ico");

/// `/robots.txt`: crawlers need no forms, and streams never end.
pub(crate) async fn robots() -> Response {
    const ROBOTS: &str =
        "User-agent: *\nDisallow: /books/new\nDisallow: /books/*/edit\nDisallow: /books/*/delete\nDisallow: /events\n";
    ([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "public, max-age=86400")], ROBOTS).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_stay_within_their_size_limits() {
        for file in ALL {
            assert!(file.content.len() < 20_000, "{} has {} bytes", file.stem, file.content.len());
        }
    }

    #[test]
    fn style_loads_nothing_from_other_hosts() {
        for file in ALL {
            assert!(!file.content.contains("url(") && !file.content.contains("@import"), "{}", file.stem);
        }
    }

    #[tokio::test]
    async fn current_version_is_cached_and_another_version_is_not() {
        let caching =
            async |name: String| serve(Path(name)).await.map(|response| response.headers()[CACHE_CONTROL].clone()).ok();
        assert_eq!(caching(STYLE.file_name.clone()).await.unwrap(), "public, max-age=31536000, immutable");
        assert_eq!(caching("style-0123456789abcdef.css".into()).await.unwrap(), "no-store");
        assert_eq!(caching("style.css".into()).await, None);
        assert_eq!(caching("../main.rs".into()).await, None);
    }
}
