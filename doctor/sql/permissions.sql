-- What the shop needs on its table and its views: 1 has it, 0 has not, NULL if the object is not there or may not be seen.
SELECT
    HAS_PERMS_BY_NAME(N'dbo.Books', N'OBJECT', N'SELECT') AS [SELECT on dbo.Books],
    HAS_PERMS_BY_NAME(N'dbo.BookRows', N'OBJECT', N'SELECT') AS [SELECT on dbo.BookRows],
    HAS_PERMS_BY_NAME(N'dbo.BookEntries', N'OBJECT', N'SELECT') AS [SELECT on dbo.BookEntries],
    HAS_PERMS_BY_NAME(N'dbo.BookEntries', N'OBJECT', N'INSERT') AS [INSERT on dbo.BookEntries],
    HAS_PERMS_BY_NAME(N'dbo.BookEntries', N'OBJECT', N'UPDATE') AS [UPDATE on dbo.BookEntries],
    HAS_PERMS_BY_NAME(N'dbo.BookEntries', N'OBJECT', N'DELETE') AS [DELETE on dbo.BookEntries];
