//! The running application: what every handler can reach, the listeners, and their life from bind to drain.

use bookstore_db::store::Store;

/// What every handler can reach.
#[derive(Clone, Debug)]
pub struct AppState {
    /// The books.
    pub store: Store,
}
