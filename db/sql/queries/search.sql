-- @P1: rows to skip, @P2: rows to read, @P3: a creator, or '' for all, @P4 to @P9: LIKE patterns of the words to find,
-- '' for none, @P10: a pattern that must match letter by letter, or '': the first collation gives no weight to characters
-- outside of the Basic Multilingual Plane, so it would find them in every text.
-- RECOMPILE lets the optimizer remove the conditions that do not apply.
SELECT b.*
FROM dbo.BookRows AS b
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
ORDER BY b.Id ASC -- sort
OFFSET @P1 ROWS FETCH NEXT @P2 ROWS ONLY
OPTION (RECOMPILE);
