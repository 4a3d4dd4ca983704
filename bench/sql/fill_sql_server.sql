-- Doubles the books of a seeded database, up to @P1 more.
INSERT INTO dbo.BookEntries
    (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher)
SELECT TOP (@P1) Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher
FROM dbo.Books;
