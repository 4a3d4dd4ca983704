//! The JSON API under `/api/v1`, its OpenAPI document at `/api/openapi.json`, and that document as a page at `/api`.
//!
//! The API is strict where the pages are lenient: whatever it does not understand it refuses by name.

mod body;
mod books;
mod document;
mod identity;
mod list;
mod preconditions;
mod problem;
mod representation;

use axum::Router;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::AppState;
use crate::layout::Frame;

pub(crate) use problem::Problem;

/// What the document says besides the routes, which tell of themselves.
#[derive(OpenApi)]
#[openapi(info(
    title = "Bookstore",
    description = "Books, as the shop's pages show them. Errors are application/problem+json (RFC 9457). Every answer carries an \
                   x-request-id; send one to find your request in the shop's logs."
))]
struct About;

/// All routes of the API.
pub(crate) fn router() -> Router<AppState> {
    let (routes, openapi) = OpenApiRouter::with_openapi(About::openapi())
        .routes(routes!(books::list, books::create))
        .routes(routes!(books::read, books::replace, books::delete))
        .routes(routes!(identity::read))
        .split_for_parts();
    // Made once: neither can change while the program runs.
    let (json, document) = (document::json(&openapi), document::read(&openapi));
    let page = async move |frame: Frame| document.map(|document| document::page(frame, &document));
    routes.route("/api/openapi.json", get(async move || json)).route("/api", get(page))
}
