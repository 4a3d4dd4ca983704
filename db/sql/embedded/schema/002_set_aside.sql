-- Until version 1, times were local. A default cannot be changed, so the table is created anew by 001 between this script and
-- 002_utc.sql.
DROP TRIGGER TR_Books_Insert;
DROP TRIGGER TR_Books_Delete;
DROP TRIGGER TR_Books_Created;
DROP TABLE Creators;
DROP INDEX IX_Books_Title;
DROP INDEX IX_Books_AuthorFirstName;
DROP INDEX IX_Books_AuthorLastName;
DROP INDEX IX_Books_AvgCustomerReviews;
DROP INDEX IX_Books_Price;
DROP INDEX IX_Books_BookLanguage;
DROP INDEX IX_Books_Publisher;
DROP INDEX IX_Books_CreatedBy;
DROP INDEX IX_Books_Creator;
DROP INDEX IX_Books_CreatedOn;
DROP INDEX IX_Books_Version;
ALTER TABLE Books RENAME TO BooksInLocalTime;
