-- @P1: how many seconds the time line goes back, 0 for all; @P2: its parts; @P3: how many logins have a place; @P4: newest rows of each.
-- Part -1 is what was before; place 0 is all logins without one. Counts are made of one statement, so that they always add up.
DECLARE @Until DATETIME = (SELECT CASE WHEN @P1 = 0 THEN MAX(CreatedOn) ELSE GETDATE() END FROM dbo.Books);
DECLARE @From DATETIME = (SELECT CASE WHEN @P1 = 0 THEN MIN(CreatedOn) ELSE DATEADD(SECOND, -@P1, @Until) END FROM dbo.Books);
DECLARE @Seconds BIGINT = DATEDIFF(SECOND, @From, @Until) + 1;
SELECT @From AS FromOn, @Until AS UntilOn, COUNT_BIG(DISTINCT CreatedBy) AS Logins FROM dbo.Books;
WITH Creators AS (
    SELECT CreatedBy, ROW_NUMBER() OVER (ORDER BY COUNT_BIG(*) DESC, CreatedBy) AS Place
    FROM dbo.Books
    GROUP BY CreatedBy
),
Placed AS (
    SELECT
        CASE WHEN c.Place <= @P3 THEN c.Place ELSE 0 END AS Place,
        CASE WHEN b.CreatedOn < @From THEN -1 ELSE DATEDIFF(SECOND, @From, b.CreatedOn) * @P2 / @Seconds END AS Part,
        b.CreatedBy, b.CreatedOn
    FROM dbo.Books AS b
    INNER JOIN Creators AS c ON c.CreatedBy = b.CreatedBy
)
SELECT Place, Part, MIN(CreatedBy) AS CreatedBy, COUNT_BIG(*) AS Books, MIN(CreatedOn) AS FirstOn, MAX(CreatedOn) AS LastOn
FROM Placed
GROUP BY Place, Part
ORDER BY Place, Part;
WITH Creators AS (
    SELECT CreatedBy, ROW_NUMBER() OVER (ORDER BY COUNT_BIG(*) DESC, CreatedBy) AS Place
    FROM dbo.Books
    GROUP BY CreatedBy
),
Newest AS (
    SELECT Id, CreatedBy, ROW_NUMBER() OVER (PARTITION BY CreatedBy ORDER BY CreatedOn DESC, Id DESC) AS Age
    FROM dbo.Books
)
SELECT
    b.Id, b.Title, b.AuthorFirstName, b.AuthorLastName, COALESCE(b.AvgCustomerReviews, 0) AS AvgCustomerReviews,
    COALESCE(b.Price, 0) AS Price, b.BookLanguage, b.Publisher, b.CreatedBy, b.CreatedOn, b.Version, b.RequestId
FROM Newest AS n
INNER JOIN Creators AS c ON c.CreatedBy = n.CreatedBy
INNER JOIN dbo.Books AS b ON b.Id = n.Id
WHERE n.Age <= @P4 AND c.Place <= @P3
ORDER BY c.Place, n.Age;
