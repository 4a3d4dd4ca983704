-- Runs in master. @P1: the database's name. DDL takes no parameters for identifiers, hence QUOTENAME. Created: 1 if it
-- was created. With READ_COMMITTED_SNAPSHOT, readers see the last committed row instead of waiting for a writer; Azure SQL
-- and Babelfish always work so. If it cannot be set, the migration reports it.
IF DB_ID(@P1) IS NULL
BEGIN
    DECLARE @statement NVARCHAR(400) = N'CREATE DATABASE ' + QUOTENAME(@P1);
    EXEC (@statement);
    SET @statement = N'ALTER DATABASE ' + QUOTENAME(@P1) + N' SET READ_COMMITTED_SNAPSHOT ON WITH NO_WAIT';
    IF SERVERPROPERTY('Babelfish') IS NULL
    BEGIN TRY
        EXEC (@statement);
    END TRY
    BEGIN CATCH
        PRINT ERROR_MESSAGE();
    END CATCH
    SELECT 1 AS Created;
END
ELSE
    SELECT 0 AS Created;
