-- The number of books that search.sql finds. Sent with it, so it has the same parameters.
SELECT COUNT_BIG(*) AS Total
FROM dbo.Books AS b
INNER JOIN (
    SELECT Id, Title + N' ' + AuthorFirstName + N' ' + AuthorLastName + N' ' + Publisher AS SearchText FROM dbo.Books
) AS s ON s.Id = b.Id
WHERE (@P3 = N'' OR b.CreatedBy = @P3)
  AND (@P4 = N'' OR s.SearchText LIKE @P4 COLLATE Latin1_General_CI_AI)
  AND (@P5 = N'' OR s.SearchText LIKE @P5 COLLATE Latin1_General_CI_AI)
  AND (@P6 = N'' OR s.SearchText LIKE @P6 COLLATE Latin1_General_CI_AI)
  AND (@P7 = N'' OR s.SearchText LIKE @P7 COLLATE Latin1_General_CI_AI)
  AND (@P8 = N'' OR s.SearchText LIKE @P8 COLLATE Latin1_General_CI_AI)
  AND (@P9 = N'' OR s.SearchText LIKE @P9 COLLATE Latin1_General_CI_AI)
  AND (@P10 = N'' OR s.SearchText LIKE @P10 COLLATE Latin1_General_BIN2)
OPTION (RECOMPILE);
