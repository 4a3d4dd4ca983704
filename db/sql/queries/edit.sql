-- Changes a row if it is still at version @P9; after the highest version comes 1. Returns the current row in both cases.
-- @P1 to @P7: the fields in the order of src/book.rs, @P8: the row's id.
-- One transaction, so that it returns the row that it left, and an error changes nothing.
SET XACT_ABORT ON;
BEGIN TRANSACTION;
UPDATE dbo.BookEntries SET
    Title = @P1, AuthorFirstName = @P2, AuthorLastName = @P3, AvgCustomerReviews = @P4, Price = @P5,
    BookLanguage = @P6, Publisher = @P7, Version = CASE WHEN Version = 2147483647 THEN 1 ELSE Version + 1 END
WHERE Id = @P8 AND Version = @P9;
SELECT @@ROWCOUNT AS Changed, b.*
FROM dbo.BookRows AS b
WHERE b.Id = @P8;
COMMIT TRANSACTION;
