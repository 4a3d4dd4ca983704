-- The list of a creator from the row with id :anchor on, as in list_from.sql.
SELECT * FROM Books AS b
WHERE b.CreatedBy = :creator
  AND b.Id >= :anchor -- from
ORDER BY b.Id ASC -- sort
LIMIT :take OFFSET :skip
