-- @P1: seconds that the time line goes back, 0 for all rows; @P2: number of buckets; @P3: number of ranked creators;
-- @P4: newest rows per creator. Bucket -1 holds the rows older than the time line; rank 0 is all creators below @P3.
-- One statement counts all, so that the sums add up. A table of the replaced demo may have rows without CreatedBy, which
-- count as the creator '', or without CreatedOn, which count as older than the time line.
DECLARE @Until DATETIME = (SELECT CASE WHEN @P1 = 0 THEN MAX(CreatedOn) ELSE GETDATE() END FROM dbo.Books);
DECLARE @From DATETIME = (
    SELECT CASE WHEN @P1 = 0 THEN MIN(CreatedOn) ELSE DATEADD(SECOND, -@P1, @Until) END FROM dbo.Books
);
DECLARE @Seconds BIGINT = DATEDIFF_BIG(SECOND, @From, @Until) + 1;
SELECT @From AS FromOn, @Until AS UntilOn, COUNT_BIG(DISTINCT ISNULL(CreatedBy, N'')) AS Creators FROM dbo.Books;
WITH Creators AS (
    SELECT
        ISNULL(CreatedBy, N'') AS CreatedBy,
        ROW_NUMBER() OVER (ORDER BY COUNT_BIG(*) DESC, ISNULL(CreatedBy, N'')) AS CreatorRank
    FROM dbo.Books
    GROUP BY ISNULL(CreatedBy, N'')
),
Ranked AS (
    SELECT
        CASE WHEN c.CreatorRank <= @P3 THEN c.CreatorRank ELSE 0 END AS CreatorRank,
        CASE
            WHEN b.CreatedOn >= @From THEN DATEDIFF_BIG(SECOND, @From, b.CreatedOn) * @P2 / @Seconds
            ELSE -1
        END AS Bucket,
        c.CreatedBy, b.CreatedOn
    FROM dbo.Books AS b
    INNER JOIN Creators AS c ON c.CreatedBy = ISNULL(b.CreatedBy, N'')
)
SELECT
    CreatorRank, Bucket, MIN(CreatedBy) AS CreatedBy, COUNT_BIG(*) AS Books,
    MIN(CreatedOn) AS FirstOn, MAX(CreatedOn) AS LastOn
FROM Ranked
GROUP BY CreatorRank, Bucket
ORDER BY CreatorRank, Bucket;
WITH Creators AS (
    SELECT
        ISNULL(CreatedBy, N'') AS CreatedBy,
        ROW_NUMBER() OVER (ORDER BY COUNT_BIG(*) DESC, ISNULL(CreatedBy, N'')) AS CreatorRank
    FROM dbo.Books
    GROUP BY ISNULL(CreatedBy, N'')
),
Newest AS (
    SELECT
        Id, ISNULL(CreatedBy, N'') AS CreatedBy,
        ROW_NUMBER() OVER (PARTITION BY ISNULL(CreatedBy, N'') ORDER BY CreatedOn DESC, Id DESC) AS Age
    FROM dbo.Books
)
SELECT b.*
FROM Newest AS n
INNER JOIN Creators AS c ON c.CreatedBy = n.CreatedBy
INNER JOIN dbo.BookRows AS b ON b.Id = n.Id
WHERE n.Age <= @P4 AND c.CreatorRank <= @P3
ORDER BY c.CreatorRank, n.Age;
