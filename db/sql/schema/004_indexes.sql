-- The orders and filters that the list offers most.
CREATE INDEX IX_Books_Title ON dbo.Books (Title);
CREATE INDEX IX_Books_Author ON dbo.Books (AuthorLastName, AuthorFirstName);
CREATE INDEX IX_Books_CreatedBy ON dbo.Books (CreatedBy, CreatedOn);
