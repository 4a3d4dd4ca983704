-- :from and :until are the ends of the time line of so many :parts; :columns logins have a place of their own, the others 0.
-- Part -1 is what was before.
WITH Placed AS (SELECT CreatedBy, row_number() OVER (ORDER BY Books DESC, CreatedBy) AS Place FROM Creators),
Line AS (SELECT unixepoch(:from) AS Start, unixepoch(:until) - unixepoch(:from) + 1 AS Seconds)
SELECT
    CASE WHEN p.Place <= :columns THEN p.Place ELSE 0 END AS Place,
    CASE WHEN b.CreatedOn < :from THEN -1 ELSE (unixepoch(b.CreatedOn) - l.Start) * :parts / l.Seconds END AS Part,
    min(b.CreatedBy) AS CreatedBy, count(*) AS Books, min(b.CreatedOn) AS FirstOn, max(b.CreatedOn) AS LastOn
FROM Line AS l
CROSS JOIN Placed AS p
INNER JOIN Books AS b ON b.CreatedBy = p.CreatedBy
GROUP BY 1, 2
ORDER BY 1, 2
