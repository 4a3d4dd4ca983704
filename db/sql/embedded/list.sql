-- :skip: rows to skip, :take: rows to read. src/list.rs replaces the marked order by one of its fixed clauses.
SELECT * FROM Books AS b
ORDER BY b.Id ASC -- sort
LIMIT :take OFFSET :skip
