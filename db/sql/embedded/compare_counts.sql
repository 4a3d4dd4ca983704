-- Rows per creator and bucket. :from and :until are the ends of the time line, which has :buckets buckets. The
-- :creators creators with the most rows are ranked from 1, all others together are rank 0. Bucket -1 holds the rows
-- older than the time line or without a time. Rows are grouped by the bytes of their login first: comparing each row without case would
-- take most of the time.
WITH Ranked AS (SELECT CreatedBy, row_number() OVER (ORDER BY Books DESC, CreatedBy) AS CreatorRank FROM Creators),
TimeLine AS (SELECT unixepoch(:from) AS Start, unixepoch(:until) - unixepoch(:from) + 1 AS Seconds),
Counted AS MATERIALIZED (
    SELECT
        b.CreatedBy COLLATE BINARY AS CreatedBy,
        CASE
            WHEN b.CreatedOn < :from THEN -1
            ELSE coalesce((unixepoch(b.CreatedOn) - t.Start) * :buckets / t.Seconds, -1)
        END AS Bucket,
        count(*) AS Books, min(b.CreatedOn) AS FirstOn, max(b.CreatedOn) AS LastOn
    FROM TimeLine AS t
    CROSS JOIN Books AS b
    GROUP BY 1, 2
)
SELECT
    CASE WHEN r.CreatorRank <= :creators THEN r.CreatorRank ELSE 0 END AS CreatorRank, c.Bucket,
    min(c.CreatedBy) AS CreatedBy, sum(c.Books) AS Books, min(c.FirstOn) AS FirstOn, max(c.LastOn) AS LastOn
FROM Counted AS c
INNER JOIN Ranked AS r ON r.CreatedBy = c.CreatedBy COLLATE caseless
GROUP BY 1, 2
ORDER BY 1, 2
