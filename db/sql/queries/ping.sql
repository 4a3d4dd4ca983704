-- Alive, and with a schema that the login may read: what readiness is about.
SELECT TOP (1) b.Id, b.Version, b.RequestId FROM dbo.Books AS b;
