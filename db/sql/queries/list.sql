-- @P1: rows to skip, @P2: rows to read. src/list.rs replaces the marked order by one of its fixed clauses.
SELECT b.*
FROM dbo.BookRows AS b
ORDER BY b.Id ASC -- sort
OFFSET @P1 ROWS FETCH NEXT @P2 ROWS ONLY;
