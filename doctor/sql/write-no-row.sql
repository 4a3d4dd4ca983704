-- Whether the statements of a write are accepted. No row fits, so nothing is written and IDENTITY gives no number.
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.BookEntries
    (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, RequestId)
SELECT Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, RequestId
FROM dbo.BookEntries WHERE RequestId = @P1;
UPDATE dbo.BookEntries SET Publisher = N'bookstore doctor' WHERE RequestId = @P1;
DELETE FROM dbo.BookEntries WHERE RequestId = @P1;
ROLLBACK TRANSACTION;
