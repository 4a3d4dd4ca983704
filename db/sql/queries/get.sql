SELECT
    b.Id, b.Title, b.AuthorFirstName, b.AuthorLastName, COALESCE(b.AvgCustomerReviews, 0) AS AvgCustomerReviews,
    COALESCE(b.Price, 0) AS Price, b.BookLanguage, b.Publisher, b.CreatedBy, b.CreatedOn, b.Version, b.RequestId
FROM dbo.Books AS b
WHERE b.Id = @P1;
