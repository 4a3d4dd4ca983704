-- @P1: rows to skip, @P2: rows to take. The order is one of the fixed clauses of src/list.rs. The total is the sum over the creators.
SELECT
    b.Id, b.Title, b.AuthorFirstName, b.AuthorLastName, COALESCE(b.AvgCustomerReviews, 0) AS AvgCustomerReviews,
    COALESCE(b.Price, 0) AS Price, b.BookLanguage, b.Publisher, b.CreatedBy, b.CreatedOn, b.Version, b.RequestId
FROM dbo.Books AS b
ORDER BY b.Id ASC -- sort
OFFSET @P1 ROWS FETCH NEXT @P2 ROWS ONLY;
SELECT CreatedBy, COUNT_BIG(*) AS Books, MIN(CreatedOn) AS FirstOn, MAX(CreatedOn) AS LastOn
FROM dbo.Books GROUP BY CreatedBy ORDER BY Books DESC, CreatedBy;
