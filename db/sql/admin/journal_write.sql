INSERT INTO dbo.BookstoreMigrations (Name, Checksum) VALUES (@P1, @P2);
