-- Runs in place of schema/003_version_and_request.sql: Babelfish takes one column per ALTER TABLE.
ALTER TABLE dbo.Books ADD Version INT NOT NULL CONSTRAINT DF_Books_Version DEFAULT 1;
GO
ALTER TABLE dbo.Books ADD RequestId UNIQUEIDENTIFIER NOT NULL CONSTRAINT DF_Books_RequestId DEFAULT NEWID();
GO
CREATE UNIQUE INDEX UX_Books_RequestId ON dbo.Books (RequestId);
