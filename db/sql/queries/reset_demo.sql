-- Deletes all rows. seed/001_books.sql follows in the same transaction.
SET XACT_ABORT ON;
BEGIN TRANSACTION;
DELETE FROM dbo.BookEntries;
