//! The page cache: concurrent requests for one address share one read of the database, one rendering and one
//! compression.
//!
//! A page is read after the last request that it answers has arrived ([`super::single_flight`]), so it is never stale.
//! It belongs to the store of its requests: after a switch no request gets a page of the previous store, whose identity
//! line would be wrong.

use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bookstore_db::error::Error;
use bookstore_db::identity::LoginState;
use bookstore_db::store::Store;
use bookstore_db::unavailable_reason::UnavailableReason;
use metrics::{Counter, counter, describe_counter};
use tokio::sync::Semaphore;

use super::error::HandlerError;
use super::rendered_page::{RenderedPage, RequestConditions};
use super::single_flight::SingleFlight;
use crate::traces::{OpenSpan, TraceContext};

const PAGE_REQUESTS: &str = "http_page_requests_total";
const PAGE_READS: &str = "http_page_reads_total";

static REQUESTS: LazyLock<Counter> = LazyLock::new(|| counter!(PAGE_REQUESTS));
static READS: LazyLock<Counter> = LazyLock::new(|| counter!(PAGE_READS));

/// Sets the help texts of the metrics and both counters to 0. Call it after the recorder is installed.
pub(crate) fn describe_metrics() {
    describe_counter!(PAGE_REQUESTS, "Requests for pages whose reads are shared");
    describe_counter!(PAGE_READS, "Reads of the database that served these requests; fewer, if requests shared reads");
    REQUESTS.absolute(0);
    READS.absolute(0);
}

/// The pages being rendered.
#[derive(Debug)]
pub(crate) struct PageCache {
    flights: SingleFlight<PageKey, SharedRead>,
    /// Shared with all other requests. A page takes one slot while it is rendered, however many requests wait for it.
    request_slots: Arc<Semaphore>,
}

/// A page, by all that it depends on except the data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PageKey {
    store: StoreKey,
    /// Path and query, normalized: two requests for the same page have the same address.
    address: String,
}

/// The result of a read, and its span, which the requests that shared it link to.
#[derive(Clone, Debug)]
struct SharedRead {
    page: Result<Arc<CachedPage>, HandlerError>,
    span: TraceContext,
}

/// What the handler of an address returns: a page, or the address that has it.
#[derive(Debug)]
pub(crate) enum PageOrRedirect {
    Page(Box<RenderedPage>),
    Redirect(String),
}

impl From<RenderedPage> for PageOrRedirect {
    fn from(page: RenderedPage) -> Self {
        Self::Page(Box::new(page))
    }
}

/// A rendered page with the data and the login that it shows.
#[derive(Debug)]
pub(crate) struct CachedPage {
    data: Box<dyn Any + Send + Sync>,
    login: LoginState,
    response: PageOrRedirect,
}

impl CachedPage {
    /// The response to a request with these conditions.
    pub(crate) fn respond(&self, conditions: &RequestConditions) -> Response {
        match &self.response {
            PageOrRedirect::Page(page) => page.respond(conditions),
            PageOrRedirect::Redirect(address) => Redirect::to(address).into_response(),
        }
    }

    /// Whether it shows just this data and this login.
    fn shows<D: PartialEq + 'static>(&self, data: &D, login: &LoginState) -> bool {
        self.data.downcast_ref() == Some(data) && self.login.is_same_state(login)
    }
}

impl PageCache {
    pub(crate) fn new(request_slots: &Arc<Semaphore>) -> Self {
        Self { flights: SingleFlight::default(), request_slots: Arc::clone(request_slots) }
    }

    /// The number of requests that wait for a read that has not started.
    pub(crate) fn waiting(&self) -> usize {
        self.flights.waiting()
    }

    /// Returns the page at a normalized address of the store, read by `read` and rendered by `render` for all requests
    /// that wait. If the page before it shows the same data and login, that page is reused.
    ///
    /// # Errors
    /// Those of `read` and `render`; 503 if all request slots are taken; 500 if one of them panicked.
    pub(crate) async fn get<D, F>(
        &self,
        store: Arc<Store>,
        address: String,
        read: impl FnOnce(Arc<Store>) -> F + Send + 'static,
        render: impl FnOnce(&D, &LoginState) -> Result<PageOrRedirect, HandlerError> + Send + 'static,
    ) -> Result<Arc<CachedPage>, HandlerError>
    where
        D: PartialEq + Send + Sync + 'static,
        F: Future<Output = Result<D, Error>> + Send + 'static,
    {
        REQUESTS.increment(1);
        let request_slots = Arc::clone(&self.request_slots);
        let key = PageKey { store: StoreKey(Arc::clone(&store)), address };
        let work = move |previous: Option<SharedRead>| async move {
            let span = OpenSpan::child("shared read");
            let read_page = span.context().run(async move {
                let _slot = request_slots.try_acquire().map_err(|_| HandlerError::BUSY)?;
                READS.increment(1);
                let data = read(Arc::clone(&store)).await?;
                // After the read, which may have opened the first connection.
                let login = store.login_state();
                match previous.map(|previous| previous.page) {
                    Some(Ok(page)) if page.shows(&data, &login) => Ok(page),
                    _ => Ok(Arc::new(CachedPage { response: render(&data, &login)?, data: Box::new(data), login })),
                }
            });
            let page: Result<_, HandlerError> = read_page.await;
            if let Err(error) = &page {
                span.fail_if_server_error(error.status(), error.reason().map(UnavailableReason::code));
            }
            SharedRead { page, span: span.context() }
        };
        let ended = |_| HandlerError::Request(StatusCode::INTERNAL_SERVER_ERROR);
        let read = self.flights.read(key, work).await.map_err(ended)?;
        read.span.link_from_current();
        read.page
    }
}

/// A store by its identity: two stores of the same connection string are not equal.
#[derive(Clone, Debug)]
struct StoreKey(Arc<Store>);

impl PartialEq for StoreKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for StoreKey {}

impl Hash for StoreKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}
