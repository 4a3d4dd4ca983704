-- A whole life of a row, undone. The number that IDENTITY gave it is used up; nothing else is left.
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.BookEntries
    (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, RequestId)
VALUES (N'bookstore doctor', N'-', N'-', 0, 0, N'-', N'-', @P1);
UPDATE dbo.BookEntries SET Publisher = N'bookstore doctor' WHERE RequestId = @P1;
SELECT b.CreatedBy FROM dbo.Books AS b WHERE b.RequestId = @P1;
DELETE FROM dbo.BookEntries WHERE RequestId = @P1;
ROLLBACK TRANSACTION;
