//! What a store can do, over the two engines. The connection string alone chooses the engine; both pass the same conformance
//! suite (`tests/tests/conformance.rs`).

use std::path::Path;
use std::sync::Arc;

use crate::book::{Book, BookId, RequestId};
use crate::draft::BookDraft;
use crate::embedded::EmbeddedStore;
use crate::error::Error;
use crate::identity::Identity;
use crate::list::{BookPage, CreatorCount, ListRequest};

/// The connections that a store holds now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Open connections.
    pub size: u32,
    /// Of these, the ones that nobody uses.
    pub idle: u32,
}

/// The books, wherever they are.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    Embedded(EmbeddedStore),
}

impl Store {
    /// Opens the embedded store at `file`; its rows are recorded under `login`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with the file's name.
    pub fn open_embedded(file: &Path, login: &str) -> Result<Self, Error> {
        Ok(Self { engine: Engine::Embedded(EmbeddedStore::open(file, login)?) })
    }

    /// Who the application is to the database, as the newest connection was told. None until a first connection was made.
    pub fn identity(&self) -> Option<Arc<Identity>> {
        match &self.engine {
            Engine::Embedded(store) => Some(store.identity()),
        }
    }

    /// The connections open now.
    pub fn pool(&self) -> PoolState {
        match &self.engine {
            Engine::Embedded(store) => store.pool(),
        }
    }

    /// Asks the database for a sign of life, once, without retries.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn ping(&self) -> Result<(), Error> {
        match &self.engine {
            Engine::Embedded(store) => store.ping().await,
        }
    }

    /// A page of books.
    ///
    /// # Errors
    /// As of every statement: [`Error::Unavailable`], [`Error::Busy`], [`Error::TimedOut`], [`Error::LoginFailed`],
    /// [`Error::Refused`], [`Error::SchemaMissing`], [`Error::Database`].
    pub async fn list(&self, request: &ListRequest) -> Result<BookPage, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.list(request.clone()).await,
        }
    }

    /// How many rows each login made, most first.
    ///
    /// # Errors
    /// As [`Store::list`].
    pub async fn creators(&self) -> Result<Vec<CreatorCount>, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.creators().await,
        }
    }

    /// One book.
    ///
    /// # Errors
    /// [`Error::NotFound`], and as [`Store::list`].
    pub async fn get(&self, id: BookId) -> Result<Book, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.get(id).await,
        }
    }

    /// Makes a book, once for each request id: a repeated request answers the book that the first one made.
    ///
    /// # Errors
    /// [`Error::DuplicateRequest`] if the request id made a book that says something else now, and as [`Store::list`].
    pub async fn create(&self, draft: &BookDraft, request_id: RequestId) -> Result<Book, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.create(draft.clone(), request_id).await,
        }
    }

    /// Changes a book that still is at `version`.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the book as it is now, [`Error::NotFound`], and as [`Store::list`].
    pub async fn edit(&self, id: BookId, draft: &BookDraft, version: i32) -> Result<Book, Error> {
        match &self.engine {
            Engine::Embedded(store) => store.edit(id, draft.clone(), version).await,
        }
    }

    /// Deletes a book that still is at `version`.
    ///
    /// # Errors
    /// As [`Store::edit`].
    pub async fn delete(&self, id: BookId, version: i32) -> Result<(), Error> {
        match &self.engine {
            Engine::Embedded(store) => store.delete(id, version).await,
        }
    }

    /// Lets running statements end and closes all connections.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Embedded(_) => {}
        }
    }
}
