-- Inserts a row. Returns no row if the request id is in use. ?1 to ?7: the fields in the order of src/book.rs, ?8: the
-- request id.
INSERT INTO Books
    (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, RequestId)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (RequestId) DO NOTHING
RETURNING *
