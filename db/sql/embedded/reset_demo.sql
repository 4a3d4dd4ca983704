-- Deletes all rows, and forgets that there were any: seed.sql inserts the eight books into a new store only.
DELETE FROM Books;
DELETE FROM sqlite_sequence WHERE name = 'Books';
