-- The next :take books after the id :after. :creator: a login, or '' for all; :word1 to :word6: keys of the words to
-- find, '' for none.
SELECT b.*
FROM (
    SELECT *, fold(Title || ' ' || AuthorFirstName || ' ' || AuthorLastName || ' ' || Publisher) AS SearchKey
    FROM Books
    WHERE Id > :after AND (:creator = '' OR CreatedBy = :creator)
) AS b
WHERE instr(b.SearchKey, :word1) AND instr(b.SearchKey, :word2) AND instr(b.SearchKey, :word3)
  AND instr(b.SearchKey, :word4) AND instr(b.SearchKey, :word5) AND instr(b.SearchKey, :word6)
ORDER BY b.Id
LIMIT :take
