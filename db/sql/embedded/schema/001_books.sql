-- The embedded store; times are UTC. src/embedded/functions.rs defines suser_sname(), fold() and the collation caseless.
CREATE TABLE IF NOT EXISTS Books (
    Id INTEGER PRIMARY KEY AUTOINCREMENT,
    Title TEXT NOT NULL COLLATE caseless CHECK (Title <> ''),
    AuthorFirstName TEXT NOT NULL COLLATE caseless CHECK (AuthorFirstName <> ''),
    AuthorLastName TEXT NOT NULL COLLATE caseless CHECK (AuthorLastName <> ''),
    AvgCustomerReviews INTEGER NOT NULL CHECK (AvgCustomerReviews >= 0),
    Price INTEGER NOT NULL CHECK (Price BETWEEN 0 AND 999999999), -- cents
    BookLanguage TEXT NOT NULL COLLATE caseless CHECK (BookLanguage <> ''),
    Publisher TEXT NOT NULL COLLATE caseless CHECK (Publisher <> ''),
    CreatedBy TEXT NOT NULL COLLATE caseless DEFAULT (suser_sname()),
    CreatedOn TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    Version INTEGER NOT NULL DEFAULT 1,
    RequestId TEXT NOT NULL UNIQUE
) STRICT;

CREATE INDEX IF NOT EXISTS IX_Books_Title ON Books (Title);
CREATE INDEX IF NOT EXISTS IX_Books_AuthorFirstName ON Books (AuthorFirstName);
CREATE INDEX IF NOT EXISTS IX_Books_AuthorLastName ON Books (AuthorLastName);
CREATE INDEX IF NOT EXISTS IX_Books_AvgCustomerReviews ON Books (AvgCustomerReviews);
CREATE INDEX IF NOT EXISTS IX_Books_Price ON Books (Price);
CREATE INDEX IF NOT EXISTS IX_Books_BookLanguage ON Books (BookLanguage);
CREATE INDEX IF NOT EXISTS IX_Books_Publisher ON Books (Publisher);
CREATE INDEX IF NOT EXISTS IX_Books_CreatedBy ON Books (CreatedBy);
CREATE INDEX IF NOT EXISTS IX_Books_Creator ON Books (CreatedBy, CreatedOn); -- the first and the last row per creator
CREATE INDEX IF NOT EXISTS IX_Books_CreatedOn ON Books (CreatedOn);
CREATE INDEX IF NOT EXISTS IX_Books_Version ON Books (Version); -- the change marker

-- Row counts per creator, kept by triggers: listing 100,000 books takes as long as listing 8.
CREATE TABLE IF NOT EXISTS Creators (
    CreatedBy TEXT NOT NULL PRIMARY KEY COLLATE caseless,
    Books INTEGER NOT NULL,
    FirstOn TEXT NOT NULL,
    LastOn TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER IF NOT EXISTS TR_Books_Insert AFTER INSERT ON Books BEGIN
    INSERT INTO Creators VALUES (new.CreatedBy, 1, new.CreatedOn, new.CreatedOn)
    ON CONFLICT DO UPDATE SET
        Books = Books + 1, FirstOn = min(FirstOn, new.CreatedOn), LastOn = max(LastOn, new.CreatedOn);
END;

CREATE TRIGGER IF NOT EXISTS TR_Books_Delete AFTER DELETE ON Books BEGIN
    DELETE FROM Creators WHERE CreatedBy = old.CreatedBy AND Books = 1;
    UPDATE Creators SET
        Books = Books - 1,
        FirstOn = (SELECT min(CreatedOn) FROM Books WHERE CreatedBy = old.CreatedBy),
        LastOn = (SELECT max(CreatedOn) FROM Books WHERE CreatedBy = old.CreatedBy)
    WHERE CreatedBy = old.CreatedBy;
END;

-- As on SQL Server, the application cannot change who inserted a row or when.
CREATE TRIGGER IF NOT EXISTS TR_Books_Created BEFORE UPDATE OF CreatedBy, CreatedOn ON Books BEGIN
    SELECT RAISE(ABORT, 'CreatedBy and CreatedOn cannot be changed');
END;
