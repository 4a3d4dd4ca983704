-- Least privilege: reads everything, writes only through the view.
IF DATABASE_PRINCIPAL_ID(N'bookstore_app') IS NULL
CREATE ROLE bookstore_app;
GO
GRANT SELECT ON dbo.Books TO bookstore_app;
GO
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.BookEntries TO bookstore_app;
