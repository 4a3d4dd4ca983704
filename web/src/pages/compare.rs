//! `/compare`: the logins that created books, side by side, for a screen in front of an audience; `?stage` makes it
//! larger and removes all else. The page updates itself while people add books.

#[cfg(test)]
mod tests;
mod time_range;
mod view;

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use bookstore_db::comparison::Comparison;
use bookstore_db::identity::LoginState;
use bookstore_db::store::Store;

use crate::http::error::HandlerError;
use crate::http::page_cache::PageOrRedirect;
use crate::http::rendered_page::{RenderedPage, RequestConditions};
use crate::state::AppState;
use crate::view::layout::{PageContext, Section};
use time_range::TimeRange;
use view::ComparisonView;

#[derive(Template)]
#[template(path = "compare/page.html")]
struct ComparePage {
    context: PageContext,
    range: TimeRange,
    comparison: ComparisonView,
}

impl ComparePage {
    /// The same page with or without the stage.
    fn stage_link(&self) -> String {
        self.range.href(!self.context.is_stage)
    }
}

pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    RawQuery(query): RawQuery,
    conditions: RequestConditions,
) -> Result<Response, HandlerError> {
    let query = query.unwrap_or_default();
    let (range, is_stage) = (TimeRange::parse(&query), time_range::is_stage(&query));
    let read = move |store: Arc<Store>| async move { store.compare(&range.request()).await };
    let render = move |comparison: &Comparison, login: &LoginState| render(comparison, login, range, is_stage);
    Ok(state.pages.get(state.store(), range.href(is_stage), read, render).await?.respond(&conditions))
}

fn render(
    comparison: &Comparison,
    login: &LoginState,
    range: TimeRange,
    is_stage: bool,
) -> Result<PageOrRedirect, HandlerError> {
    let palette = ComparisonView::palette(comparison, login);
    let context = PageContext::with_palette(login, Section::Compare, &palette).on_stage(is_stage);
    let comparison = ComparisonView::of(comparison, &palette);
    Ok(RenderedPage::html(&ComparePage { context, range, comparison })?.into())
}
