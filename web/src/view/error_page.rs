//! The page of an error response.

use askama::Template;
use axum::http::response::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::Response;

use super::layout::{PageContext, Section};
use crate::http::current_request::CurrentRequest;
use crate::http::error::ErrorCause;
use crate::http::error_text::ErrorText;
use crate::http::rendered_page::html;
use crate::state::AppState;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    context: PageContext,
    status: StatusCode,
    text: ErrorText,
    /// The address to try again.
    try_again: Option<String>,
    /// Whether the page reloads automatically when the database is available again. A form does not: it would lose what
    /// was typed.
    returns: bool,
}

/// The address for a link that repeats the request. A form is sent to the address that shows it.
fn try_again(uri: &Uri) -> Option<String> {
    let address = uri.path_and_query()?.as_str();
    // A browser takes the rest of such an address for the name of another host.
    let is_local = address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/\\");
    is_local.then(|| address.to_owned())
}

/// The page of a response without a body. Its text is the one that the handler attached, or that of the status.
pub(crate) fn error_page(state: &AppState, request: &CurrentRequest, response: &Parts) -> Response {
    let text = response.extensions.get().copied().unwrap_or_else(|| ErrorText::of(response.status));
    let reason = response.extensions.get::<ErrorCause>().and_then(|cause| cause.reason);
    let mut context = PageContext::new(&state.store().login_state(), Section::Other);
    if let Some(reason) = reason {
        context.identity = context.identity.with_reason(reason);
    }
    let returns = reason.is_some() && matches!(request.method, "GET" | "HEAD");
    let page = ErrorPage { context, status: response.status, text, try_again: try_again(&request.uri), returns };
    html(response.status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_request_to_this_shop_can_be_repeated_by_a_link() {
        let address = |uri: &'static str| try_again(&Uri::from_static(uri));
        assert_eq!(address("/books?q=a%26b&page=2").as_deref(), Some("/books?q=a%26b&page=2"));
        assert_eq!(address("http://shop.example/books").as_deref(), Some("/books"));
        assert_eq!(address("//other.example/"), None);
        assert_eq!(address("http://shop.example//other.example"), None);
    }
}
