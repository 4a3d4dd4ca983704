-- The change marker: differs after any insert, edit or delete. Reads only the narrow index IX_Books_Version.
SELECT
    COUNT_BIG(*) AS Books, COALESCE(MAX(CAST(Id AS BIGINT)), 0) AS LastId,
    COALESCE(SUM(CAST(Version AS BIGINT)), 0) AS Versions
FROM dbo.Books;
