-- :skip and :take count rows. The order is one of the fixed clauses of list.rs.
SELECT * FROM Books AS b
ORDER BY b.Id ASC -- sort
LIMIT :take OFFSET :skip
