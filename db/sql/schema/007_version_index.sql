-- For the question whether anything has changed (queries/changes.sql), which is asked every second while somebody looks at /compare.
CREATE INDEX IX_Books_Version ON dbo.Books (Version);
