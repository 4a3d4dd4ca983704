-- Runs in master. @P1: the database's name. An identifier cannot be a parameter of DDL, hence QUOTENAME. Answers whether it was made.
IF DB_ID(@P1) IS NULL
BEGIN
    DECLARE @statement NVARCHAR(400) = N'CREATE DATABASE ' + QUOTENAME(@P1);
    EXEC (@statement);
    SELECT 1 AS Created;
END
ELSE
    SELECT 0 AS Created;
