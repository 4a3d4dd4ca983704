-- Changes the row only if it still is at version @P9. Either way the row as it is now is the answer.
-- One transaction: the answer is the row as this statement left it, and an error on the way leaves nothing done.
SET XACT_ABORT ON;
BEGIN TRANSACTION;
UPDATE dbo.BookEntries SET
    Title = @P1, AuthorFirstName = @P2, AuthorLastName = @P3, AvgCustomerReviews = @P4, Price = @P5,
    BookLanguage = @P6, Publisher = @P7, Version = Version + 1
WHERE Id = @P8 AND Version = @P9;
SELECT @@ROWCOUNT AS Changed,
    b.Id, b.Title, b.AuthorFirstName, b.AuthorLastName, COALESCE(b.AvgCustomerReviews, 0) AS AvgCustomerReviews,
    COALESCE(b.Price, 0) AS Price, b.BookLanguage, b.Publisher, b.CreatedBy, b.CreatedOn, b.Version, b.RequestId
FROM dbo.Books AS b
WHERE b.Id = @P8;
COMMIT TRANSACTION;
