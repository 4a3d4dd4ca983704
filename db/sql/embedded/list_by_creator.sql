SELECT * FROM Books AS b
WHERE b.CreatedBy = :creator
ORDER BY b.Id ASC -- sort
LIMIT :take OFFSET :skip
