-- Eight well-known novels. Run by the account that sets the database up, so their CreatedBy is that account's (sa in the demo).
-- Each is left out where the same title by the same author is there already, as in a database that the old demo made.
INSERT INTO dbo.BookEntries (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher)
SELECT s.Title, s.AuthorFirstName, s.AuthorLastName, s.AvgCustomerReviews, s.Price, s.BookLanguage, s.Publisher
FROM (VALUES
    (N'Pride and Prejudice', N'Jane', N'Austen', 4217, 9.99, N'English', N'T. Egerton'),
    (N'Don Quijote de la Mancha', N'Miguel', N'de Cervantes', 1605, 14.50, N'Spanish', N'Francisco de Robles'),
    (N'Les Misérables', N'Victor', N'Hugo', 2862, 18.00, N'French', N'A. Lacroix, Verboeckhoven & Cie'),
    (N'Moby-Dick', N'Herman', N'Melville', 1851, 11.25, N'English', N'Harper & Brothers'),
    (N'Война и мир', N'Лев', N'Толстой', 3869, 21.90, N'Russian', N'Русский вестник'),
    (N'Frankenstein', N'Mary', N'Shelley', 1818, 7.50, N'English', N'Lackington, Hughes & Co.'),
    (N'吾輩は猫である', N'漱石', N'夏目', 1905, 12.80, N'Japanese', N'服部書店'),
    (N'Middlemarch', N'George', N'Eliot', 1871, 10.40, N'English', N'William Blackwood and Sons')
) AS s (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher)
WHERE NOT EXISTS (SELECT 1 FROM dbo.Books AS b WHERE b.Title = s.Title AND b.AuthorLastName = s.AuthorLastName);
