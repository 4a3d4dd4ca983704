SELECT Name, Checksum FROM dbo.BookstoreMigrations ORDER BY Name;
