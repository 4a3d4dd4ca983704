-- Deletes the row only if it still is at version @P2. The answer is one row: what was changed, and the book if it is still there.
-- One transaction: the answer is the row as this statement left it, and an error on the way leaves nothing done.
SET XACT_ABORT ON;
BEGIN TRANSACTION;
DELETE FROM dbo.BookEntries WHERE Id = @P1 AND Version = @P2;
SELECT @@ROWCOUNT AS Changed,
    b.Id, b.Title, b.AuthorFirstName, b.AuthorLastName, COALESCE(b.AvgCustomerReviews, 0) AS AvgCustomerReviews,
    COALESCE(b.Price, 0) AS Price, b.BookLanguage, b.Publisher, b.CreatedBy, b.CreatedOn, b.Version, b.RequestId
FROM (SELECT 1 AS One) AS o
LEFT JOIN dbo.Books AS b ON b.Id = @P1;
COMMIT TRANSACTION;
