-- :from and :until are the ends of the time line of so many :parts; :columns logins have a place of their own, the others 0.
-- Part -1 is what was before. Rows are counted by the bytes of their login: comparing each without case would cost most of the time.
WITH Placed AS (SELECT CreatedBy, row_number() OVER (ORDER BY Books DESC, CreatedBy) AS Place FROM Creators),
Line AS (SELECT unixepoch(:from) AS Start, unixepoch(:until) - unixepoch(:from) + 1 AS Seconds),
Counted AS MATERIALIZED (
    SELECT
        b.CreatedBy COLLATE BINARY AS CreatedBy,
        CASE WHEN b.CreatedOn < :from THEN -1 ELSE (unixepoch(b.CreatedOn) - l.Start) * :parts / l.Seconds END AS Part,
        count(*) AS Books, min(b.CreatedOn) AS FirstOn, max(b.CreatedOn) AS LastOn
    FROM Line AS l
    CROSS JOIN Books AS b
    GROUP BY 1, 2
)
SELECT
    CASE WHEN p.Place <= :columns THEN p.Place ELSE 0 END AS Place, c.Part,
    min(c.CreatedBy) AS CreatedBy, sum(c.Books) AS Books, min(c.FirstOn) AS FirstOn, max(c.LastOn) AS LastOn
FROM Counted AS c
INNER JOIN Placed AS p ON p.CreatedBy = c.CreatedBy COLLATE caseless
GROUP BY 1, 2
ORDER BY 1, 2
