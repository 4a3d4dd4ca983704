-- The next @P2 books after the id @P1. @P3 to @P10: the filter, as in search.sql.
SELECT b.*
FROM dbo.BookRows AS b
INNER JOIN (
    SELECT Id, Title + N' ' + AuthorFirstName + N' ' + AuthorLastName + N' ' + Publisher AS SearchText FROM dbo.Books
) AS s ON s.Id = b.Id
WHERE b.Id > @P1 AND (@P3 = N'' OR b.CreatedBy = @P3)
  AND (@P4 = N'' OR s.SearchText LIKE @P4 COLLATE Latin1_General_CI_AI)
  AND (@P5 = N'' OR s.SearchText LIKE @P5 COLLATE Latin1_General_CI_AI)
  AND (@P6 = N'' OR s.SearchText LIKE @P6 COLLATE Latin1_General_CI_AI)
  AND (@P7 = N'' OR s.SearchText LIKE @P7 COLLATE Latin1_General_CI_AI)
  AND (@P8 = N'' OR s.SearchText LIKE @P8 COLLATE Latin1_General_CI_AI)
  AND (@P9 = N'' OR s.SearchText LIKE @P9 COLLATE Latin1_General_CI_AI)
  AND (@P10 = N'' OR s.SearchText LIKE @P10 COLLATE Latin1_General_BIN2)
ORDER BY b.Id ASC
OFFSET 0 ROWS FETCH NEXT @P2 ROWS ONLY
OPTION (RECOMPILE);
