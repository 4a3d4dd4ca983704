//! The books on either engine: SQL Server, or the embedded store. The connection string chooses the engine; both pass
//! the same conformance suite (`tests/tests/conformance/`).

use std::sync::Arc;

use crate::book::{Book, BookId, RequestId};
use crate::comparison::{ChangeMarker, Comparison, ComparisonRequest};
use crate::connection_string::{ConnectionString, EmbeddedLogin, EmbeddedSettings, Target};
use crate::credentials::{Credentials, LoginKind};
use crate::draft::BookDraft;
use crate::embedded::EmbeddedStore;
use crate::error::Error;
use crate::identity::{Identity, LoginState};
use crate::list::{BookPage, ListRequest};
use crate::login_policy::LoginPolicy;
pub use crate::pool_state::PoolState;
use crate::search::BookFilter;
use crate::sql_server::SqlServerStore;

/// The books. Cloning is cheap: clones share the connections.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
    generation: u64,
    login: LoginKind,
    opened_from: Arc<(ConnectionString, LoginPolicy)>,
}

#[derive(Clone, Debug)]
enum Engine {
    Embedded(EmbeddedStore),
    SqlServer(SqlServerStore),
}

impl Store {
    /// Opens the store of a connection string. An embedded store is created if it does not exist. For SQL Server this
    /// does not connect, so a shop can start while its database is unavailable. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with the file's name, [`Error::IntegratedLoginUnsupported`].
    pub fn open(connection_string: &ConnectionString) -> Result<Self, Error> {
        Self::open_with(connection_string, LoginPolicy::default())
    }

    /// Like [`Store::open`], with a login policy.
    ///
    /// # Errors
    /// As [`Store::open`], and [`Error::KerberosRequired`] if the connection string itself violates the policy. A login
    /// that violates it by what the server reports fails the statements.
    pub fn open_with(connection_string: &ConnectionString, policy: LoginPolicy) -> Result<Self, Error> {
        policy.check_target(&connection_string.target)?;
        let engine = match &connection_string.target {
            Target::Embedded(EmbeddedSettings { file, login }) => {
                Engine::Embedded(EmbeddedStore::open(file, &embedded_login(login))?)
            }
            Target::SqlServer(settings) => Engine::SqlServer(SqlServerStore::open(settings.as_ref().clone(), policy)?),
        };
        Ok(Self {
            engine,
            login: LoginKind::of(&connection_string.target),
            opened_from: Arc::new((connection_string.clone(), policy)),
            generation: 1,
        })
    }

    /// The connection string and the login policy that the store was opened with.
    pub fn opened_from(&self) -> (&ConnectionString, LoginPolicy) {
        (&self.opened_from.0, self.opened_from.1)
    }

    /// The number of the store in its [`Switch`](crate::switch::Switch): 1 for the first, plus 1 per switch.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn of_generation(self, generation: u64) -> Self {
        Self { generation, ..self }
    }

    /// The identity of the newest connection, as reported by the database. None until a first connection is open.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        match &self.engine {
            Engine::Embedded(store) => Some(store.identity()),
            Engine::SqlServer(store) => store.identity(),
        }
    }

    /// The identity with the time since when it is used, and the outage if the database is unavailable.
    pub fn login_state(&self) -> LoginState {
        match &self.engine {
            Engine::Embedded(store) => store.login_state(),
            Engine::SqlServer(store) => store.login_state(),
        }
    }

    /// Reads the credentials in use. Sends no request to a KDC.
    pub async fn credentials(&self) -> Credentials {
        Credentials::read(&self.login).await
    }

    /// The state of the connection pool.
    pub fn pool(&self) -> PoolState {
        match &self.engine {
            Engine::Embedded(store) => store.pool(),
            Engine::SqlServer(store) => store.pool(),
        }
    }

    /// Sends a statement without effect, without retries.
    ///
    /// # Errors
    /// Why the database does not answer.
    pub async fn ping(&self) -> Result<(), Error> {
        match &self.engine {
            Engine::Embedded(store) => store.ping().await,
            Engine::SqlServer(store) => store.ping().await,
        }
    }

    /// Opens connections ahead of time, at most as many as the pool allows. The statement that needs a connection
    /// reports an error.
    pub(crate) async fn warm(&self, connections: u32) {
        match &self.engine {
            // All its connections are open.
            Engine::Embedded(_) => {}
            Engine::SqlServer(store) => store.warm(connections).await,
        }
    }

    /// Reads a page of books.
    ///
    /// # Errors
    /// The errors of every statement: [`Error::Unavailable`], [`Error::Busy`], [`Error::TimedOut`],
    /// [`Error::LoginFailed`], [`Error::PermissionDenied`], [`Error::SchemaMissing`], [`Error::Locked`], …
    pub async fn list(&self, request: &ListRequest) -> Result<BookPage, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.list(request.clone()).await,
            Engine::SqlServer(store) => store.list(request).await,
        }
    }

    /// Reads at most `take` books after an id, in the order of ids: a whole list, piece by piece.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn export(&self, filter: &BookFilter, after: BookId, take: u32) -> Result<Vec<Book>, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.export(filter.clone(), after, take).await,
            Engine::SqlServer(store) => store.export(filter, after, take).await,
        }
    }

    /// Deletes all books and inserts the eight sample books, in one transaction.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn reset_demo(&self) -> Result<(), Error> {
        match &self.engine {
            Engine::Embedded(store) => store.reset_demo().await,
            Engine::SqlServer(store) => store.reset_demo().await,
        }
    }

    /// Compares the logins that created the books.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn compare(&self, request: &ComparisonRequest) -> Result<Comparison, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.compare(*request).await,
            Engine::SqlServer(store) => store.compare(request).await,
        }
    }

    /// Reads a marker that differs after a book was inserted, edited or deleted by any client. Sent once, without
    /// retries.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn change_marker(&self) -> Result<ChangeMarker, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.change_marker().await,
            Engine::SqlServer(store) => store.change_marker().await,
        }
    }

    /// Reads one book.
    ///
    /// # Errors
    /// [`Error::NotFound`], and as [`Store::list`].
    pub async fn get(&self, id: BookId) -> Result<Book, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.get(id).await,
            Engine::SqlServer(store) => store.get(id).await,
        }
    }

    /// Inserts a book, once per request id: a repeated request returns the book that the first one inserted.
    ///
    /// # Errors
    /// [`Error::DuplicateRequest`] if the book of the request id differs from the draft, and as [`Store::list`].
    pub async fn create(&self, draft: &BookDraft, request_id: RequestId) -> Result<Book, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.create(draft.clone(), request_id).await,
            Engine::SqlServer(store) => store.create(draft, request_id).await,
        }
    }

    /// Edits a book if it still has this version.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the current book, [`Error::NotFound`], and as [`Store::list`].
    pub async fn edit(&self, id: BookId, draft: &BookDraft, version: i32) -> Result<Book, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.edit(id, draft.clone(), version).await,
            Engine::SqlServer(store) => store.edit(id, draft, version).await,
        }
    }

    /// Deletes a book if it still has this version.
    ///
    /// # Errors
    /// As [`Store::edit`].
    pub async fn delete(&self, id: BookId, version: i32) -> Result<(), Error> {
        match &self.engine {
            Engine::Embedded(store) => store.delete(id, version).await,
            Engine::SqlServer(store) => store.delete(id, version).await,
        }
    }
}

/// The creator of rows in the embedded store, where nobody logs in: the user name of the connection string, or the
/// account of this process.
fn embedded_login(login: &EmbeddedLogin) -> String {
    match login {
        EmbeddedLogin::User(user) => user.clone(),
        EmbeddedLogin::Integrated => bookstore_kerberos::process_account(),
    }
}
