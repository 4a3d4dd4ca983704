-- The list from the row with id :anchor on. :skip, :take: as in list.sql. src/embedded/list.rs replaces the marked condition.
SELECT * FROM Books AS b
WHERE b.Id >= :anchor -- from
ORDER BY b.Id ASC -- sort
LIMIT :take OFFSET :skip
