-- CreatedBy of a table of the replaced demo becomes NVARCHAR. The shop's parameters are NVARCHAR, and comparing them with a
-- VARCHAR column scans the table. SQL Server changes no type under a default or an index, Babelfish none under a view.
DROP VIEW dbo.BookRows;
GO
IF EXISTS (SELECT 1 FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = N'dbo' AND TABLE_NAME = N'Books' AND COLUMN_NAME = N'CreatedBy' AND DATA_TYPE = N'varchar')
BEGIN
    DROP INDEX IX_Books_CreatedBy ON dbo.Books;
    IF SERVERPROPERTY('Babelfish') = 1
        EXEC (N'ALTER TABLE dbo.Books ALTER COLUMN CreatedBy NVARCHAR(255)');
    ELSE
    BEGIN
        DECLARE @Default NVARCHAR(128) = (
            SELECT d.name FROM sys.default_constraints AS d
            INNER JOIN sys.columns AS c ON c.object_id = d.parent_object_id AND c.column_id = d.parent_column_id
            WHERE d.parent_object_id = OBJECT_ID(N'dbo.Books') AND c.name = N'CreatedBy'
        );
        DECLARE @Null NVARCHAR(10) = (
            SELECT CASE IS_NULLABLE WHEN 'YES' THEN N' NULL' ELSE N' NOT NULL' END FROM INFORMATION_SCHEMA.COLUMNS
            WHERE TABLE_SCHEMA = N'dbo' AND TABLE_NAME = N'Books' AND COLUMN_NAME = N'CreatedBy'
        );
        DECLARE @Statement NVARCHAR(400) = N'ALTER TABLE dbo.Books DROP CONSTRAINT ' + QUOTENAME(@Default);
        IF @Default IS NOT NULL EXEC (@Statement);
        EXEC (N'ALTER TABLE dbo.Books ALTER COLUMN CreatedBy NVARCHAR(255)' + @Null);
        EXEC (N'ALTER TABLE dbo.Books ADD CONSTRAINT DF_Books_CreatedBy DEFAULT SUSER_SNAME() FOR CreatedBy');
    END
    CREATE INDEX IX_Books_CreatedBy ON dbo.Books (CreatedBy, CreatedOn);
END
GO
CREATE VIEW dbo.BookRows AS
SELECT
    Id, Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher,
    CreatedBy, CreatedOn, Version, RequestId
FROM dbo.Books;
GO
GRANT SELECT ON dbo.BookRows TO bookstore_app;
