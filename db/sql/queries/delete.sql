-- Deletes the row with id @P1 if it is still at version @P2. Returns one row: the number of deleted rows, and the book
-- if it still exists. One transaction, so that it returns the row that it left, and an error changes nothing.
SET XACT_ABORT ON;
BEGIN TRANSACTION;
DELETE FROM dbo.BookEntries WHERE Id = @P1 AND Version = @P2;
SELECT @@ROWCOUNT AS Changed, b.*
FROM (SELECT 1 AS One) AS o
LEFT JOIN dbo.BookRows AS b ON b.Id = @P1;
COMMIT TRANSACTION;
