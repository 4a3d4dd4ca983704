-- :needle is folded, :creator is a login or ''.
SELECT * FROM Books AS b
WHERE (instr(fold(b.Title), :needle) OR instr(fold(b.AuthorFirstName || ' ' || b.AuthorLastName), :needle))
  AND (:creator = '' OR b.CreatedBy = :creator)
ORDER BY b.Id ASC -- sort
LIMIT :take OFFSET :skip
