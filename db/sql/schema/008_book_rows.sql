-- The columns that the application reads, for all statements in one place. A table of the replaced demo may have more of them.
CREATE VIEW dbo.BookRows AS
SELECT
    Id, Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher,
    CreatedBy, CreatedOn, Version, RequestId
FROM dbo.Books;
GO
GRANT SELECT ON dbo.BookRows TO bookstore_app;
