-- Inserts a row unless the request id is in use. Returns the row of that request in both cases.
-- @P1 to @P7: the fields in the order of src/book.rs, @P8: the request id.
-- One transaction, so that it returns the row that it left, and an error changes nothing.
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.BookEntries
    (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, RequestId)
SELECT @P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8
WHERE NOT EXISTS (SELECT 1 FROM dbo.BookEntries WHERE RequestId = @P8);
SELECT @@ROWCOUNT AS Changed, b.*
FROM dbo.BookRows AS b
WHERE b.RequestId = @P8;
COMMIT TRANSACTION;
