-- Changes a row if it is still at version ?9. After the highest version comes 1. A version that another program wrote out of
-- range is compared, and counted on, as the nearest one, as src/embedded/rows.rs reads it.
-- ?1 to ?7: the fields in the order of src/book.rs, ?8: the row's id.
UPDATE Books SET
    Title = ?1, AuthorFirstName = ?2, AuthorLastName = ?3, AvgCustomerReviews = ?4, Price = ?5,
    BookLanguage = ?6, Publisher = ?7,
    Version = CASE WHEN Version >= 2147483647 THEN 1 ELSE max(-2147483648, Version) + 1 END
WHERE Id = ?8 AND max(-2147483648, min(Version, 2147483647)) = ?9
RETURNING *
