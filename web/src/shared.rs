//! Pages that all who ask for them at once share: read once, rendered once, compressed once.
//!
//! A page belongs to the store that it was read from and says who the shop is to that store's database; after a switch nobody gets
//! one of the old store. It is made after its reader asked for it, so it shows at least what was there when they did:
//! [`bookstore_db::shared_reads`].

mod encoding;
mod page;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use axum::http::StatusCode;
use bookstore_db::book::BookId;
use bookstore_db::shared_reads::SharedReads;
use bookstore_db::store::Store;
use tokio::sync::Semaphore;

use crate::books::{ListQuery, Saved};
use crate::compare::Range;
use crate::error::Failure;

pub(crate) use page::{Asked, Page};

/// A page, by all that it depends on beside the data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Address {
    Home,
    List(ListQuery, Option<Saved>),
    Book(BookId, Option<Saved>),
    Compare(Range),
}

/// The pages that are being made now.
#[derive(Clone, Debug)]
pub(crate) struct SharedPages {
    made: SharedReads<(OfStore, Address), Result<Arc<Page>, Failure>>,
    /// A page that is being made takes one place, however many wait for it.
    budget: Arc<Semaphore>,
}

impl SharedPages {
    pub(crate) fn new(budget: Arc<Semaphore>) -> Self {
        Self { made: SharedReads::default(), budget }
    }

    /// The page at this address of the store, as `make` makes it for all who wait.
    ///
    /// # Errors
    /// `make`'s own; 503 if too much runs already; 500 if it panicked.
    pub(crate) async fn get<F>(
        &self,
        store: Arc<Store>,
        address: Address,
        make: impl FnOnce(Arc<Store>) -> F + Send + 'static,
    ) -> Result<Arc<Page>, Failure>
    where
        F: Future<Output = Result<Page, Failure>> + Send + 'static,
    {
        let (budget, key) = (Arc::clone(&self.budget), (OfStore(Arc::clone(&store)), address));
        let work = async move || {
            let _place = budget.try_acquire().map_err(|_| Failure::Request(StatusCode::SERVICE_UNAVAILABLE))?;
            make(store).await.map(Arc::new)
        };
        let made = self.made.read(key, work).await;
        made.unwrap_or_else(|_| Err(Failure::Request(StatusCode::INTERNAL_SERVER_ERROR)))
    }
}

/// The very store that a page is read from, not one like it.
#[derive(Clone, Debug)]
struct OfStore(Arc<Store>);

impl PartialEq for OfStore {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for OfStore {}

impl Hash for OfStore {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}
