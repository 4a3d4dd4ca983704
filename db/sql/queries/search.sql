-- @P1: rows to skip, @P2: rows to take, @P3: a LIKE pattern or '', @P4: a creator or ''.
-- RECOMPILE lets the optimizer drop the halves of the OR that do not apply.
SELECT COUNT_BIG(*) AS Total
FROM dbo.Books AS b
WHERE (@P3 = N'' OR b.Title LIKE @P3 ESCAPE N'\' OR b.AuthorFirstName + N' ' + b.AuthorLastName LIKE @P3 ESCAPE N'\')
  AND (@P4 = N'' OR b.CreatedBy = @P4)
OPTION (RECOMPILE);
SELECT
    b.Id, b.Title, b.AuthorFirstName, b.AuthorLastName, COALESCE(b.AvgCustomerReviews, 0) AS AvgCustomerReviews,
    COALESCE(b.Price, 0) AS Price, b.BookLanguage, b.Publisher, b.CreatedBy, b.CreatedOn, b.Version, b.RequestId
FROM dbo.Books AS b
WHERE (@P3 = N'' OR b.Title LIKE @P3 ESCAPE N'\' OR b.AuthorFirstName + N' ' + b.AuthorLastName LIKE @P3 ESCAPE N'\')
  AND (@P4 = N'' OR b.CreatedBy = @P4)
ORDER BY b.Id ASC -- sort
OFFSET @P1 ROWS FETCH NEXT @P2 ROWS ONLY
OPTION (RECOMPILE);
SELECT CreatedBy, COUNT_BIG(*) AS Books, MIN(CreatedOn) AS FirstOn, MAX(CreatedOn) AS LastOn
FROM dbo.Books GROUP BY CreatedBy ORDER BY Books DESC, CreatedBy;
