//! Logins side by side, for a screen in front of an audience: how many rows each made, when, and its newest ones. The page
//! updates itself while people add books.

mod chart;
mod clock;
mod live;
mod range;
#[cfg(test)]
mod tests;
mod view;

use std::convert::Infallible;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bookstore_db::comparison::Comparison;
use bookstore_db::identity::LoginState;
use bookstore_db::store::Store;
use futures_util::{Stream, StreamExt};

use crate::app::AppState;
use crate::error::Failure;
use crate::layout::{Frame, Section};
use crate::shared::{Address, Asked, Page};
use view::ComparisonView;

pub(crate) use live::Live;
pub(crate) use range::Range;

pub(crate) fn shared() -> Router<AppState> {
    Router::new().route("/compare", get(page))
}

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/compare/events", get(events))
}

#[derive(Template)]
#[template(path = "compare/page.html")]
struct ComparePage {
    frame: Frame,
    range: Range,
    comparison: ComparisonView,
}

async fn page(State(state): State<AppState>, RawQuery(query): RawQuery, asked: Asked) -> Result<Response, Failure> {
    let range = Range::parse(&query.unwrap_or_default());
    let read = move |store: Arc<Store>| async move { store.compare(&range.request()).await };
    let draw = move |comparison: &Arc<Comparison>, login: &LoginState| {
        let frame = Frame::known(login, Section::Compare);
        Page::render(&ComparePage { frame, range, comparison: ComparisonView::of(comparison) })
    };
    Ok(state.pages.comparisons.get(state.store(), Address::Compare(range), read, draw).await?.answer(&asked))
}

/// The page's changing parts, whenever they have changed, until the reader goes away or the shop ends. It takes no place among the
/// requests that run: the answer's head is sent at once, and what follows has a budget of its own.
async fn events(State(state): State<AppState>, RawQuery(query): RawQuery) -> Response {
    let range = Range::parse(&query.unwrap_or_default());
    match state.live.listen(&state, range) {
        Some(updates) => {
            // Asks proxies not to hold events back; nginx listens to it.
            let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
            (unbuffered, Sse::new(messages(updates)).keep_alive(KeepAlive::default())).into_response()
        }
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn messages(updates: impl Stream<Item = live::Update>) -> impl Stream<Item = Result<Event, Infallible>> {
    updates.map(|html| Ok(Event::default().data(&*html)))
}
