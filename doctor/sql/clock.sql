-- The server's clock.
SELECT SYSUTCDATETIME() AS Now;
