-- As list_from.sql, of the creator @P5.
SELECT b.*
FROM (
    SELECT b.Id
    FROM dbo.Books AS b
    WHERE b.CreatedBy = @P5
      AND b.Id >= @P3 -- from
    ORDER BY b.Id ASC -- sort
    OFFSET @P1 ROWS FETCH NEXT @P2 ROWS ONLY
) AS i
INNER JOIN dbo.BookRows AS b ON b.Id = i.Id
ORDER BY b.Id ASC -- sort
OPTION (RECOMPILE);
