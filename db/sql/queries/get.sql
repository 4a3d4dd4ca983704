-- The book with id @P1.
SELECT b.*
FROM dbo.BookRows AS b
WHERE b.Id = @P1;
