-- One index per column that the list sorts by, with the key that breaks ties; 004 has the title's. IX_Books_CreatedBy_Id
-- also serves the filter by creator. IX_Books_Author served no order of the list.
DROP INDEX IX_Books_Author ON dbo.Books;
CREATE INDEX IX_Books_AuthorFirstName ON dbo.Books (AuthorFirstName, Id);
CREATE INDEX IX_Books_AuthorLastName ON dbo.Books (AuthorLastName, Id);
CREATE INDEX IX_Books_AvgCustomerReviews ON dbo.Books (AvgCustomerReviews, Id);
CREATE INDEX IX_Books_Price ON dbo.Books (Price, Id);
CREATE INDEX IX_Books_BookLanguage ON dbo.Books (BookLanguage, Id);
CREATE INDEX IX_Books_Publisher ON dbo.Books (Publisher, Id);
CREATE INDEX IX_Books_CreatedBy_Id ON dbo.Books (CreatedBy, Id);
CREATE INDEX IX_Books_CreatedOn ON dbo.Books (CreatedOn, Id);
