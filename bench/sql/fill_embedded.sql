-- Adds ?1 books by the login ?2 to the embedded store.
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
INSERT INTO Books
    (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, CreatedBy, RequestId)
SELECT 'Title ' || n, 'Jane', 'Austen ' || (n % 1000), n % 5000, n % 100000, 'English', 'Murray ' || (n % 50), ?2,
    lower(hex(randomblob(16)))
FROM numbers;
