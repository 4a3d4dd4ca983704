SELECT CreatedBy, COUNT_BIG(*) AS Books, MIN(CreatedOn) AS FirstOn, MAX(CreatedOn) AS LastOn
FROM dbo.Books GROUP BY CreatedBy ORDER BY Books DESC, CreatedBy;
