-- @P1: rows to skip, @P2: rows to read. src/list.rs replaces the marked order by one of its fixed clauses.
-- The ids are read first, so that the skipped rows are read from the narrow index of the order alone.
SELECT b.*
FROM (
    SELECT b.Id
    FROM dbo.Books AS b
    ORDER BY b.Id ASC -- sort
    OFFSET @P1 ROWS FETCH NEXT @P2 ROWS ONLY
) AS i
INNER JOIN dbo.BookRows AS b ON b.Id = i.Id
ORDER BY b.Id ASC -- sort
;
