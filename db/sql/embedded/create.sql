-- Makes the row once: a repeated request id changes nothing and answers no row.
INSERT INTO Books (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, RequestId)
VALUES (:title, :author_first_name, :author_last_name, :avg_customer_reviews, :price, :book_language, :publisher, :request_id)
ON CONFLICT (RequestId) DO NOTHING
RETURNING *
