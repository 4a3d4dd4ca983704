-- The table of the ASP.NET demo, with Unicode text. A database that the demo made keeps its own table: see 002.
IF OBJECT_ID(N'dbo.Books', N'U') IS NULL
CREATE TABLE dbo.Books (
    Id INT IDENTITY(1, 1) NOT NULL CONSTRAINT PK_Books PRIMARY KEY,
    Title NVARCHAR(50) NOT NULL,
    AuthorFirstName NVARCHAR(50) NOT NULL,
    AuthorLastName NVARCHAR(50) NOT NULL,
    AvgCustomerReviews INT NULL,
    Price NUMERIC(9, 2) NULL,
    BookLanguage NVARCHAR(10) NOT NULL,
    Publisher NVARCHAR(255) NOT NULL,
    CreatedBy NVARCHAR(255) NOT NULL CONSTRAINT DF_Books_CreatedBy DEFAULT SUSER_SNAME(),
    CreatedOn DATETIME NOT NULL CONSTRAINT DF_Books_CreatedOn DEFAULT GETDATE()
);
