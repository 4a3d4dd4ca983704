-- @P1: a Windows account, DOMAIN\name. Creates its login if it does not exist. SUSER_ID is NULL for a Windows login on
-- Babelfish, hence the catalog.
IF NOT EXISTS (SELECT 1 FROM sys.server_principals WHERE name = @P1)
BEGIN
    DECLARE @statement NVARCHAR(400) = N'CREATE LOGIN ' + QUOTENAME(@P1) + N' FROM WINDOWS';
    EXEC (@statement);
END
