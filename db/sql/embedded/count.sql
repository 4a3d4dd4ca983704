-- The number of books.
SELECT count(*) FROM Books;
