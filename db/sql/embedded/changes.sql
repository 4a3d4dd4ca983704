-- The change marker: differs after any insert, edit or delete. The sum reads only the narrow index IX_Books_Version.
SELECT
    (SELECT coalesce(sum(Books), 0) FROM Creators) AS Books,
    (SELECT coalesce(max(Id), 0) FROM Books) AS LastId,
    (SELECT coalesce(sum(Version), 0) FROM Books) AS Versions
