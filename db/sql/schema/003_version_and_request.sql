-- Version: the edit or delete of a row names the version that the user saw.
-- RequestId: a form that is sent twice makes one row. NEWID() gives each old row its own.
ALTER TABLE dbo.Books ADD
    Version INT NOT NULL CONSTRAINT DF_Books_Version DEFAULT 1,
    RequestId UNIQUEIDENTIFIER NOT NULL CONSTRAINT DF_Books_RequestId DEFAULT NEWID();
GO
CREATE UNIQUE INDEX UX_Books_RequestId ON dbo.Books (RequestId);
