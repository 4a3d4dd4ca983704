//! What a store can do, over the two engines. The connection string alone chooses the engine; both pass the same conformance
//! suite (`tests/tests/conformance/`).

use std::sync::Arc;

use crate::book::{Book, BookId, RequestId};
use crate::comparison::{Changes, Comparison, ComparisonRequest};
use crate::connection_string::{ConnectionString, EmbeddedLogin, EmbeddedSettings, Target};
use crate::credentials::{Credentials, LoginKind};
use crate::draft::BookDraft;
use crate::embedded::EmbeddedStore;
use crate::error::Error;
use crate::identity::{Identity, LoginState};
use crate::list::{BookPage, CreatorCount, ListRequest};
use crate::login_policy::LoginPolicy;
use crate::shared_reads::{BrokeDown, SharedReads};
use crate::sql_server::SqlServerStore;

/// The connections that a store holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Open connections.
    pub size: u32,
    /// Of these, the ones that nobody uses.
    pub idle: u32,
    /// Requests that wait for one.
    pub waiting: u32,
    /// The most connections that are opened.
    pub max: u32,
}

impl PoolState {
    /// Connections that are in use.
    pub fn busy(&self) -> u32 {
        self.size.saturating_sub(self.idle)
    }
}

/// The books, wherever they are. Whoever reads the same at the same time shares the statement: see [`crate::shared_reads`]. The reads
/// under way belong to the store, so nobody joins those of a store that was replaced.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
    generation: u64,
    lists: SharedReads<ListRequest, Result<Arc<BookPage>, Error>>,
    creators: SharedReads<(), Result<Vec<CreatorCount>, Error>>,
    books: SharedReads<BookId, Result<Book, Error>>,
    comparisons: SharedReads<ComparisonRequest, Result<Arc<Comparison>, Error>>,
    login: LoginKind,
    opened_from: Arc<(ConnectionString, LoginPolicy)>,
}

#[derive(Clone, Debug)]
enum Engine {
    Embedded(EmbeddedStore),
    SqlServer(SqlServerStore),
}

impl Store {
    /// Opens the store that the connection string names. The embedded one is made if it is missing; SQL Server is not asked
    /// before it is needed, so a shop can start while its database is away. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with the file's name, [`Error::LoginModeMissing`].
    pub fn open(connection_string: &ConnectionString) -> Result<Self, Error> {
        Self::open_with(connection_string, LoginPolicy::default())
    }

    /// Like [`Store::open`], for logins that the policy allows.
    ///
    /// # Errors
    /// As [`Store::open`], and [`Error::KerberosRequired`] if the connection string itself asks for what is not allowed. What only
    /// the server can tell fails the statements.
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
            lists: SharedReads::default(),
            creators: SharedReads::default(),
            books: SharedReads::default(),
            comparisons: SharedReads::default(),
        })
    }

    /// The connection string that it was opened from, and which logins are good enough.
    pub fn opened_from(&self) -> (&ConnectionString, LoginPolicy) {
        (&self.opened_from.0, self.opened_from.1)
    }

    /// Which store of its [`Switch`](crate::switch::Switch) it is, counted from 1: what was read from one is not true of the next.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn of_generation(self, generation: u64) -> Self {
        Self { generation, ..self }
    }

    /// Who the application is to the database, as the newest connection was told. None until a first connection was made.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        match &self.engine {
            Engine::Embedded(store) => Some(store.identity()),
            Engine::SqlServer(store) => store.identity(),
        }
    }

    /// The same with what is known beside it: since when, and whether the database can be had now.
    pub fn login_state(&self) -> LoginState {
        match &self.engine {
            Engine::Embedded(store) => store.login_state(),
            Engine::SqlServer(store) => store.login_state(),
        }
    }

    /// With what the application proves itself, as it is now. Asks no KDC.
    pub async fn credentials(&self) -> Credentials {
        Credentials::read(&self.login).await
    }

    /// The connections open now.
    pub fn pool(&self) -> PoolState {
        match &self.engine {
            Engine::Embedded(store) => store.pool(),
            Engine::SqlServer(store) => store.pool(),
        }
    }

    /// Asks the database for a sign of life, once, without retries.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn ping(&self) -> Result<(), Error> {
        match &self.engine {
            Engine::Embedded(store) => store.ping().await,
            Engine::SqlServer(store) => store.ping().await,
        }
    }

    /// Has so many connections open, as far as the pool goes, before it is asked for them. What cannot be made is left to be noticed
    /// by the statement that needs it.
    pub(crate) async fn warm(&self, connections: u32) {
        match &self.engine {
            // Its connections are open from the start.
            Engine::Embedded(_) => {}
            Engine::SqlServer(store) => store.warm(connections).await,
        }
    }

    /// A page of books, shared by all who asked for it while the one before was read.
    ///
    /// # Errors
    /// As of every statement: [`Error::Unavailable`], [`Error::Busy`], [`Error::TimedOut`], [`Error::LoginFailed`],
    /// [`Error::Refused`], [`Error::SchemaMissing`], [`Error::Database`].
    pub async fn list(&self, request: &ListRequest) -> Result<Arc<BookPage>, Error> {
        let (engine, asked) = (self.engine.clone(), request.clone());
        self.lists
            .read(request.clone(), |_| async move { engine.list(asked).await.map(Arc::new) })
            .await
            .unwrap_or_else(broke_down)
    }

    /// How many rows each login made, most first.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn creators(&self) -> Result<Vec<CreatorCount>, Error> {
        let engine = self.engine.clone();
        self.creators.read((), |_| async move { engine.creators().await }).await.unwrap_or_else(broke_down)
    }

    /// Logins side by side.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn compare(&self, request: &ComparisonRequest) -> Result<Arc<Comparison>, Error> {
        let (engine, asked) = (self.engine.clone(), *request);
        self.comparisons
            .read(asked, move |_| async move { engine.compare(asked).await.map(Arc::new) })
            .await
            .unwrap_or_else(broke_down)
    }

    /// A cheap sign that differs once a row was added, changed or deleted, by whomever. Asked once, without retries.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn changes(&self) -> Result<Changes, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.changes().await,
            Engine::SqlServer(store) => store.changes().await,
        }
    }

    /// One book.
    ///
    /// # Errors
    /// [`Error::NotFound`], and as [`Store::list`].
    pub async fn get(&self, id: BookId) -> Result<Book, Error> {
        let engine = self.engine.clone();
        self.books.read(id, move |_| async move { engine.get(id).await }).await.unwrap_or_else(broke_down)
    }

    /// Makes a book, once for each request id: a repeated request answers the book that the first one made.
    ///
    /// # Errors
    /// [`Error::DuplicateRequest`] if the request id made a book that says something else now, and as [`Store::list`].
    pub async fn create(&self, draft: &BookDraft, request_id: RequestId) -> Result<Book, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.create(draft.clone(), request_id).await,
            Engine::SqlServer(store) => store.create(draft, request_id).await,
        }
    }

    /// Changes a book that still is at `version`.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the book as it is now, [`Error::NotFound`], and as [`Store::list`].
    pub async fn edit(&self, id: BookId, draft: &BookDraft, version: i32) -> Result<Book, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.edit(id, draft.clone(), version).await,
            Engine::SqlServer(store) => store.edit(id, draft, version).await,
        }
    }

    /// Deletes a book that still is at `version`.
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

impl Engine {
    async fn list(&self, request: ListRequest) -> Result<BookPage, Error> {
        match self {
            Self::Embedded(store) => store.list(request).await,
            Self::SqlServer(store) => store.list(&request).await,
        }
    }

    async fn creators(&self) -> Result<Vec<CreatorCount>, Error> {
        match self {
            Self::Embedded(store) => store.creators().await,
            Self::SqlServer(store) => store.creators().await,
        }
    }

    async fn compare(&self, request: ComparisonRequest) -> Result<Comparison, Error> {
        match self {
            Self::Embedded(store) => store.compare(request).await,
            Self::SqlServer(store) => store.compare(&request).await,
        }
    }

    async fn get(&self, id: BookId) -> Result<Book, Error> {
        match self {
            Self::Embedded(store) => store.get(id).await,
            Self::SqlServer(store) => store.get(id).await,
        }
    }
}

/// The panic is in the log.
fn broke_down<T>(error: BrokeDown) -> Result<T, Error> {
    Err(Error::Database(error.to_string()))
}

/// On the embedded store nobody logs in: rows carry the name that the string gives, or the account of this process.
fn embedded_login(login: &EmbeddedLogin) -> String {
    match login {
        EmbeddedLogin::User(user) => user.clone(),
        EmbeddedLogin::Integrated => process_account(),
    }
}

pub(crate) fn process_account() -> String {
    let user = whoami::username().unwrap_or_else(|_| "unknown".to_owned());
    // Windows sets it for every logon; elsewhere an account has no domain.
    match std::env::var("USERDOMAIN") {
        Ok(domain) if cfg!(windows) => format!("{domain}\\{user}"),
        _ => user,
    }
}
