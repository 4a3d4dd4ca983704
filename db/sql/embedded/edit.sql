UPDATE Books SET
    Title = :title, AuthorFirstName = :author_first_name, AuthorLastName = :author_last_name,
    AvgCustomerReviews = :avg_customer_reviews, Price = :price, BookLanguage = :book_language, Publisher = :publisher,
    Version = Version + 1
WHERE Id = :id AND Version = :version
RETURNING *
