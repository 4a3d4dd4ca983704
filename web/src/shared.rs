//! Pages that all who ask for them at once share: read once, rendered once, compressed once.
//!
//! A page belongs to the store that it was read from and says who the shop is to that store's database; after a switch nobody gets
//! one of the old store. It is made after its reader asked for it, so it shows at least what was there when they did:
//! [`bookstore_db::shared_reads`].

mod gzip;
mod page;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use bookstore_db::book::{Book, BookId};
use bookstore_db::comparison::Comparison;
use bookstore_db::error::Error;
use bookstore_db::identity::LoginState;
use bookstore_db::list::BookPage;
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

/// The pages that are being made now, by what they are made of.
#[derive(Clone, Debug)]
pub(crate) struct SharedPages {
    pub(crate) lists: Shared<Arc<BookPage>>,
    pub(crate) books: Shared<Book>,
    pub(crate) comparisons: Shared<Arc<Comparison>>,
}

impl SharedPages {
    /// A page that is being made takes one place of the budget, however many wait for it.
    pub(crate) fn new(budget: &Arc<Semaphore>) -> Self {
        Self { lists: Shared::within(budget), books: Shared::within(budget), comparisons: Shared::within(budget) }
    }
}

/// Pages that are made of `D`.
#[derive(Clone, Debug)]
pub(crate) struct Shared<D> {
    made: SharedReads<(OfStore, Address), Outcome<D>>,
    budget: Arc<Semaphore>,
}

/// What comes of making a page.
type Outcome<D> = Result<Arc<Made<D>>, Failure>;

/// A page, and all that it was made of: what the database said, and who the shop was to it.
#[derive(Debug)]
pub(crate) struct Made<D> {
    data: D,
    login: LoginState,
    page: Page,
}

impl<D> Made<D> {
    /// The page as its reader asked for it.
    pub(crate) fn answer(&self, asked: &Asked) -> Response {
        self.page.answer(asked)
    }
}

impl<D: PartialEq + Send + Sync + 'static> Shared<D> {
    fn within(budget: &Arc<Semaphore>) -> Self {
        Self { made: SharedReads::default(), budget: Arc::clone(budget) }
    }

    /// The page at this address of the store, read by `read` and drawn by `draw` for all who wait. Where one page follows another
    /// and the database says the same again, it is the same page.
    ///
    /// # Errors
    /// Those of `read` and `draw`; 503 if too much runs already; 500 if they panicked.
    pub(crate) async fn get<F>(
        &self,
        store: Arc<Store>,
        address: Address,
        read: impl FnOnce(Arc<Store>) -> F + Send + 'static,
        draw: impl FnOnce(&D, &LoginState) -> Result<Page, Failure> + Send + 'static,
    ) -> Outcome<D>
    where
        F: Future<Output = Result<D, Error>> + Send + 'static,
    {
        let (budget, key) = (Arc::clone(&self.budget), (OfStore(Arc::clone(&store)), address));
        let work = move |before: Option<Outcome<D>>| async move {
            let _place = budget.try_acquire().map_err(|_| Failure::Request(StatusCode::SERVICE_UNAVAILABLE))?;
            let data = read(Arc::clone(&store)).await?;
            // Asked for after the read, which may have made the first connection.
            let login = store.login_state();
            match before {
                Some(Ok(made)) if made.data == data && made.login.says_the_same(&login) => Ok(made),
                _ => Ok(Arc::new(Made { page: draw(&data, &login)?, data, login })),
            }
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
