-- :needle is folded, :creator is a login or ''.
SELECT count(*) FROM Books AS b
WHERE (instr(fold(b.Title), :needle) OR instr(fold(b.AuthorFirstName || ' ' || b.AuthorLastName), :needle))
  AND (:creator = '' OR b.CreatedBy = :creator)
