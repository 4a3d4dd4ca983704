-- What the application may write. SQL Server has no INSERT permission by column, so a view without CreatedBy and
-- CreatedOn is what keeps these two the database's own word.
CREATE VIEW dbo.BookEntries AS
SELECT Id, Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, Version, RequestId
FROM dbo.Books;
