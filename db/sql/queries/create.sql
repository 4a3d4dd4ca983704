-- Makes the row once: a repeated request id changes nothing. Either way the row of that request is the answer.
-- One transaction: the answer is the row as this statement left it, and an error on the way leaves nothing done.
SET XACT_ABORT ON;
BEGIN TRANSACTION;
INSERT INTO dbo.BookEntries
    (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, RequestId)
SELECT @P1, @P2, @P3, @P4, @P5, @P6, @P7, @P8
WHERE NOT EXISTS (SELECT 1 FROM dbo.BookEntries WHERE RequestId = @P8);
SELECT @@ROWCOUNT AS Changed,
    b.Id, b.Title, b.AuthorFirstName, b.AuthorLastName, COALESCE(b.AvgCustomerReviews, 0) AS AvgCustomerReviews,
    COALESCE(b.Price, 0) AS Price, b.BookLanguage, b.Publisher, b.CreatedBy, b.CreatedOn, b.Version, b.RequestId
FROM dbo.Books AS b
WHERE b.RequestId = @P8;
COMMIT TRANSACTION;
