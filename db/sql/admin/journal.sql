-- The journal of migrations: which script was applied, by whom and when.
IF OBJECT_ID(N'dbo.BookstoreMigrations', N'U') IS NULL
CREATE TABLE dbo.BookstoreMigrations (
    Name NVARCHAR(100) NOT NULL CONSTRAINT PK_BookstoreMigrations PRIMARY KEY,
    Checksum NVARCHAR(64) NOT NULL,
    AppliedBy NVARCHAR(255) NOT NULL CONSTRAINT DF_BookstoreMigrations_AppliedBy DEFAULT SUSER_SNAME(),
    AppliedOn DATETIME NOT NULL CONSTRAINT DF_BookstoreMigrations_AppliedOn DEFAULT GETDATE()
);
