-- CreatedBy is NULL only in a table of the replaced demo; ISNULL of a NOT NULL column costs nothing.
SELECT ISNULL(CreatedBy, N'') AS CreatedBy, COUNT_BIG(*) AS Books, MIN(CreatedOn) AS FirstOn, MAX(CreatedOn) AS LastOn
FROM dbo.Books GROUP BY ISNULL(CreatedBy, N'') ORDER BY COUNT_BIG(*) DESC, ISNULL(CreatedBy, N'');
