-- As list.sql, from the row on whose id is @P3, if it is still at version @P4. src/sql_server/list.rs replaces the marked
-- condition, and reads a page that is too short again. The ids are read first, so that the skipped rows are read from the
-- index of the order alone.
SELECT b.*
FROM (
    SELECT b.Id
    FROM dbo.Books AS b
    WHERE b.Id >= @P3 -- from
    ORDER BY b.Id ASC -- sort
    OFFSET @P1 ROWS FETCH NEXT @P2 ROWS ONLY
) AS i
INNER JOIN dbo.BookRows AS b ON b.Id = i.Id
ORDER BY b.Id ASC -- sort
;
