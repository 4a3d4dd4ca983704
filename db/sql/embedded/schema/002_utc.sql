-- The rows, with their times in UTC. Ids of deleted books stay used.
INSERT INTO Books
SELECT
    Id, Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, CreatedBy,
    strftime('%Y-%m-%d %H:%M:%f', CreatedOn, 'utc'), Version, RequestId
FROM BooksInLocalTime;
DELETE FROM sqlite_sequence WHERE name = 'Books';
INSERT INTO sqlite_sequence (name, seq) SELECT 'Books', seq FROM sqlite_sequence WHERE name = 'BooksInLocalTime';
DROP TABLE BooksInLocalTime;
