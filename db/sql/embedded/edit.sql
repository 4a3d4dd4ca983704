-- Changes a row if it is still at version ?9. ?1 to ?7: the fields in the order of src/book.rs, ?8: the row's id.
UPDATE Books SET
    Title = ?1, AuthorFirstName = ?2, AuthorLastName = ?3, AvgCustomerReviews = ?4, Price = ?5,
    BookLanguage = ?6, Publisher = ?7, Version = Version + 1
WHERE Id = ?8 AND Version = ?9
RETURNING *
