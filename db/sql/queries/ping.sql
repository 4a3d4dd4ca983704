-- Readiness: the server answers, and the login may read a schema of this version.
SELECT TOP (1) b.Id, b.Version, b.RequestId FROM dbo.BookRows AS b;
