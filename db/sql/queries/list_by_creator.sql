-- As list.sql, of the creator @P3. The best index depends on how many books the creator has, hence RECOMPILE.
SELECT b.*
FROM dbo.BookRows AS b
WHERE b.CreatedBy = @P3
ORDER BY b.Id ASC -- sort
OFFSET @P1 ROWS FETCH NEXT @P2 ROWS ONLY
OPTION (RECOMPILE);
