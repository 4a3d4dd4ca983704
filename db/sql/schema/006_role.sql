-- Least privilege: reads everything, writes only through the view.
CREATE ROLE bookstore_app;
GO
GRANT SELECT ON dbo.Books TO bookstore_app;
GO
GRANT SELECT, INSERT, UPDATE, DELETE ON dbo.BookEntries TO bookstore_app;
